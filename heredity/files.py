"""Writing that is whole or absent: to a temporary name first, flushed, then renamed by whoever still is to write."""

import csv
import fcntl
import glob
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from heredity.lifetime import look_before_writing

MASK = os.umask(0o077)
"""Which rights whoever starts this process keeps from others; read once, because an environment may change it."""
os.umask(MASK)

DRAFT = ".draft"
"""What a process that was killed leaves behind ends so, is ignored by DVC, and is gone with the next writing."""


def write_bytes(path: str | Path, content: bytes) -> None:
    """Replace the file at `path` by `content`; parents are made, and a reader sees the old file or the new one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_drafts(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=DRAFT)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _hold(descriptor)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(temporary).chmod(0o666 & ~MASK)
            look_before_writing()
            Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: str | Path, text: str) -> None:
    """Like `write_bytes`, for UTF-8 text."""
    write_bytes(path, text.encode())


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as indented JSON; NaN and infinities are refused, because JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def write_table(path: str | Path, header: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV, None as an empty field."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, buffer.getvalue())


@contextmanager
def new_directory(path: str | Path) -> Iterator[Path]:
    """Yield an empty directory that becomes `path` when the block ends well, and vanishes when it does not."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_drafts(path)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=DRAFT))
    descriptor = os.open(temporary, os.O_RDONLY)
    _hold(descriptor)
    try:
        yield temporary
        temporary.chmod(0o777 & ~MASK)
        look_before_writing()
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    finally:
        os.close(descriptor)


def _clear_drafts(path: Path) -> None:
    """Remove what was being written at `path` when its writer was killed; what a living process writes stays."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{DRAFT}"):
        if _is_held(left):
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _hold(descriptor: int) -> None:
    """Mark a draft as being written, for as long as this process has it open."""
    with suppress(OSError):  # a file system without locks: there a draft counts as left behind
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_held(draft: Path) -> bool:
    with suppress(OSError):
        descriptor = os.open(draft, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
