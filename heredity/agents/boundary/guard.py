"""What is asked of an environment at every step, so that one that misbehaves is named and not trusted.

A step may not raise, take longer than its task allows, answer with NaN, infinity or another shape than its space says,
change its spaces between episodes, fork, or take the memory that others need.
"""

import os
import time
from math import isfinite
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from heredity.agents.boundary import watch
from heredity.agents.generators import SampledSpaces
from heredity.agents.masks import METHOD, Mask, wrong_mask
from heredity.errors import TaskError
from heredity.study.messages import written_env
from heredity.study.sections import STEP_SECONDS

FEW_NUMBERS = 256
"""Up to this many, Python adds numbers faster than NumPy looks at them."""


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
        process, begun = watch.process, watch.WATCH.begin(self.step_seconds)
        try:
            answer = self.env.get_wrapper_attr(call)(*arguments, **named)
        except TaskError:
            raise
        except watch.OverdueError:
            raise self._overdue(call) from None
        except Exception as error:
            got = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
            raise self._refused(f"{'an' if call == METHOD else 'a'} {call} that returns", got) from error
        finally:
            watch.WATCH.end()
            # A child that the environment forked comes out of the step as well, by a return or by any exception, and
            # would go on as a second worker: train, write to the parent's queue, run its exit handlers, close its
            # sockets. Nothing but `_exit` leaves without running any of that, and only `finally` is passed each way.
            if watch.process.id != process.id:
                os._exit(1)
        self._refuse_after(call, begun, process)
        return answer

    def _refuse_after(self, call: str, begun: float, process: watch.Process) -> None:
        """Refuse a call that came back, but forked, or took too long or too much where no signal could end it."""
        if watch.process != process:
            raise self._refused("an environment that stays in its process", f"a fork in its {call}")
        if watch.WATCH.starving or time.monotonic() - begun > self.step_seconds:
            raise self._overdue(call)

    def _check(self, observation: Any) -> None:
        if isinstance(observation, np.ndarray) and observation.shape == self._shape and _finite(observation):
            return
        wrong = wrong_observation(observation, self._spaces[0])
        if wrong is not None:
            raise self._refused(*wrong)

    def _overdue(self, call: str) -> TaskError:
        starving, watch.WATCH.starving = watch.WATCH.starving, None  # whoever comes next is weighed anew
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
