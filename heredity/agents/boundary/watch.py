"""How long a call of an environment takes, whether it forks, and whether memory runs out meanwhile.

What ends a step that hangs: a thread beside it notices, and sends the main thread a signal whose handler raises. That
interrupts Python code and system calls. It cannot interrupt compiled code that never returns to Python: in a worker its
parent, which reads by when the call has to be over, ends the process (`heredity.workers`). Nor can it interrupt a step
in another thread than the main one, which is refused once it is over.
"""

import os
import signal
import time
from itertools import count
from threading import Thread, get_ident, main_thread
from typing import NamedTuple

from heredity import worker
from heredity.agents.boundary import memory_watch as memory

LOOK_SECONDS, LOOKS_PER_WEIGHING = 0.1, 10
"""How often the watch looks whether a step is overdue, and how many looks later whether memory runs out."""

SIGNAL = getattr(signal, "SIGURG", None)
"""Ignored where nobody listens, so one that comes too late does no harm; None on Windows."""

MAIN = main_thread().ident or 0


class OverdueError(BaseException):
    """Raised inside a step that takes too long or too much; no environment's `except Exception` holds it up."""


class Watch:
    """Signals the main thread once the call that it is in is overdue, or takes the last memory.

    continued: when this process went on after it was stopped, before which nothing is late.
    """

    def __init__(self) -> None:
        self.deadline: float | None = None
        self.starving: str | None = None
        self.continued = 0.0
        self._thread: Thread | None = None
        self._stored: tuple[object, str, float] = worker.word, "", 0.0

    def begin(self, seconds: float, call: str = "step", seed: int | None = None) -> float:
        """Begin to watch a call of the main thread, which alone can be signalled; return the time, of any thread.

        call, seed: what is called, and what was reset on; they are kept where this process's parent reads them.
        """
        now = time.monotonic()
        if SIGNAL and get_ident() == MAIN:
            if self._thread is None:  # the first call, not the import: a handler can be set by the main thread only
                signal.signal(SIGNAL, self._interrupt)
                if signal.getsignal(signal.SIGCONT) is signal.SIG_DFL:
                    signal.signal(signal.SIGCONT, self._continue)
                self._thread = Thread(target=self._look, daemon=True)
                self._thread.start()
            word = worker.word
            if self._stored != (word, call, seconds):  # rarely, and a store costs more than this
                word.call, word.seconds, self._stored = call.encode(), seconds, (word, call, seconds)
            word.seed = -1 if seed is None else seed
            self.deadline = word.deadline = now + seconds
        return now

    def end(self) -> None:
        """Watch no more, until the next call."""
        if get_ident() == MAIN:
            self.deadline = None
            worker.word.deadline = 0.0

    def _continue(self, *_: object) -> None:
        """Give the call that this process was stopped in (SIGSTOP, Ctrl-Z) its whole time anew."""
        self.continued = time.monotonic()
        if self.deadline is not None:
            self.deadline = worker.word.deadline = self.continued + worker.word.seconds

    def _interrupt(self, *_: object) -> None:
        # Python runs handlers between two of the main thread's instructions, so this may come after the call it was
        # meant for: then the deadline is None, or the next call's, and nothing is raised. Clearing it here lets what is
        # raised pass through the environment's own `finally` without a second signal on top of it.
        if self._overdue():
            self.deadline = None
            raise OverdueError

    def _overdue(self) -> bool:
        return self.deadline is not None and bool(self.starving or time.monotonic() >= self.deadline)

    def _look(self) -> None:
        for look in count(1):
            time.sleep(LOOK_SECONDS)
            if not main_thread().is_alive():
                return
            if look % LOOKS_PER_WEIGHING == 0:
                self.starving = memory.starving()
            if SIGNAL and self._overdue():
                # A timer's signal (setitimer) may be delivered to any thread, and then it interrupts no system call of
                # the main one: `time.sleep` or a read of a socket would go on. So the thread is named.
                signal.pthread_kill(MAIN, SIGNAL)


class Process(NamedTuple):
    """Which process this is, and how often it was forked."""

    id: int
    forks: int


def _forked(in_child: bool) -> None:
    global process
    process = Process(os.getpid(), process.forks + (not in_child))


WATCH, process = Watch(), Process(os.getpid(), 0)

# Asking for the process id around every step would be a system call per step, and would not tell the parent that it was
# forked; these run at a fork alone, whoever forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=lambda: _forked(False), after_in_child=lambda: _forked(True))
