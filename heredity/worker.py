"""One spawned process: the pipe that it answers through, and the word that says who is to blame where it ends.

Nothing that a process does once it is ended can be relied on, so it says beforehand what it is about to do, in memory
that it shares with its parent: whoever calls an environment stores by when the call has to be over, and 0 once it is.
"""

import atexit
import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, NoReturn

import psutil

from heredity.errors import HeredityError, one_line

LOOK_SECONDS, GRACE_LOOKS = 0.5, 8
"""How often a worker is looked at, and at how many looks in a row a call is overdue before its worker is ended.

Before that the worker itself notices, wherever a signal can end the call; and a machine that was stopped has looked no
more often than it let its workers run."""

MESSAGE, RESULT, ERROR = range(3)
"""What a worker says: something on the way, and one of the others at the end of an item."""


LONGEST_NAME = 127


class Word(ctypes.Structure):
    """What a process is at. deadline: by the monotonic clock, 0 outside of calls. seed: −1 where there is none."""

    _fields_ = (
        ("deadline", ctypes.c_double),
        ("seconds", ctypes.c_double),
        ("seed", ctypes.c_longlong),
        ("call", ctypes.c_char * 32),
        ("actor", ctypes.c_char * (LONGEST_NAME + 1)),
    )


_own = Word()
word: Any = _own
"""This process's own; a worker's lies in memory that its parent reads."""


def share(shared: Any) -> None:
    """Let this process's word be one that its parent reads."""
    global word
    word = shared


def is_one() -> bool:
    """Whether this process is a worker, whose word somebody reads."""
    return word is not _own


def acting(name: str) -> None:
    """Say whose environments are called from now on: a member's name, or words for a line where no member's are."""
    word.actor = name.encode()[:LONGEST_NAME]


def start(process: Any) -> None:
    """Start a spawned process that leaves Ctrl-C to its parent, and says so by `leave_interrupts`, once it can."""
    # Until then it has SIGINT blocked, as every process has what blocked the thread that started it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_interrupts() -> None:
    """Leave Ctrl-C, which reaches all processes of a terminal, to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


@dataclass(frozen=True)
class Death:
    """How a process ended. actor, call: who acted, or had acted last, and in what, "" where in nothing.

    seed: of the last reset.

    late: whether it was ended for a call that took longer than `seconds`.
    """

    actor: str
    call: str
    seed: int | None
    seconds: float
    ending: str
    late: bool = False

    @classmethod
    def of(cls, shared: Any, exit_code: int | None, *, late: bool = False) -> "Death":
        """Return what a word says that is no longer written to."""
        actor, call = (text.decode(errors="ignore") for text in (shared.actor, shared.call))
        if not shared.deadline:
            return cls(actor, "", None, 0.0, ended_by(exit_code))
        return cls(actor, call, None if shared.seed < 0 else shared.seed, shared.seconds, ended_by(exit_code), late)

    def __str__(self) -> str:
        """Say in one sentence what was expected of the environment and what came."""
        seed = "" if self.seed is None else f" on seed {self.seed}"
        if self.late:
            return f"expected a {self.call} within {self.seconds:g} s, got none{seed}"
        return f"expected an environment that lets its process live, got {self.ending} in its {self.call}{seed}"


def ended_by(exit_code: int | None) -> str:
    """Say what ended a process, by its exit code as `multiprocessing` gives it."""
    if exit_code is None:
        return "its pipe closed"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    names = {number.value: number.name for number in signal.Signals}
    return f"signal {-exit_code} ({names.get(-exit_code, 'of real time')})"


class Worker:
    """One spawned process, and the pipe and the word that it shares with this one."""

    def __init__(self, work: Callable[[Connection, Any], None]) -> None:
        """Start it; `work` is what it does with its end of the pipe and its word."""
        context = multiprocessing.get_context("spawn")
        self.word = context.RawValue(Word)
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, self.word))
        start(self.process)
        theirs.close()
        self.late = False
        self._closing = Lock()
        self._children: list[psutil.Process] = []

    def send(self, packed: bytes) -> None:
        """Send it work; one that has ended is noticed by its answer."""
        with suppress(OSError):
            self.pipe.send_bytes(packed)

    def answer(self) -> tuple[int, Any] | None:
        """Return the next of what it has to say, and None once it has ended, or is to be ended for an overdue call."""
        looks = 0
        try:
            # Not only the pipe is looked at: a child that an environment made may hold its other end open.
            while not self.pipe.poll(LOOK_SECONDS):
                if not self.process.is_alive() and not self.pipe.poll():
                    return None
                looks = looks + 1 if self._overdue() else 0
                if looks > GRACE_LOOKS:
                    self.late = True
                    return None
            packed = self.pipe.recv_bytes()
        except (EOFError, OSError):
            return None
        answer: tuple[int, Any] = pickle.loads(packed)
        return answer

    def _overdue(self) -> bool:
        deadline = self.word.deadline
        return bool(deadline) and time.monotonic() > deadline and not _is_stopped(self.process.pid)

    def death(self) -> Death:
        """Return how it ended, and over what."""
        return Death.of(self.word, self.exit_code, late=self.late)

    def release(self) -> None:
        """Let it end by itself: there is no more work. Its children stay known, whose parent is then another."""
        self._children = _children(self.process.pid)
        self._close()

    def end(self) -> None:
        """End it and its children for good, whatever holds it up; how it ended by itself stays known."""
        self.process.join(0 if self.late else LOOK_SECONDS)
        self.exit_code = self.process.exitcode
        for child in [*self._children, *_children(self.process.pid)]:
            with suppress(psutil.Error):
                child.kill()
        self.process.kill()
        self.process.join()
        self._close()

    def _close(self) -> None:
        """Close the pipe, once: who waits for an answer and who ends the pool may do so at the same time."""
        with self._closing:
            self.pipe.close()


def replied(pipe: Connection, packed: bytes) -> bytes:
    """Return what a call came to, pickled."""
    try:
        acting("")
        work_on, item, reports = pickle.loads(packed)
        keywords = {"on_progress": partial(_report, pipe)} if reports else {}
        return pickle.dumps((RESULT, work_on(item, **keywords)))
    except BaseException as error:
        return _packed(error)


def _packed(error: BaseException) -> bytes:
    """Return an error as it can travel, with the way that it came where that is not known from what it says."""
    if not isinstance(error, Exception):  # which would end, or interrupt, whoever it is raised in
        error = HeredityError(f"expected work that returns or fails, got {type(error).__name__}: {one_line(error)}")
    elif not isinstance(error, HeredityError):
        error.add_note("".join(traceback.format_exception(error)))
    with suppress(Exception):
        pickle.loads(packed := pickle.dumps((ERROR, error)))
        return packed
    return pickle.dumps((ERROR, RuntimeError(f"{type(error).__name__}: {one_line(error)}")))


def _report(pipe: Connection, message: Any) -> None:
    say(pipe, pickle.dumps((MESSAGE, message)))


def say(pipe: Connection, packed: bytes) -> None:
    """Say something to the parent; without one there is nothing to go on for, and no failure either."""
    try:
        pipe.send_bytes(packed)
    except OSError:
        os._exit(1)


def finish(code: int = 0) -> NoReturn:
    """End this process, threads and exit handlers first; unloading torch and JAX would take most of a second."""
    with suppress(BaseException):
        vars(threading)["_shutdown"]()
    with suppress(BaseException):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(code)


def _is_stopped(pid: int | None) -> bool:
    """Whether somebody has stopped a process (SIGSTOP), which then is late for nothing."""
    with suppress(psutil.Error):
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    return False


def _children(pid: int | None) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return list(psutil.Process(pid).children(recursive=True))
    return []
