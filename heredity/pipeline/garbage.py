"""What grows beside a study, and what of it goes: stored members, and W&B's local runs.

Nothing here is a stage's input: whatever goes is computed anew when it is asked for, but for W&B's runs, of which none
goes that is not safe elsewhere.
"""

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from heredity.errors import HeredityError, refused_by_system
from heredity.layout import Layout
from heredity.training.snapshot import is_done

MIB = 1 << 20
DAY_SECONDS = 86_400
"""How long a training that is not over is left in peace since its last checkpoint."""

W_AND_B_MARK = "*.wandb.synced"
"""The file that W&B puts beside a run's once it has been uploaded by `wandb sync`."""


@dataclass(frozen=True)
class Item:
    """What goes as a whole: its files or its folder, their size, and when it was last used in seconds since 1970."""

    paths: tuple[Path, ...]
    size_bytes: int
    used: float


@dataclass(frozen=True)
class Limits:
    """oldest: what was last used before this time goes. largest_bytes: of the store of members."""

    oldest: float
    largest_bytes: float
    dry_run: bool = False

    @classmethod
    def of(cls, days: float, largest_bytes: float, *, dry_run: bool) -> "Limits":
        """Return the limits by age from now on."""
        return cls(time.time() - days * DAY_SECONDS, largest_bytes, dry_run)


@dataclass(frozen=True)
class Cleared:
    """What went of one kind, or would go, and what is left."""

    what: str
    removed: int
    freed_bytes: int
    left: int
    left_bytes: int
    dry_run: bool = False
    note: str = ""

    def __str__(self) -> str:
        verbs = ("would go", "would be freed", "would be left") if self.dry_run else ("removed", "freed", "left")
        freed, left = f"{self.freed_bytes / MIB:.1f} MiB", f"({self.left_bytes / MIB:.1f} MiB)"
        note = f"; {self.note}" if self.note else ""
        return f"{self.what}: {self.removed} {verbs[0]}, {freed} {verbs[1]}, {self.left} {verbs[2]} {left}{note}"


def outdated(items: Iterable[Item], limits: Limits, spared: Callable[[Item], bool] = lambda _: False) -> list[Item]:
    """Return what goes, oldest first: what is too old, then more until what is left is no larger than the limit.

    spared: whether an item stays whatever its age; asked only of what would go.
    """
    by_age = sorted(items, key=lambda item: (item.used, item.paths))
    left_bytes, going = sum(item.size_bytes for item in by_age), []
    for item in by_age:
        if (item.used < limits.oldest or left_bytes > limits.largest_bytes) and not spared(item):
            going.append(item)
            left_bytes -= item.size_bytes
    return going


def clear_members(layout: Layout, limits: Limits) -> Cleared:
    """Remove stored members beyond the limits, but none that is being trained."""
    now = time.time()

    def in_training(item: Item) -> bool:
        return now - item.used < DAY_SECONDS and not _is_over(item)

    items = _trainings(layout.members)
    return _cleared("stored trainings", items, outdated(items, limits, in_training), limits)


def clear_wandb(layout: Layout, limits: Limits) -> Cleared:
    """Remove old runs that W&B has marked as uploaded; all others are the user's work."""
    folder = Path(os.environ.get("WANDB_DIR") or layout.project) / "wandb"
    runs = [path for path in _inside(folder, "*run-*") if path.is_dir() and not path.is_symlink()]
    items = [_item([run]) for run in runs]
    synced = [item for item in items if any(item.paths[0].glob(W_AND_B_MARK))]
    going = outdated(synced, Limits(limits.oldest, float("inf")))
    unsafe = len(items) - len(synced)
    note = (
        f"{unsafe} not marked as synced, which stay: wandb sync or heredity publish makes them safe" if unsafe else ""
    )
    return _cleared("W&B runs", items, going, limits, note)


def _trainings(directory: Path) -> list[Item]:
    """Return what lies in the store by training: its checkpoint, the one before it, and drafts of either."""
    files = defaultdict(list)
    for path in _inside(directory, "*"):
        files[path.name.lstrip(".").split(".")[0]].append(path)
    return [_item(sorted(paths)) for paths in files.values()]


def _is_over(item: Item) -> bool:
    last = [path for path in item.paths if path.name.count(".") == 1 and path.suffix == ".zip"]
    return bool(last) and is_done(last[0])


def _cleared(what: str, items: Collection[Item], going: Iterable[Item], limits: Limits, note: str = "") -> Cleared:
    """Remove what goes, unless this is only to say so, and count."""
    gone = [item for item in going if limits.dry_run or _removed(item)]
    freed_bytes = sum(item.size_bytes for item in gone)
    left_bytes = sum(item.size_bytes for item in items) - freed_bytes
    return Cleared(what, len(gone), freed_bytes, len(items) - len(gone), left_bytes, limits.dry_run, note)


def _removed(item: Item) -> bool:
    """Remove an item, unless somebody has used it since it was looked at.

    Raises HeredityError where the system refuses.
    """
    if _item(item.paths).used > item.used:
        return False
    try:
        for path in item.paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise HeredityError(f"cannot be removed: {refused_by_system(error, item.paths[0])}") from None
    return True


def _item(paths: Iterable[Path]) -> Item:
    """Look at files, and at folders with all that is in them; what vanishes meanwhile counts for nothing."""
    whole, size_bytes, used = tuple(paths), 0, 0.0
    for path in chain.from_iterable((each, *each.rglob("*")) for each in whole):
        with suppress(FileNotFoundError):
            status = path.lstat()
            size_bytes += 0 if path.is_dir() else status.st_size
            used = max(used, status.st_mtime)
    return Item(whole, size_bytes, used)


def _inside(directory: Path, pattern: str) -> list[Path]:
    return sorted(directory.glob(pattern)) if directory.is_dir() else []
