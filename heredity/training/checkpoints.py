"""Checkpoints on disk: whole or absent, the one before kept until the new one is whole, none of another study.

The last checkpoint of a training that is over holds its result, so that whoever asks for the same members again finds
them, and whoever gives them more steps goes on from where these were last the same.
"""

import logging
import os
import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from heredity.errors import AgentError
from heredity.files import write_bytes
from heredity.reading import read_bytes
from heredity.study.sections import on_cpu
from heredity.training.budgets import why_tied_to_budget
from heredity.training.shard import Member, Shard
from heredity.training.snapshot import Snapshot, pack_snapshot, unpack_snapshot

log = logging.getLogger(__name__)

DIGEST_BYTES = 32

NAME = re.compile(r"([0-9a-f]{24})-([0-9]{1,18})(?:\.before)?\.zip")
"""Of a file: its key, and its budget."""


@dataclass(frozen=True)
class Checkpoint:
    """The file of a member, and the one before it; `directory` is None where nothing is kept.

    key: all that determines their result but for how long they may learn, which is `budget_steps`. tied: why the bytes
    of a longer training are others from the beginning, None where it goes on from a shorter one.
    """

    directory: Path | None
    key: str
    budget_steps: int
    title: str
    tied: str | None

    @classmethod
    def of(cls, directory: Path | None, shard: Shard, member: Member) -> "Checkpoint":
        """Return the checkpoint of a member of a shard."""
        title = f"{shard.generation}: {shard.arm} {member.name}"
        key = checkpoint_key(shard, member) if directory else ""
        return cls(directory, key, shard.budget_steps, title, why_tied_to_budget(shard, member))

    def load(self) -> Snapshot | None:
        """Return the last whole checkpoint, and say which it is; None where there is none."""
        for path in self._files(self.budget_steps):
            if snapshot := self._read(path):
                if not snapshot.done:
                    log.warning("%s: go on from the checkpoint at %s steps", self.title, f"{snapshot.env_steps:,}")
                return snapshot
        return self._of_shorter_training()

    def finished(self) -> Snapshot | None:
        """Return the end of a training that is over and did not fail; else None."""
        snapshot = self._read(self._files(self.budget_steps)[0]) if self.directory else None
        return snapshot if snapshot and snapshot.done and snapshot.failure is None else None

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; where that fails (a full disk), training goes on and the checkpoint before stays."""
        if self.directory is None:
            return
        content = pack_snapshot(snapshot)
        path, before = self._files(self.budget_steps)
        draft = path.with_suffix(".new")
        try:
            write_bytes(draft, sha256(content).digest() + content)
            # Killed between the two renames there is no newest one, and `load` finds the one before. The digest stands
            # in front because a file may be whole by its name and yet not by its bytes after the power failed.
            with suppress(FileNotFoundError):
                path.replace(before)
            draft.replace(path)
        except OSError as error:
            log.warning("%s: no checkpoint is written (%s); training goes on", self.title, error.strerror or error)

    def forget(self) -> None:
        """Remove both files."""
        for path in self._files(self.budget_steps) if self.directory else ():
            path.unlink(missing_ok=True)

    def _of_shorter_training(self) -> Snapshot | None:
        """Return the last snapshot that a longer training has in common with one that had fewer steps."""
        budgets = sorted(self._shorter_budgets(), reverse=True)
        if not budgets:
            return None
        for path in chain.from_iterable(map(self._files, budgets)) if self.tied is None else ():
            snapshot = self._read(path)
            if snapshot and not (snapshot.ended_by_budget or snapshot.failure):
                log.warning("%s: go on from a shorter training at %s steps", self.title, f"{snapshot.env_steps:,}")
                return snapshot.with_budget(self.budget_steps)
        reason = self.tied or "the shorter training left no checkpoint"
        log.warning("%s: trained anew for %s steps, because %s", self.title, f"{self.budget_steps:,}", reason)
        return None

    def _shorter_budgets(self) -> list[int]:
        there = self.directory and self.directory.is_dir()
        known = _budgets(self.directory, self.directory.stat().st_mtime_ns) if self.directory and there else {}
        return [budget for budget in known.get(self.key, ()) if budget < self.budget_steps]

    def _files(self, budget_steps: int) -> tuple[Path, ...]:
        if self.directory is None:
            return ()
        return tuple(self.directory / f"{self.key}-{budget_steps}{ending}" for ending in (".zip", ".before.zip"))

    def _read(self, path: Path) -> Snapshot | None:
        """Return the snapshot in a file, and None for one that is not there or damaged; what is read is used."""
        try:
            snapshot = unpack_snapshot(_checked(read_bytes(path)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, AgentError) as error:
            log.warning("%s: a checkpoint is damaged and is not used (%s)", self.title, error)
            return None
        with suppress(OSError):  # it may belong to somebody else
            os.utime(path)  # `heredity gc` removes first what was not used for longest
        return snapshot


@lru_cache(maxsize=1)
def _budgets(directory: Path, _changed: int) -> Mapping[str, set[int]]:
    """Return the budgets of the trainings in a directory by key, listed once for all members that are asked for."""
    budgets = defaultdict[str, set[int]](set)
    for path in directory.glob("*.zip"):
        if named := NAME.fullmatch(path.name):
            budgets[named[1]].add(int(named[2]))
    return budgets


def checkpoint_key(shard: Shard, member: Member) -> str:
    """Return 24 hexadecimal digits over what determines how a member learns: settings, parents, code.

    How generation, arm and member are called, how long it may learn, and who shares its shard is no part of it; on a
    GPU how many may is one, where they are one program. What code and packages there are is the shard's to say
    (`Shard.code`); nothing of the machine is looked at.
    """
    train = shard.train
    if on_cpu(train.device) or train.engine == "sb3":
        train = train.model_copy(update={"shard": 1})
    settings = replace(shard, generation="", arm="", budget_steps=0, train=train, members=())
    return sha256(repr((settings, _described(member))).encode()).hexdigest()[:24]


def _described(member: Member) -> tuple[Any, ...]:
    """Return what determines a member's training, agents and buffers by their digests."""
    warm_start = member.warm_start
    parent = warm_start.parent and warm_start.parent.digest
    replay = warm_start.replay and sha256(warm_start.replay).hexdigest()
    hyperparameters = sorted(member.hyperparameters.items())
    return member.initial.digest, member.seed, hyperparameters, warm_start.record, parent, replay


def _checked(content: bytes) -> bytes:
    digest, rest = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if sha256(rest).digest() != digest:
        raise AgentError(f"its digest does not match its {len(content)} bytes")
    return rest
