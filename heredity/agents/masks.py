"""Which actions are allowed now, as sb3-contrib asks an environment, or a wrapper of it: by a method `action_masks()`.

A mask says of every choice whether it may be taken: of a Discrete action its n values; of a MultiDiscrete one the
values of each number, one number after another; of a MultiBinary one "off" and "on" of each bit.
"""

from itertools import accumulate
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from heredity.errors import TaskError

Mask = np.ndarray[Any, np.dtype[np.bool_]]

METHOD = "action_masks"
"""What sb3-contrib calls."""


def offers_masks(env: gymnasium.Env[Any, Any]) -> bool:
    """Whether an environment, or a wrapper of it, says which actions are allowed."""
    return bool(env.has_wrapper_attr(METHOD))


def action_mask(env: gymnasium.Env[Any, Any]) -> Mask:
    """Return bool[choices], which choices are allowed now. Raises TaskError where the environment does not say."""
    if not offers_masks(env):
        name = env.spec.id if env.spec else type(env.unwrapped).__name__
        raise TaskError(f"{name}: expected an environment with a method {METHOD}(), got none")
    return np.array(env.get_wrapper_attr(METHOD)(), np.bool_)  # a copy: an environment may go on writing into its own


def choices(space: spaces.Space[Any]) -> list[int]:
    """Return between how many values each number of an action chooses; empty where a space cannot be masked."""
    if isinstance(space, spaces.Discrete):
        return [int(space.n)]
    if isinstance(space, spaces.MultiDiscrete):
        return [int(n) for n in space.nvec.ravel()]
    return [2] * int(np.prod(space.shape)) if isinstance(space, spaces.MultiBinary) else []


def parts(mask: Mask, space: spaces.Space[Any]) -> list[Mask]:
    """Split a mask into those of an action's numbers."""
    return np.split(mask, list(accumulate(choices(space)))[:-1])


def wrong_mask(answer: Any, space: spaces.Space[Any]) -> tuple[str, ...] | None:
    """Return what was expected of an environment's mask, what came and what to do, or None where it is one."""
    expected = f"{METHOD}() to return {sum(choices(space))} truth values for {space}"
    try:
        mask = np.asarray(answer)
    except ValueError:
        return expected, "rows of different lengths"
    if mask.size != sum(choices(space)):
        return expected, f"{mask.size} of shape {mask.shape}"
    if mask.dtype.kind != "b" and not (mask.dtype.kind in "iuf" and np.isin(mask, (0, 1)).all()):
        return expected, f"values of {mask.dtype} that are neither 0 nor 1"
    if not all(part.any() for part in parts(mask.ravel().astype(np.bool_), space)):
        remedy = "; end the episode where nothing is left to choose"
        return f"{METHOD}() to allow at least one value of every choice", "none", remedy
    return None
