"""The calls of one environment: whatever it does in one, what comes out is an answer or a TaskError of one line.

A call may not raise (SystemExit and KeyboardInterrupt included), take longer than its task allows, fork, take the
memory that others need, leave its process otherwise than it was, or draw from the generators that everybody shares.
"""

import os
from collections import Counter
from collections.abc import Callable
from threading import Thread, current_thread
from threading import enumerate as threads
from typing import Any

from heredity.agents.boundary import answers, interrupts, process_state, watch
from heredity.agents.boundary.answers import WrongAnswerError
from heredity.agents.boundary.global_generators import EVERY_CALL, FIRST_CALLS, torch_state
from heredity.agents.boundary.watch import WATCH, OverdueError
from heredity.errors import TaskError
from heredity.study.messages import written_env

LONGEST_REASON = 300
"""Characters of what an environment says when it raises."""

MAKE = "make"
"""The call that builds an environment, from the import of its module to its wrappers."""

TURN = "turn"
"""Several steps, and the resets between them."""

OLD_GYM = {
    "reset": (
        " unexpected keyword argument ",
        "; write def reset(self, *, seed=None, options=None), which returns observation, info",
    ),
    "step": (" values to unpack (expected 5, got 4)", answers.REMEDIES["step"]),
}
"""What Python says of methods as gym had them, by call, and what to write in their place."""

OUR_THREADS = ("heredity.", "multiprocessing.", "concurrent.")
"""The modules whose threads draw nothing."""

CONFIRMATIONS = 3
"""So many calls have to draw, and half of them all, where threads of others run, which may draw as well."""

_looked: Counter[str] = Counter()
"""At how many calls of each environment in this process torch's generator was looked at."""


class Calls:
    """Whoever calls one environment; `seed` is the one that it was reset on last."""

    def __init__(self, id: str, step_seconds: float) -> None:
        self.id, self.step_seconds = id, step_seconds
        self.seed: int | None = None
        self._count = self._draws = 0
        self._early = _looked[id] < FIRST_CALLS
        WATCH.end(WATCH.begin(step_seconds), step_seconds)  # sets its handler, which is part of what is compared
        interrupts.listen()
        process_state.with_torch()
        self.turn = Turn(self)

    def call(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return function(…), which calls the environment's `name` and may judge what it answers. Raises TaskError."""
        process, interrupted, answer, refusal, torch_before = watch.process, interrupts.arrived, None, None, None
        self._count += 1
        if self._early or not self._count % EVERY_CALL:
            torch_before = self._torch_state()
        before = None if Turn.open else process_state.marked_anew()
        begun = WATCH.begin(self.step_seconds, name, self.seed)
        try:
            try:
                answer = function(*arguments)
            except OverdueError:
                raise
            except BaseException as error:
                refusal = self._raised(name, error)
        except OverdueError:
            refusal = self._overdue(name)
        finally:
            late = WATCH.end(begun, self.step_seconds)
            # A child that the environment forked comes out of the step as well, by a return or by any exception, and
            # would go on as a second worker: train, write to the parent's queue, run its exit handlers, close its
            # sockets. Nothing but `_exit` leaves without running any of that, and only `finally` is passed each way.
            if watch.process is not process and watch.process.id != process.id:
                os._exit(1)
        drawn = torch_before is not None and torch_before != torch_state()
        if drawn or (before is not None and process_state.differs(before)):
            refusal = self.settled(name, before, drawn=drawn) if refusal is None else self._put_back(before, refusal)
        if interrupts.arrived != interrupted:
            raise KeyboardInterrupt  # whatever the environment made of it
        if refusal is None and watch.process is not process:
            refusal = self.refused("an environment that stays in its process", f"a fork in its {name}")
        if refusal is None and not late:
            return answer
        raise refusal or self._overdue(name)

    def refused(self, expected: str, got: str, more: str = "") -> TaskError:
        """Return the refusal of what an environment did."""
        seed = "" if self.seed is None else f" on seed {self.seed}"
        return TaskError(f"{self.id}: expected {expected}, got {got}{seed}{more}", self.seed)

    def _raised(self, name: str, error: BaseException) -> TaskError:
        """Say what an exception says, its own code trusted with nothing; where Ctrl-C was pressed raise it on."""
        if isinstance(error, KeyboardInterrupt) and interrupts.unheard():
            raise error
        if isinstance(error, WrongAnswerError):
            return self.refused(*error.complaint)
        if type(error) is TaskError:
            refusal = TaskError(str(error), self.seed if error.seed is None else error.seed)
        elif name == MAKE:
            reason = error_text(error, named=not isinstance(error, Exception))
            refusal = TaskError(f"{self.id} cannot be made: {reason}")
        else:
            article, text = "an" if name[0] in "aeiou" else "a", error_text(error, named=True)
            said, remedy = OLD_GYM.get(name, ("", ""))
            refusal = self.refused(f"{article} {name} that returns", text, remedy if said and said in text else "")
        # The lines of the environment stay in what is printed of it, and nothing else of the exception does: another
        # process, which is sent it, may not be able to make one.
        return refusal.with_traceback(error.__traceback__)

    def _overdue(self, name: str) -> TaskError:
        starving, WATCH.starving = WATCH.starving, None  # whoever comes next is weighed anew
        if starving:
            return self.refused("an environment that leaves memory to others", starving)
        more = f"; write {written_env(self.id, 'step_seconds: …')} for more"
        return self.refused(f"a {name} within {self.step_seconds:g} s", "none", more)

    def settled(self, name: str, before: process_state.Mark | None, *, drawn: bool = False) -> TaskError | None:
        """Put back what was changed since a mark, and return the refusal, None where nothing that matters was.

        drawn: whether torch's generator was drawn from.
        """
        after = before and process_state.mark()
        source = (before and after and process_state.drawn_from(before, after)) or ("torch" if drawn else None)
        complaints = process_state.put_back(before, being_made=name == MAKE) if before else []
        if complaints:
            return TaskError(f"{self.id}: expected an environment that leaves {' as it is, got '.join(complaints[0])}")
        if source is None or not self._confirmed():
            return None
        return TaskError(
            f"{self.id}: expected an environment that draws from self.np_random alone, got draws from the generator of "
            f"{source}; that one is everybody's in a process, so the result would depend on who else is in it"
        )

    def _put_back(self, before: process_state.Mark | None, refusal: TaskError) -> TaskError:
        if before:
            process_state.put_back(before)
        return refusal

    def _confirmed(self) -> bool:
        """Whether it was the environment that drew: nobody else did, or it happens in most of its calls."""
        self._draws += 1
        often = self._draws >= CONFIRMATIONS and 2 * self._draws >= self._count
        return often or not any(map(_is_strange, threads()))

    def _torch_state(self) -> bytes | None:
        if self._early:
            _looked[self.id] += 1
            self._early = _looked[self.id] < FIRST_CALLS
        return torch_state()


class Turn:
    """A block in which the copies of one member are called, and nothing else happens.

    What changes in it is this member's doing, so the process is looked at once for all calls. Its end raises TaskError.
    """

    open = False

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __enter__(self) -> None:
        self._before, Turn.open = process_state.marked_anew(), True

    def __exit__(self, kind: object, *_: object) -> None:
        Turn.open = False
        if process_state.differs(self._before):
            refusal = self._calls.settled(TURN, self._before)
            if refusal and kind is None:  # what a call failed of stands as it is
                raise refusal


def _is_strange(thread: Thread) -> bool:
    """Whether a thread runs what others wrote."""
    if thread is current_thread():
        return False
    return not str(getattr(getattr(thread, "_target", None), "__module__", "")).startswith(OUR_THREADS)


def error_text(error: BaseException, *, named: bool = False) -> str:
    """Return what an exception says in one line, its own code trusted with nothing.

    named: whether its class stands before that; it does where it says nothing, or an exit code.
    """
    kind = str(type(error).__name__)
    try:
        text = str.__str__(str(error))  # a string of Python's own, whatever class it was
    except OverdueError:
        raise
    except BaseException:
        text = "what it says cannot be read"
    words = " ".join(text[: 2 * LONGEST_REASON].split())
    words = words if len(words) <= LONGEST_REASON else f"{words[:LONGEST_REASON]} …"
    return f"{kind}: {words}".rstrip(": ") if named or not words or words.isdigit() else words
