"""Policies that have learned nothing: whoever cannot beat them has not either."""

from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from gymnasium import spaces

from heredity.agents.acting import Act, Starts
from heredity.agents.generators import seeded
from heredity.agents.masks import Mask, parts
from heredity.errors import TaskError

NullPolicy = Literal["random", "constant"]

NULL_POLICIES: tuple[NullPolicy, ...] = get_args(NullPolicy)


def null_policy(kind: NullPolicy, space: spaces.Space[Any], seed: int) -> Act:
    """Return a policy that draws every action at random from `seed`, or always takes the same one.

    Where it is told which actions are allowed it draws among them, each as likely as the others, or takes the first.
    """
    if kind == "random":
        return partial(_random, seeded(space, seed))
    return partial(_constant, space, constant_action(space))


def constant_action(space: spaces.Space[Any]) -> Any:
    """Return the first discrete action, or the continuous one nearest to zero."""
    if isinstance(space, spaces.Box):
        return np.clip(np.zeros(space.shape, space.dtype), space.low, space.high)
    if isinstance(space, spaces.Discrete | spaces.MultiDiscrete):
        return space.start
    if isinstance(space, spaces.MultiBinary):
        return np.zeros(space.shape, space.dtype)
    raise TaskError(f"expected a Box, Discrete, MultiDiscrete or MultiBinary action space, got {space}")


def _random(space: spaces.Space[Any], _: Any, starts: Starts, masks: Mask | None = None) -> list[Any]:
    if masks is None:
        return [space.sample() for _ in starts]
    return [space.sample(_sampling(space, mask)) for mask in masks]


def _constant(space: spaces.Space[Any], action: Any, _: Any, starts: Starts, masks: Mask | None = None) -> Any:
    if masks is None:
        return [action] * len(starts)
    numbers = np.array([[part.argmax() for part in parts(mask, space)] for mask in masks])
    return numbers[:, 0] if isinstance(space, spaces.Discrete) else numbers


def _sampling(space: spaces.Space[Any], mask: Mask) -> Any:
    """Return a mask as Gymnasium's `sample` takes it."""
    numbers = [part.astype(np.int8) for part in parts(mask, space)]
    if isinstance(space, spaces.MultiBinary):  # 0, 1, or 2 where both are allowed
        return np.array([2 if bit.all() else bit.argmax() for bit in numbers], np.int8)
    return tuple(numbers) if isinstance(space, spaces.MultiDiscrete) else numbers[0]
