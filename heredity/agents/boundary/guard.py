"""What stands round an environment wherever it plays, so that one that misbehaves is named and not trusted.

Nobody reaches the environment past it: its methods are called by `Calls`, what they answer is judged, and what else
Gymnasium and Stable-Baselines3 ask of an environment is asked once, when it is made. A step may not answer with NaN,
infinity or another shape than its space says, nor a reset with another space than before.
"""

from functools import partial
from math import isfinite
from typing import Any
from weakref import finalize

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy import ndarray

from heredity.agents.boundary import answers
from heredity.agents.boundary.answers import LARGEST_REWARD, WrongAnswerError, all_finite
from heredity.agents.boundary.calls import MAKE, Calls, Turn
from heredity.agents.boundary.places import Place
from heredity.agents.generators import SampledSpaces
from heredity.agents.masks import METHOD, Mask, wrong_mask
from heredity.study.sections import STEP_SECONDS

SOUND_REWARDS = frozenset((float, int, bool, np.float64, np.float32, np.int64, np.int32))
SMALLEST_REWARD = -LARGEST_REWARD
SOUND_FLAGS = frozenset((bool, np.bool_))
"""Types that are passed on without another look."""

REWARDED_GOALS = "compute_reward"
"""By which an environment pays for goals that it did not have; whoever calls it hands it infos."""

NOTHING = object()


class Guard(gymnasium.Wrapper):  # type: ignore[misc]
    """An environment whose every call is checked; what a sound one returns is passed on untouched.

    Raises TaskError with one line that names the environment and the last seed that it was reset on.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        id: str,
        step_seconds: float = STEP_SECONDS,
        calls: Calls | None = None,
        place: Place | None = None,
    ) -> None:
        super().__init__(env)
        self._place = place
        if place:
            finalize(self, place.release)  # of one that nobody closed
        self._calls = calls or Calls(id, step_seconds)
        self._calls.call(MAKE, self._look_at, env)

    def _look_at(self, env: gymnasium.Env[Any, Any]) -> None:
        """Ask the environment, once, for all that it is asked for besides its methods."""
        self._sampled = SampledSpaces(env)
        self._spaces = env.observation_space, env.action_space
        self.observation_space, self.action_space = self._spaces
        space = self._spaces[0]
        self._shape, self._type, self._is_short = space.shape, None, False
        if isinstance(space, spaces.Box):
            self._is_short = space.dtype.kind == "f" and len(space.shape) == 1 and space.shape[0] <= answers.FEW_NUMBERS
            self._type = np.dtype(space.dtype.str)  # NumPy's own object, not the copy that a copied space has
        self._step, self._metadata = env.step, env.metadata
        self._render_mode: str | None = env.render_mode
        self._spec, self._unwrapped = env.spec, env.unwrapped
        self._rewards_goals = bool(env.has_wrapper_attr(REWARDED_GOALS))

    @property
    def seed(self) -> int | None:
        """Return the seed that it was reset on last."""
        return self._calls.seed

    @property
    def render_mode(self) -> str | None:
        """Return what the environment said when it was made, as all that follows."""
        return self._render_mode

    @property
    def spec(self) -> Any:
        """Return Gymnasium's spec."""
        return self._spec

    @property
    def unwrapped(self) -> Any:
        """Return the environment itself."""
        return self._unwrapped

    def __str__(self) -> str:
        return f"<Guard of {self._calls.id}>"

    __repr__ = __str__

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode. Raises TaskError."""
        if seed is not None:
            self._calls.seed = seed
        answer: tuple[Any, dict[str, Any]] = self._calls.call("reset", self._reset, seed, options)
        return answer

    def _reset(self, seed: int | None, options: dict[str, Any] | None) -> tuple[Any, dict[str, Any]]:
        if seed is not None:
            self._sampled.seed(seed)
        answer = self.env.reset(seed=seed, options=options)
        observation, info = answers.values(answer, "reset", "observation, info")
        for before, now in zip(self._spaces, (self.env.observation_space, self.env.action_space), strict=True):
            if now is not before and now != before:
                raise WrongAnswerError((f"the space {before} for good", f"{now} after a reset"))
        return answers.observation(observation, self._spaces[0]), answers.info(info, kept_whole=self._rewards_goals)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step. Raises TaskError."""
        answer: tuple[Any, Any, bool, bool, dict[str, Any]] = self._calls.call("step", self._stepped, action)
        return answer

    def _stepped(self, action: Any) -> Any:
        answer = self._step(action)
        if type(answer) is tuple and len(answer) == 5:
            observation, reward, terminated, truncated, info = answer
            if (
                type(observation) is ndarray
                and observation.shape == self._shape
                and observation.dtype is self._type
                and (isfinite(sum(observation.tolist())) if self._is_short else all_finite(observation))
                and type(reward) in SOUND_REWARDS
                and SMALLEST_REWARD <= reward <= LARGEST_REWARD
                and type(terminated) in SOUND_FLAGS
                and type(truncated) in SOUND_FLAGS
                and type(info) is dict
                and not info
            ):
                return answer
        observation, reward, terminated, truncated, info = answers.values(
            answer, "step", "observation, reward, terminated, truncated, info"
        )
        paid = answers.reward(reward)
        return (
            answers.observation(observation, self._spaces[0]),
            reward if type(reward) in SOUND_REWARDS else paid,
            answers.flag(terminated, "terminated"),
            answers.flag(truncated, "truncated"),
            answers.info(info, kept_whole=self._rewards_goals),
        )

    def turn(self) -> Turn:
        """Return a block in which this environment and other copies of its member are called, and nothing else is done.

        It raises TaskError at its end.
        """
        return self._calls.turn

    def render(self) -> Any:
        """Draw the environment. Raises TaskError."""
        return self._calls.call("render", self.env.render)

    def close(self) -> None:
        """Let go of what the environment holds, and of its turn. Raises TaskError."""
        try:
            self._calls.call("close", self.env.close)
        finally:
            if self._place:
                self._place.release()

    def has_wrapper_attr(self, name: str) -> bool:
        """Whether the environment, or a wrapper of it, has an attribute. Raises TaskError."""
        return bool(self._calls.call(name, super().has_wrapper_attr, name))

    def get_wrapper_attr(self, name: str) -> Any:
        """Return an attribute of the environment; what is called of it is called as its steps are."""
        attribute = self._calls.call(name, self._attribute, name)
        if attribute is NOTHING:  # by which Stable-Baselines3 knows
            raise AttributeError(f"{self._calls.id} has no attribute {name!r}")
        if name == METHOD:
            return self._allowed
        return partial(self._calls.call, name, attribute) if callable(attribute) else attribute

    def _attribute(self, name: str) -> Any:
        try:
            return super().get_wrapper_attr(name)
        except AttributeError:
            return NOTHING

    def _allowed(self) -> Mask:
        """Return bool[choices], which are allowed now. Raises TaskError."""
        mask: Mask = self._calls.call(METHOD, self._mask)
        return mask

    def _mask(self) -> Mask:
        answer = self.env.get_wrapper_attr(METHOD)()
        wrong = wrong_mask(answer, self._spaces[1])
        if wrong is not None:
            raise WrongAnswerError(wrong)
        return np.array(answer, np.bool_).ravel()
