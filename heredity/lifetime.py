"""How a process ends: with whoever has started it, at a signal, and with all that it has started itself.

A program that was started here asks at its door for what it needs: `end_on_signals` turns SIGINT, SIGTERM and SIGHUP
into one line and the exit code 128 + n, `end_with_parent` keeps it from working on for nobody. Both are of the whole
process, so no library call does either.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker, util
from types import FrameType
from typing import NoReturn

import psutil

INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a command that Ctrl-C ended."""

KEPT = "what was trained until the last checkpoint is kept; to go on:"
INTERRUPTED_MESSAGE = f"interrupted; {KEPT}"
AGAIN = "interrupted; to begin again: heredity"

LOOK_SECONDS = 0.5
"""How often a process looks whether its parent is there."""

GRACE_SECONDS = 3
"""How long a process that was signalled may take to leave what it is at: close a tracker's run, tell a server."""

END_SECONDS = 1
"""How long a process may take to end at SIGTERM before it is killed."""

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
OF_DVC = "DVC_STAGE"
"""The variable that DVC sets for the command of a stage, and so for all that the command starts."""
OF_MULTIPROCESSING = "--multiprocessing-fork"
SHELLS = ("bash", "dash", "fish", "ksh", "sh", "zsh")


class _State:
    """What is known of this process: the first signal that came, what to say then, and who has to be there."""

    number: int | None = None
    line = "interrupted"
    unwinds = False
    ancestors: tuple[int, ...] = ()
    abandoned = False


HAS_TO_HOLD: list[Callable[[], None]] = []
"""What is looked at before anything is moved into place; each raises where it does not hold any more."""

_state, _leaving = _State(), threading.Lock()


def signalled() -> bool:
    """Whether a signal has come that ends this process: a KeyboardInterrupt without one is of whoever raised it."""
    return _state.number is not None


def end_on_signals(line: str) -> None:
    """Let SIGINT, SIGTERM and SIGHUP end this process with a line on stderr and the exit code 128 + n.

    A signal that is ignored when this is called stays ignored: nohup and a shell's `&` ask for that. May be called
    again, where somebody else has put handlers of their own in the place of these.
    """
    _state.line = line
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            with suppress(ValueError):  # not the main thread: whose program this is has handlers of its own
                signal.signal(number, _answer)


@contextmanager
def unwinding(line: str) -> Iterator[None]:
    """End on signals as above, but let the block close what it has opened, for at most GRACE_SECONDS.

    The signal raises KeyboardInterrupt in the block; whatever the block makes of that, the process ends. Further ones
    change nothing. Where the block ends without a signal, the process goes on.
    """
    handlers = [(number, signal.getsignal(number)) for number in SIGNALS]
    end_on_signals(line)
    _state.unwinds = True
    try:
        yield
    finally:
        _state.unwinds = False
        if _state.number is not None:
            leave(128 + _state.number, _state.line)
        for number, handler in handlers:
            with suppress(ValueError, TypeError):  # not the main thread; a handler that is not of Python
                signal.signal(number, handler)


def end_with_parent(parent: int | None = None) -> None:
    """End this process, and what it has started, soon after its parent has ended; a thread looks every LOOK_SECONDS.

    Of a stage that DVC runs, DVC counts as the parent as well, whatever shell is between them. A parent that is process
    1 from the beginning is none. parent: its number, for whom it has been told to, so that one that is gone already is
    noticed.
    """
    if not _state.ancestors:
        _state.ancestors, _state.abandoned = ((parent,), False) if parent else _find_ancestors()
        if _state.ancestors:
            threading.Thread(target=_watch_parent, daemon=True).start()


def look_before_writing() -> None:
    """Look whether this process is still the one to write: its parent is there, and `HAS_TO_HOLD` holds.

    It may have slept since it last looked, and another may be at work in its place. Raises what those raise.
    """
    end_if_abandoned()
    for look in list(HAS_TO_HOLD):
        look()


def end_if_abandoned() -> None:
    """End this process now where its parent has ended; whoever is no stage says nothing."""
    if _state.abandoned or not is_child_of(os.getpid(), _state.ancestors):
        line = f"ended, because what had started this process is gone; {KEPT} dvc repro"
        of_a_stage = OF_DVC in os.environ and OF_MULTIPROCESSING not in sys.orig_argv
        leave(128 + signal.SIGHUP, line if of_a_stage else None)


def begin_stage() -> None:
    """Do for `python -m stages.…`, before anything is imported that takes long, what its door does later.

    A process that such a stage spawns imports the stage as well, and leaves Ctrl-C to it.
    """
    if OF_MULTIPROCESSING in sys.orig_argv:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        end_with_parent()
    elif "-m" in sys.orig_argv and any(word.startswith("stages.") for word in sys.orig_argv):
        end_on_signals(f"{INTERRUPTED_MESSAGE} dvc repro")
        if OF_DVC in os.environ:
            end_with_parent()


def ancestors() -> tuple[int, ...]:
    """Return the processes without which this one ends: its parent, the parent's parent, … as far as they count."""
    return _state.ancestors


def is_child_of(pid: int, line: Sequence[int]) -> bool:
    """Whether a process is the child of the first of some, that one of the second, and so on.

    Whoever loses a parent is given another, so this tells that all of them are there, and no number is anybody else's.
    """
    with suppress(psutil.Error):
        return all(_parent_of(child) == parent for child, parent in zip((pid, *line), line, strict=False))
    return False


def leave(code: int, line: str | None = None) -> NoReturn:
    """Say a line, and end this process with its children at once, whatever its threads are at."""
    if not _leaving.acquire(blocking=False):
        while True:  # another thread is about to end the process
            time.sleep(GRACE_SECONDS)
    if line:
        with suppress(Exception):  # the terminal is closed; else whoever draws on it hides its cursor meanwhile
            print("\x1b[?25h" * sys.stderr.isatty() + line, file=sys.stderr)
    end_children()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    # Else multiprocessing's tracker says after the end of this process how many semaphores it had to remove.
    cleaning = threading.Thread(target=vars(util)["_run_finalizers"], args=(0,), daemon=True)
    cleaning.start()
    cleaning.join(END_SECONDS)
    os._exit(code)


def leave_within(seconds: float, code: int, line: str | None = None) -> None:
    """Give this process so long to end by itself, whatever threads and exit handlers it was left with."""
    last = threading.Timer(seconds, leave, (code, line))
    last.daemon = True
    last.start()


def end_children(of: int | None = None) -> None:
    """End all that a process, this one where none is named, has started, and what those have."""
    with suppress(psutil.Error):
        end_processes(psutil.Process(of).children(recursive=True))


def end_processes(processes: Sequence[psutil.Process]) -> None:
    """Ask processes to end, and kill those that do not."""
    # multiprocessing's tracker removes semaphores when the last who use them have ended, and ends then itself.
    tracker = getattr(resource_tracker._resource_tracker, "_pid", None)
    waiting = [each for each in processes if each.pid != tracker]
    for each in waiting:
        with suppress(psutil.Error):
            each.terminate()
    for each in psutil.wait_procs(waiting, timeout=END_SECONDS)[1]:
        with suppress(psutil.Error):
            each.kill()


def _answer(number: int, _: FrameType | None) -> None:
    """Answer the first signal; what Python would say of exceptions in odd places on the way out is nobody's concern."""
    if _state.number is not None:
        return
    _state.number = number
    if not _state.unwinds:
        leave(128 + number, _state.line)
    logging.disable()
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None
    leave_within(GRACE_SECONDS, 128 + number, _state.line)
    raise KeyboardInterrupt


def _watch_parent() -> None:
    worker = OF_MULTIPROCESSING in sys.orig_argv  # one whose stage is there leaves it to that to end both
    while not worker or os.getppid() == _state.ancestors[0]:
        if not worker:
            end_if_abandoned()
        time.sleep(LOOK_SECONDS)
    end_if_abandoned()


def _find_ancestors() -> tuple[tuple[int, ...], bool]:
    """Return whom this process has to end with, and whether it has lost them before it could look."""
    stage, line, child = os.environ.get(OF_DVC), list[int](), os.getpid()
    ours = stage is not None or OF_MULTIPROCESSING in sys.orig_argv
    with suppress(psutil.Error):
        while (parent := _parent_of(child)) is not None and parent > 0:
            if ours and _is_adopted(child, parent):
                return (*line, parent), True
            line.append(parent)
            if stage is None or not _is_below_dvc(psutil.Process(parent), stage):
                break
            child = parent
    return (() if line[:1] == [1] else tuple(line)), False


def _is_below_dvc(process: psutil.Process, stage: str) -> bool:
    """Whether a process was started by DVC for a stage; of a shell, macOS does not show the variables."""
    with suppress(psutil.AccessDenied):
        if process.environ().get(OF_DVC) == stage:
            return True
    return process.name().lstrip("-") in SHELLS


def _is_adopted(child: int, parent: int) -> bool:
    """Whether a process is with a parent that has not made it: a session is inherited, or one's own."""
    with suppress(OSError):
        return os.getsid(child) not in (child, os.getsid(parent))
    return False


def _parent_of(pid: int) -> int | None:
    return os.getppid() if pid == os.getpid() else psutil.Process(pid).ppid()
