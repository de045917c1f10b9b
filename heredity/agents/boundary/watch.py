"""How long a call of an environment takes, whether it forks, and whether memory runs out meanwhile.

What ends a step that hangs: a thread beside it notices, and sends the main thread a signal whose handler raises. That
interrupts Python code and system calls. It cannot interrupt compiled code that never returns to Python: in a worker its
parent, which reads by when the call has to be over, ends the process (`heredity.workers`). Where that parent is gone
the kernel does, by a timer that the thread could not wind any more. Nor can it interrupt a step in another thread than
the main one, which is refused once it is over.
"""

import os
import signal
from itertools import count
from threading import Thread, get_ident, main_thread
from time import monotonic, sleep
from typing import Any, NamedTuple

from heredity import worker
from heredity.agents.boundary import memory_watch as memory

LOOK_SECONDS, LOOKS_PER_WEIGHING = 0.1, 10
"""How often the watch looks whether a step is overdue, and how many looks later whether memory runs out."""

STUCK_SECONDS = 70.0
"""How long a worker may compute, without a moment for its other threads, beyond what its call may take."""

SIGNAL = signal.SIGURG
"""Ignored where nobody listens, so one that comes too late does no harm."""

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
        self._word: Any = None
        self._call, self._seconds = "", 0.0

    def begin(self, seconds: float, call: str = "step", seed: int | None = None) -> float:
        """Begin to watch a call of the main thread, which alone can be signalled; return the time, of any thread.

        call, seed: what is called, and what was reset on; they are kept where this process's parent reads them.
        """
        now = monotonic()
        if get_ident() == MAIN:
            word = self._word
            if call is not self._call or seconds != self._seconds or word is not worker.word:
                word = self._announce(call, seconds)
            word.seed = -1 if seed is None else seed
            self.deadline = word.deadline = now + seconds
        return now

    def _announce(self, call: str, seconds: float) -> Any:
        """Store what the next calls are; rarely, because that takes longer than looking whether it has to be."""
        if self._thread is None:  # the first call, not the import: a handler can be set by the main thread only
            signal.signal(SIGNAL, self._interrupt)
            if signal.getsignal(signal.SIGCONT) is signal.SIG_DFL:
                signal.signal(signal.SIGCONT, self._continue)
            self._thread = Thread(target=self._look, daemon=True)
            self._thread.start()
        self._word, self._call, self._seconds = worker.word, call, seconds
        self._word.call, self._word.seconds = call.encode(), seconds
        return self._word

    def end(self, begun: float, seconds: float) -> bool:
        """Watch no more, until the next call; return whether this one took too long or too much, in any thread."""
        if get_ident() == MAIN:
            self.deadline, self._word.deadline = None, 0.0
        now = monotonic()
        late = now - begun > seconds and now - max(begun, self.continued) > seconds
        return late or self.starving is not None

    def _continue(self, *_: object) -> None:
        """Give the call that this process was stopped in (SIGSTOP, Ctrl-Z) its whole time anew."""
        self.continued = monotonic()
        if self.deadline is not None:
            self.deadline = self._word.deadline = self.continued + self._seconds

    def _interrupt(self, *_: object) -> None:
        # Python runs handlers between two of the main thread's instructions, so this may come after the call it was
        # meant for: then the deadline is None, or the next call's, and nothing is raised. Clearing it here lets what is
        # raised pass through the environment's own `finally` without a second signal on top of it.
        if self._overdue():
            self.deadline = None
            raise OverdueError

    def _overdue(self) -> bool:
        return self.deadline is not None and bool(self.starving or monotonic() >= self.deadline)

    def _look(self) -> None:
        for look in count(1):
            sleep(LOOK_SECONDS)
            if not main_thread().is_alive():
                return
            if look % LOOKS_PER_WEIGHING == 0:
                self.starving = memory.starving()
                if worker.is_one():  # of the process's own time: one that waits, or is stopped, is not stuck
                    signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds + STUCK_SECONDS)
            if self._overdue():
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
