"""A wrapper that counts choices from 0 and puts them in one row, as Stable-Baselines3 plays and sees them."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


class ZeroBased(gymnasium.Wrapper):  # type: ignore[misc]
    """An environment whose choices, in actions and in observations, are counted from 0 and lie in one row.

    `Discrete(3, start=1)` becomes `Discrete(3)`, and the environment gets 1, 2 and 3. A MultiDiscrete with a start or
    of several rows becomes one without, a MultiBinary of several rows one of one row. Actions in a Box of integers
    become a choice between these integers: Discrete where it is one, else MultiDiscrete. All else stays as it is.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        super().__init__(env)
        self.observation_space = counted_observations(env.observation_space)
        self.action_space = counted_actions(env.action_space)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        observation, info = self.env.reset(seed=seed, options=options)
        return _counted(observation, self.env.observation_space), info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step."""
        observation, *rest = self.env.step(_original(action, self.env.action_space))
        return _counted(observation, self.env.observation_space), *rest


def counted_observations(space: spaces.Space[Any]) -> spaces.Space[Any]:
    """Return a space of observations with its choices counted from 0 in one row; itself where they are."""
    if isinstance(space, spaces.Dict):
        counted = {key: counted_observations(part) for key, part in space.items()}
        return space if all(counted[key] is part for key, part in space.items()) else spaces.Dict(counted)
    return space if isinstance(space, spaces.MultiBinary) else _one_row(space)


def counted_actions(space: spaces.Space[Any]) -> spaces.Space[Any]:
    """Return a space of actions with its choices counted from 0 in one row; itself where they are."""
    if isinstance(space, spaces.Box) and space.dtype is not None and space.dtype.kind in "iub":
        numbers = (space.high.astype(np.int64) - space.low.astype(np.int64) + 1).ravel()
        return spaces.Discrete(numbers[0]) if len(numbers) == 1 else spaces.MultiDiscrete(numbers)
    return _one_row(space)


def _one_row(space: spaces.Space[Any]) -> spaces.Space[Any]:
    if isinstance(space, spaces.Discrete) and space.start:
        return spaces.Discrete(space.n)
    if isinstance(space, spaces.MultiDiscrete) and (space.nvec.ndim > 1 or space.start.any()):
        return spaces.MultiDiscrete(space.nvec.ravel())
    if isinstance(space, spaces.MultiBinary) and not isinstance(space.n, int):
        return spaces.MultiBinary(int(np.prod(space.shape)))
    return space


def _counted(observation: Any, space: spaces.Space[Any]) -> Any:
    if isinstance(space, spaces.Dict):
        return {key: _counted(observation[key], part) for key, part in space.items()}
    if isinstance(space, spaces.Discrete):
        return observation - space.start
    return (observation - space.start).ravel() if isinstance(space, spaces.MultiDiscrete) else observation


def _original(action: Any, space: spaces.Space[Any]) -> Any:
    """Return the environment's own action of a counted one."""
    if isinstance(space, spaces.Discrete):
        return int(action) + space.start
    counted = counted_actions(space)
    if counted is space:
        return action
    least: Any = space.low if isinstance(space, spaces.Box) else getattr(space, "start", 0)
    return (np.reshape(action, space.shape).astype(space.dtype) + least).astype(space.dtype)
