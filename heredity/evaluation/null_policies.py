"""Policies that have learned nothing: whoever cannot beat them has not either."""

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from gymnasium import spaces

from heredity.agents.generators import seeded
from heredity.errors import TaskError

Act = Callable[[Any, "np.typing.NDArray[np.bool_]"], Any]
"""From observations, stacked along a first axis, and which of them begin an episode, to one action each."""

NullPolicy = Literal["random", "constant"]

NULL_POLICIES: tuple[NullPolicy, ...] = get_args(NullPolicy)


def null_policy(kind: NullPolicy, space: spaces.Space[Any], seed: int) -> Act:
    """Return a policy that draws every action at random from `seed`, or always takes the same one."""
    if kind == "random":
        drawn_from = seeded(space, seed)
        return lambda _, starts: [drawn_from.sample() for _ in starts]
    action = constant_action(space)
    return lambda _, starts: [action] * len(starts)


def constant_action(space: spaces.Space[Any]) -> Any:
    """Return the first discrete action, or the continuous one nearest to zero."""
    if isinstance(space, spaces.Box):
        return np.clip(np.zeros(space.shape, space.dtype), space.low, space.high)
    if isinstance(space, spaces.Discrete | spaces.MultiDiscrete):
        return space.start
    if isinstance(space, spaces.MultiBinary):
        return np.zeros(space.shape, space.dtype)
    raise TaskError(f"expected a Box, Discrete, MultiDiscrete or MultiBinary action space, got {space}")
