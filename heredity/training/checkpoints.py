"""Checkpoints on disk: whole or absent, the one before kept until the new one is whole, none of another study.

The last checkpoint of a training that is over holds its result, so that whoever asks for the same members again finds
them, and whoever gives them more steps goes on from where these were last the same.
"""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from heredity.errors import AgentError
from heredity.files import write_bytes
from heredity.reading import read_bytes
from heredity.training.budgets import why_tied_to_budget
from heredity.training.shard import Member, Shard
from heredity.training.snapshot import Snapshot, pack_snapshots, unpack_snapshots

log = logging.getLogger(__name__)

DIGEST_BYTES = 32


@dataclass(frozen=True)
class Checkpoint:
    """The file of members that train together, and the one before it; `directory` is None where nothing is kept.

    key: all that determines their result but for how long they may learn, which is `budget_steps`. tied: why the bytes
    of a longer training are others from the beginning, None where it goes on from a shorter one.
    """

    directory: Path | None
    key: str
    budget_steps: int
    title: str
    tied: str | None

    @classmethod
    def of(cls, directory: Path | None, shard: Shard, members: Sequence[Member]) -> "Checkpoint":
        """Return the checkpoint of some members of a shard."""
        title = f"{shard.generation}: {shard.arm} {', '.join(member.name for member in members)}"
        return cls(
            directory, checkpoint_key(shard, members), shard.budget_steps, title, why_tied_to_budget(shard, members)
        )

    def load(self) -> Mapping[str, Snapshot]:
        """Return the last whole checkpoint's snapshots by member, and say which it is; none where there is none."""
        for path in self._files(self.budget_steps):
            if snapshots := self._read(path):
                if not all(snapshot.done for snapshot in snapshots.values()):
                    log.warning("%s: go on from the checkpoint at %s steps", self.title, f"{_steps(snapshots):,}")
                return snapshots
        return self._of_shorter_training()

    def finished(self) -> Mapping[str, Snapshot]:
        """Return the members of a training that is over and of which nobody failed; else nothing."""
        snapshots = self._read(self._files(self.budget_steps)[0]) if self.directory else {}
        return snapshots if all(each.done and each.failure is None for each in snapshots.values()) else {}

    def save(self, snapshots: Mapping[str, Snapshot]) -> None:
        """Keep snapshots; where that fails (a full disk), training goes on and the checkpoint before stays."""
        if self.directory is None:
            return
        content = pack_snapshots(snapshots)
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

    def _of_shorter_training(self) -> Mapping[str, Snapshot]:
        """Return the last snapshots that a longer training has in common with one that had fewer steps."""
        budgets = sorted(self._shorter_budgets(), reverse=True)
        if not budgets:
            return {}
        for path in chain.from_iterable(map(self._files, budgets)) if self.tied is None else ():
            snapshots = self._read(path)
            if snapshots and not any(each.ended_by_budget or each.failure for each in snapshots.values()):
                log.warning("%s: go on from a shorter training at %s steps", self.title, f"{_steps(snapshots):,}")
                return {name: snapshot.with_budget(self.budget_steps) for name, snapshot in snapshots.items()}
        reason = self.tied or "the shorter training left no checkpoint"
        log.warning("%s: trained anew for %s steps, because %s", self.title, f"{self.budget_steps:,}", reason)
        return {}

    def _shorter_budgets(self) -> list[int]:
        names = (path.name for path in (self.directory.glob(f"{self.key}-*.zip") if self.directory else ()))
        ours = (re.fullmatch(rf"{self.key}-([0-9]{{1,18}})(\.before)?\.zip", name) for name in names)
        return [budget for budget in {int(each[1]) for each in ours if each} if budget < self.budget_steps]

    def _files(self, budget_steps: int) -> tuple[Path, ...]:
        if self.directory is None:
            return ()
        return tuple(self.directory / f"{self.key}-{budget_steps}{ending}" for ending in (".zip", ".before.zip"))

    def _read(self, path: Path) -> Mapping[str, Snapshot]:
        """Return the snapshots in a file, and nothing for one that is not there or damaged; what is read is used."""
        try:
            snapshots = unpack_snapshots(_checked(read_bytes(path)))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AgentError) as error:
            log.warning("%s: a checkpoint is damaged and is not used (%s)", self.title, error)
            return {}
        with suppress(OSError):  # it may belong to somebody else
            os.utime(path)  # `heredity gc` removes first what was not used for longest
        return snapshots


def checkpoint_key(shard: Shard, members: Sequence[Member]) -> str:
    """Return 24 hexadecimal digits over what determines how members learn: settings, parents, code, who is with them.

    How generation and arm are called, how long they may learn, and in how large shards others are dealt is no part of
    it. What code and packages there are is the shard's to say (`Shard.code`); nothing of the machine is looked at.
    """
    train = shard.train.model_copy(update={"shard": len(members)})
    settings = replace(shard, generation="", arm="", budget_steps=0, train=train, members=())
    return sha256(repr((settings, [_described(member) for member in members])).encode()).hexdigest()[:24]


def _described(member: Member) -> tuple[Any, ...]:
    """Return what determines a member's training, agents and buffers by their digests."""
    warm_start = member.warm_start
    parent = warm_start.parent and warm_start.parent.digest
    replay = warm_start.replay and sha256(warm_start.replay).hexdigest()
    hyperparameters = sorted(member.hyperparameters.items())
    return member.name, member.initial.digest, member.seed, hyperparameters, warm_start.record, parent, replay


def _steps(snapshots: Mapping[str, Snapshot]) -> int:
    return max(snapshot.env_steps for snapshot in snapshots.values())


def _checked(content: bytes) -> bytes:
    digest, rest = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if sha256(rest).digest() != digest:
        raise AgentError(f"its digest does not match its {len(content)} bytes")
    return rest
