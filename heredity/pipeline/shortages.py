"""What the system has no more of, or refuses, told apart from a mistake in code: one line with what to type."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from traceback import walk_tb

from heredity.errors import HeredityError, one_line, refused_by_system

STDOUT = "standard output"

SEMAPHORES = "multiprocessing/synchronize.py"
"""Where Python makes semaphores, which lie in /dev/shm on Linux: what is refused there comes without a name."""

TYPE = {
    errno.EMFILE: "ulimit -n 4096",
    errno.ENFILE: "ulimit -n 4096, or end other programs",
    errno.EFBIG: "ulimit -f unlimited",
    errno.EAGAIN: "ulimit -u unlimited, or end other programs",
}
"""What lifts the limit behind a refusal of the system."""

OUT_OF_MEMORY = ("allocate memory", "not enough memory", "out of memory", "resource_exhausted", "bad_alloc")
"""In messages of libraries whose errors are of no class of their own."""

NOT_LOADED = ("failed to map", "cannot open shared object", "cannot allocate", "cannot apply additional")
"""In messages of the linker, which come as ImportError."""


def limit(name: str) -> tuple[float, float]:
    """Return the soft and the hard limit of what `resource` calls RLIMIT_<name>, infinite where there is none."""
    import resource  # which Windows does not have

    soft, hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
    return tuple(inf if each == resource.RLIM_INFINITY else each for each in (soft, hard))  # type: ignore[return-value]


def shortage(error: BaseException) -> str | None:
    """Say in one line what the system has no more of, or refuses, and what to type; None for any other error."""
    if isinstance(error, OSError):
        return _refused(error)
    text = str(error).lower()
    if isinstance(error, MemoryError) or any(words in text for words in OUT_OF_MEMORY):
        limited = min(limit("AS")[0], limit("DATA")[0]) < inf
        remedy = "type: ulimit -v unlimited -d unlimited" if limited else "a smaller train.shard needs less"
        return f"memory ran out ({one_line(error)[:200]}); {remedy}"
    if isinstance(error, RuntimeError) and "start new thread" in text:
        return f"no more threads can be started; type: {TYPE[errno.EAGAIN]}"
    if isinstance(error, ImportError) and any(words in text for words in NOT_LOADED):
        return f"a library cannot be loaded: {one_line(error)[:300]}"
    return None


@contextmanager
def shortages_named() -> Iterator[None]:
    """Refuse in one line where the block meets a limit of the system. Raises HeredityError."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, HeredityError) and (line := shortage(error)):
            raise HeredityError(line) from error
        raise


def _refused(error: OSError) -> str | None:
    """Return what a refusal of the system is about where the path in it does not say it all."""
    if error.filename == STDOUT and isinstance(error, BrokenPipeError):  # whoever read along has had enough
        sys.exit(1)
    if command := TYPE.get(error.errno or 0):
        return f"{refused_by_system(error, _here())}; type: {command}"
    if error.filename is None:
        frames = (frame.f_code.co_filename for frame, _ in walk_tb(error.__traceback__))
        if any(name.endswith(SEMAPHORES) for name in frames):
            return f"/dev/shm: {error.strerror or error}; processes share semaphores there: is there room?"
    return None


def _here() -> Path:
    with suppress(OSError):  # somebody has removed it
        return Path.cwd()
    return Path()
