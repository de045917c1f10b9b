"""One owner at a time: a lock that dies with its process, and is looked at again before what was made is written.

The lock is one of POSIX (`fcntl.lockf`): no child has it, the kernel lets it go with the process, and a network file
system that has locks at all has these. Its file says who holds it, for those who find it taken.
"""

import errno
import fcntl
import json
import logging
import os
import shlex
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import psutil

from heredity.errors import HeredityError
from heredity.lifetime import GRACE_SECONDS, HAS_TO_HOLD, ancestors, end_processes, is_child_of

log = logging.getLogger(__name__)

PATIENCE_SECONDS = GRACE_SECONDS + 2
"""How long whoever finds a claim taken waits: a process that was signalled is gone by then."""

WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
TAKEN = (errno.EACCES, errno.EAGAIN)
LONGEST_RECORD = 4096


class ClaimError(HeredityError):
    """Another process is at work where this one would write."""


_wanted: set[Path] = set()
"""What this process holds or waits for. Only here can that be told: the kernel lets a process lock its own file twice,
and takes the lock from it where any of its threads closes that file."""
_threads = Lock()


@contextmanager
def claimed(path: Path, what: str) -> Iterator[None]:
    """Be the only process at work on something, which is `what` in messages, while the block runs; path: the lock.

    An orphan that has it, a process whose parents are gone, is ended: nobody waits for what it is at. Raises ClaimError
    with what to type where any other process has it. Where the file system has no locks, a warning says so.
    """
    path = path.resolve()
    with _once_in_this_process(path, what):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _take(path, what)
        if descriptor is None:
            yield
            return
        look = partial(_refuse_if_lost, descriptor, path, what)
        HAS_TO_HOLD.append(look)
        try:
            yield
        finally:
            HAS_TO_HOLD.remove(look)
            if _is_ours(descriptor, path):
                path.unlink()  # while it is held: whoever opened it before sees that it is gone, and makes another
            os.close(descriptor)


@contextmanager
def _once_in_this_process(path: Path, what: str) -> Iterator[None]:
    with _threads:
        if path in _wanted:
            raise ClaimError(f"{what}: expected to be alone at it, got another thread of this process at it already")
        _wanted.add(path)
    try:
        yield
    finally:
        _wanted.discard(path)


def _take(path: Path, what: str) -> int | None:
    """Return the descriptor of the lock once this process holds it, None where there are no locks."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        descriptor = _open(path)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(descriptor, path):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, _record(), 0)
                return descriptor
        except OSError as error:
            os.close(descriptor)
            if error.errno in WITHOUT_LOCKS:
                log.warning("%s: this file system has no locks, so nothing keeps another process from %s: start none "
                            "beside this one", path.parent, what)  # fmt: skip
                return None
            if error.errno not in TAKEN:
                raise
            if not _end_orphan(path) and time.monotonic() > deadline:
                raise _refusal(path, what) from None
            time.sleep(0.1)
        else:
            os.close(descriptor)


def _open(path: Path) -> int:
    """Open a lock for writing, which locking takes; one that this process makes is everybody's, as they may come."""
    with suppress(FileNotFoundError):
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    with suppress(OSError):
        os.fchmod(descriptor, 0o666)
    return descriptor


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether a path is still the file that was opened."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _is_ours(descriptor: int, path: Path) -> bool:
    """Whether a lock is still this process's: nobody has removed it, nor taken it and put another name into it."""
    return _is_at(descriptor, path) and os.pread(descriptor, LONGEST_RECORD, 0) == _record()


def _refuse_if_lost(descriptor: int, path: Path, what: str) -> None:
    if not _is_ours(descriptor, path):
        raise _refusal(path, what)


def _record() -> bytes:
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "ancestors": ancestors()}).encode()


def _holder(path: Path) -> tuple[psutil.Process | None, dict[str, Any]]:
    """Return the process that a lock names and has open, None where it cannot be told, and all that the lock says."""
    with suppress(OSError, ValueError, KeyError, TypeError, psutil.Error):
        record = json.loads(path.read_bytes())
        if record["host"] != socket.gethostname():
            return None, record
        process = psutil.Process(int(record["pid"]))
        if any(Path(each.path) == path for each in process.open_files()):
            return process, record
    return None, {}


def _end_orphan(path: Path) -> bool:
    """End the process that holds a lock where those it ends with are gone, stopped as it may be; whether it was one."""
    holder, record = _holder(path)
    with suppress(psutil.Error, TypeError, ValueError):
        if holder and not is_child_of(holder.pid, [int(pid) for pid in record["ancestors"]]):
            log.warning("process %d was left behind by one that is gone; it is ended", holder.pid)
            children = holder.children(recursive=True)
            holder.send_signal(signal.SIGKILL)
            end_processes(children)
            return True
    return False


def _refusal(path: Path, what: str) -> ClaimError:
    """Return what to say of whoever else has a lock, and what to type."""
    holder, record = _holder(path)
    who, remedy = "another process", "wait for it"
    if record and holder is None:
        who = f"process {record['pid']} on {record['host']}"
    with suppress(psutil.Error):
        if holder:
            stopped = holder.status() == psutil.STATUS_STOPPED
            who = f"process {holder.pid}{', which is stopped' * stopped} ({shlex.join(holder.cmdline())[:200]})"
            remedy = f"{'' if stopped else 'wait for it, or '}type: kill {'-KILL ' * stopped}{holder.pid}"
    return ClaimError(f"{what}: expected to be alone at it, got {who} at it already; {remedy}")
