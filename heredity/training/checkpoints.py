"""Checkpoints on disk: whole or absent, the one before kept until the new one is whole, none of another study."""

import inspect
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from heredity.errors import AgentError, HeredityError
from heredity.files import write_bytes
from heredity.task import Task, find_spec, load_class
from heredity.training import Member, Shard
from heredity.training.snapshot import Snapshot, pack_snapshots, unpack_snapshots

log = logging.getLogger(__name__)

LIBRARIES = ("gymnasium", "jax", "numpy", "sb3-contrib", "stable-baselines3", "torch")
PACKAGE = Path(__file__).parent.parent
DIGEST_BYTES = 32


@dataclass(frozen=True)
class Checkpoint:
    """The file of members that train together, and the one before it; `path` is None where nothing is kept."""

    path: Path | None
    title: str

    @classmethod
    def of(cls, directory: Path | None, shard: Shard, members: Sequence[Member]) -> "Checkpoint":
        """Return the checkpoint of some members of a shard, named by all that determines their result."""
        title = f"{shard.generation}: {shard.arm} {', '.join(member.name for member in members)}"
        return cls(directory / f"{fingerprint(shard, members)}.zip" if directory else None, title)

    def load(self) -> dict[str, Snapshot]:
        """Return the last whole checkpoint's snapshots by member, and say which it is; none where there is none."""
        for path in (self.path, self._before) if self.path else ():
            if path is None or not path.exists():
                continue
            try:
                snapshots = unpack_snapshots(_checked(path.read_bytes()))
            except (OSError, AgentError) as error:
                log.warning("%s: a checkpoint is damaged and is not used (%s)", self.title, error)
                continue
            steps = max(snapshot.env_steps for snapshot in snapshots.values())
            log.warning("%s: go on from the checkpoint at %s steps", self.title, f"{steps:,}")
            return snapshots
        return {}

    def save(self, snapshots: dict[str, Snapshot]) -> None:
        """Keep snapshots; where that fails (a full disk), training goes on and the checkpoint before stays."""
        if self.path is None or self._before is None:
            return
        content = pack_snapshots(snapshots)
        draft = self.path.with_suffix(".new")
        try:
            write_bytes(draft, sha256(content).digest() + content)
            with suppress(FileNotFoundError):
                self.path.replace(self._before)
            draft.replace(self.path)
        except OSError as error:
            log.warning("%s: no checkpoint is written (%s); training goes on", self.title, error.strerror or error)

    @property
    def _before(self) -> Path | None:
        return self.path.with_suffix(".before.zip") if self.path else None


def fingerprint(shard: Shard, members: Sequence[Member]) -> str:
    """Return 24 hexadecimal digits over all that determines what members learn: study, parents, code, versions."""
    told = repr((replace(shard, members=tuple(members)), _code(), list(_sources(shard.task))))
    return sha256(told.encode()).hexdigest()[:24]


@cache
def _code() -> list[str]:
    """Return the versions of what computes, and a digest of this package's own code."""
    files = sorted(PACKAGE.rglob("*.py"))
    own = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return [own, *(f"{name} {version(name)}" for name in LIBRARIES)]


def _sources(task: Task) -> Iterator[str]:
    """Yield a digest of the file that each wrapper and the environment is written in, where it can be found."""
    with suppress(HeredityError, ImportError, AttributeError, TypeError, OSError):
        entry: Any = find_spec(task.id).entry_point
        made = entry if callable(entry) else load_class(str(entry).replace(":", "."))
        for found in (made, *(load_class(wrapper.name) for wrapper in task.wrappers)):
            if file := inspect.getsourcefile(found):
                yield sha256(Path(file).read_bytes()).hexdigest()


def _checked(content: bytes) -> bytes:
    digest, rest = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if sha256(rest).digest() != digest:
        raise AgentError(f"its digest does not match its {len(content)} bytes")
    return rest
