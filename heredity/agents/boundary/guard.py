"""What is asked of an environment at every step, so that one that misbehaves is named and not trusted.

A step may not raise, take longer than its task allows, answer with NaN, infinity or another shape than its space says,
change its spaces between episodes, fork, or take the memory that others need.

What ends a step that hangs: a thread beside it notices, and sends the main thread a signal whose handler raises. That
interrupts Python code and system calls. It cannot interrupt compiled code that never returns to Python, nor a step in
another thread than the main one (Dask's workers); there, a step that took too long is refused once it is over.
"""

import os
import signal
import time
from itertools import count
from math import isfinite
from threading import Thread, get_ident, main_thread
from typing import Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium import spaces

from heredity.agents.boundary import memory_watch as memory
from heredity.agents.generators import SampledSpaces
from heredity.agents.masks import METHOD, Mask, wrong_mask
from heredity.errors import TaskError
from heredity.study.messages import written_env
from heredity.study.sections import STEP_SECONDS

LOOK_SECONDS, LOOKS_PER_WEIGHING = 0.1, 10
"""How often the watch looks whether a step is overdue, and how many looks later whether memory runs out."""

FEW_NUMBERS = 256
"""Up to this many, Python adds numbers faster than NumPy looks at them."""

SIGNAL = getattr(signal, "SIGURG", None)
"""Ignored where nobody listens, so one that comes too late does no harm; None on Windows."""

MAIN = main_thread().ident or 0


class Guard(gymnasium.Wrapper):  # type: ignore[misc]
    """An environment whose every reset and step is checked; what it returns is passed on untouched.

    Raises TaskError with one line that names the environment and the last seed that it was reset on.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], id: str, step_seconds: float = STEP_SECONDS) -> None:
        super().__init__(env)
        self.id, self.step_seconds = id, step_seconds
        self.seed: int | None = None
        self._sampled = SampledSpaces(env)
        self._spaces = env.observation_space, env.action_space
        space = env.observation_space
        self._shape = space.shape if isinstance(space, spaces.Box) else None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode. Raises TaskError."""
        if seed is not None:
            self.seed = seed
            self._sampled.seed(seed)
        observation, info = self._watched("reset", seed=seed, options=options)
        for before, now in zip(self._spaces, (self.env.observation_space, self.env.action_space), strict=True):
            if now is not before and now != before:
                raise self._refused(f"the space {before} for good", f"{now} after a reset")
        self._check(observation)
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step. Raises TaskError."""
        observation, reward, terminated, truncated, info = self._watched("step", action)
        if not isfinite(reward):
            raise self._refused("a finite reward", str(reward))
        self._check(observation)
        return observation, reward, terminated, truncated, info

    def get_wrapper_attr(self, name: str) -> Any:
        """Return an attribute of the environment; how it says which actions are allowed is checked as a step is."""
        attribute = super().get_wrapper_attr(name)  # raises where there is none, by which Stable-Baselines3 knows
        return self._allowed if name == METHOD else attribute

    def _allowed(self) -> Mask:
        """Return bool[choices], which are allowed now. Raises TaskError."""
        answer = self._watched(METHOD)
        wrong = wrong_mask(answer, self._spaces[1])
        if wrong is not None:
            raise self._refused(*wrong)
        return np.array(answer, np.bool_).ravel()

    def _watched(self, call: str, *arguments: Any, **named: Any) -> Any:
        """Call the environment, and turn whatever goes wrong, overtime and forks included, into a TaskError."""
        process, begun = _process, _watch.begin(self.step_seconds)
        try:
            answer = self.env.get_wrapper_attr(call)(*arguments, **named)
        except TaskError:
            raise
        except _OverdueError:
            raise self._overdue(call) from None
        except Exception as error:
            got = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
            raise self._refused(f"{'an' if call == METHOD else 'a'} {call} that returns", got) from error
        finally:
            _watch.end()
            # A child that the environment forked comes out of the step as well, by a return or by any exception, and
            # would go on as a second worker: train, write to the parent's queue, run its exit handlers, close its
            # sockets. Nothing but `_exit` leaves without running any of that, and only `finally` is passed each way.
            if _process.id != process.id:
                os._exit(1)
        self._refuse_after(call, begun, process)
        return answer

    def _refuse_after(self, call: str, begun: float, process: "_Process") -> None:
        """Refuse a call that came back, but forked, or took too long or too much where no signal could end it."""
        if _process != process:
            raise self._refused("an environment that stays in its process", f"a fork in its {call}")
        if _watch.starving or time.monotonic() - begun > self.step_seconds:
            raise self._overdue(call)

    def _check(self, observation: Any) -> None:
        if isinstance(observation, np.ndarray) and observation.shape == self._shape and _finite(observation):
            return
        wrong = wrong_observation(observation, self._spaces[0])
        if wrong is not None:
            raise self._refused(*wrong)

    def _overdue(self, call: str) -> TaskError:
        starving, _watch.starving = _watch.starving, None  # whoever comes next is weighed anew
        if starving:
            return self._refused("an environment that leaves memory to others", starving)
        limit = f"a {call} within {self.step_seconds:g} s"
        more = written_env(self.id, "step_seconds: …")
        return TaskError(f"{self._refused(limit, 'none')}; write {more} for more", self.seed)

    def _refused(self, expected: str, got: str) -> TaskError:
        seed = "" if self.seed is None else f" on seed {self.seed}"
        return TaskError(f"{self.id}: expected {expected}, got {got}{seed}", self.seed)


def wrong_observation(observation: Any, space: spaces.Space[Any]) -> tuple[str, str] | None:
    """Return what was expected of an observation and what came, or None where it has the shape and finite numbers."""
    if isinstance(space, spaces.Dict):
        if not isinstance(observation, dict) or observation.keys() != space.spaces.keys():
            return f"observations with the keys {', '.join(space.spaces)}", "others"
        complaints = (wrong_observation(observation[key], part) for key, part in space.spaces.items())
        return next((complaint for complaint in complaints if complaint is not None), None)
    shape = space.shape
    if shape is not None and np.shape(observation) != shape:
        return f"observations of shape {shape}", f"one of shape {np.shape(observation)}"
    if isinstance(space, spaces.Box) and not _finite(np.asarray(observation)):
        return "finite observations", "NaN or infinity"
    return None


def _finite(numbers: "np.typing.NDArray[Any]") -> bool:
    if numbers.dtype.kind in "biu":
        return True
    # A sum of finite numbers may overflow to infinity, so only one that is finite proves something.
    if numbers.size <= FEW_NUMBERS and isfinite(sum(numbers.ravel().tolist())):
        return True
    return bool(np.isfinite(numbers).all())


class _OverdueError(BaseException):
    """Raised inside a step that takes too long or too much; no environment's `except Exception` holds it up."""


class _Watch:
    """Signals the main thread once the call that it is in is overdue, or takes the last memory."""

    def __init__(self) -> None:
        self.deadline: float | None = None
        self.starving: str | None = None
        self._thread: Thread | None = None

    def begin(self, seconds: float) -> float:
        """Begin to watch a call of the main thread, which alone can be signalled; return the time, of any thread."""
        now = time.monotonic()
        if SIGNAL and get_ident() == MAIN:
            if self._thread is None:  # the first call, not the import: a handler can be set by the main thread only
                signal.signal(SIGNAL, self._interrupt)
                self._thread = Thread(target=self._look, daemon=True)
                self._thread.start()
            self.deadline = now + seconds
        return now

    def end(self) -> None:
        """Watch no more, until the next call."""
        if get_ident() == MAIN:
            self.deadline = None

    def _interrupt(self, *_: object) -> None:
        # Python runs handlers between two of the main thread's instructions, so this may come after the call it was
        # meant for: then the deadline is None, or the next call's, and nothing is raised. Clearing it here lets what is
        # raised pass through the environment's own `finally` without a second signal on top of it.
        if self._overdue():
            self.deadline = None
            raise _OverdueError

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


class _Process(NamedTuple):
    """Which process this is, and how often it was forked."""

    id: int
    forks: int


def _forked(in_child: bool) -> None:
    global _process
    _process = _Process(os.getpid(), _process.forks + (not in_child))


_watch, _process = _Watch(), _Process(os.getpid(), 0)

# Asking for the process id around every step would be a system call per step, and would not tell the parent that it was
# forked; these run at a fork alone, whoever forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=lambda: _forked(False), after_in_child=lambda: _forked(True))
