"""Environments of which few may be open at a time: simulators that take a port, a display or a license.

One process of a machine has them open, as many as a study allows; others wait until it has closed the last. The lock is
one of POSIX, which the kernel lets go with the process.
"""

import errno
import fcntl
import logging
import os
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from threading import Lock

from heredity.errors import TaskError

log = logging.getLogger(__name__)

TAKEN = (errno.EACCES, errno.EAGAIN)

SAY_SECONDS, LOOK_SECONDS = 30.0, 0.05
"""After how long a process says that it waits, and how often it looks."""

_open: dict[Path, tuple[int, int]] = {}
"""By lock: its descriptor, and how many places this process has."""

_threads = Lock()


class Place:
    """One open environment of those that may be; `release` gives it to whoever waits."""

    def __init__(self, id: str, at_once: int) -> None:
        """Wait until no other process has one of them open. Raises TaskError where this one has all that may be."""
        self._path, self._is_held = _lock_of(id), False
        with _threads:
            descriptor, count = _open.get(self._path, (None, 0))
            if count >= at_once:
                raise TaskError(
                    f"{id}: expected at most {at_once} open at a time, as env.at_once says, got one more; "
                    "write a smaller algorithm.n_envs"
                )
            _open[self._path] = (_taken(self._path, id) if descriptor is None else descriptor), count + 1
            self._is_held = True

    def release(self) -> None:
        """Give it back; once is enough."""
        with _threads:
            if not self._is_held:
                return
            self._is_held = False
            descriptor, count = _open.pop(self._path)
            if count > 1:
                _open[self._path] = descriptor, count - 1
            else:
                os.close(descriptor)  # which unlocks


def of_too_many(error: TaskError, open_already: int) -> TaskError:
    """Return what one more copy failed of, with what to write where it was one too many."""
    if not open_already or "cannot be made" not in str(error):
        return error
    others = "1 other was" if open_already == 1 else f"{open_already} others were"
    return error.saying(f"{error}; {others} open: where no more may be, write at_once: {open_already} in env")


def _lock_of(id: str) -> Path:
    """Return the file whose lock stands for an environment, for all projects of a user on this machine."""
    directory = Path(tempfile.gettempdir()) / f"heredity-{os.getuid()}"
    return directory / f"{sha256(id.encode()).hexdigest()[:16]}.lock"


def _taken(path: Path, id: str) -> int:
    """Return the descriptor of a lock once this process has it."""
    begun, is_said = time.monotonic(), False
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in TAKEN:
                os.close(descriptor)
                raise TaskError(f"{id}: expected a lock at {path}, got {error.strerror}") from None
            if not is_said and time.monotonic() - begun > SAY_SECONDS:
                log.warning("%s: waits for another process, which has those open that may be (env.at_once)", id)
                is_said = True
            time.sleep(LOOK_SECONDS)
        else:
            return descriptor
