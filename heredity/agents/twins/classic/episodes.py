"""How long an episode of Gymnasium's is: what its TimeLimit counts."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.wrappers import TimeLimit

NEVER = int(np.iinfo(np.int32).max)
"""The limit of episodes that have none, in steps."""


def longest_episode(limit: int | None) -> int:
    """Return a limit in steps that int32 holds; None is no limit."""
    return NEVER if limit is None else min(limit, NEVER)


def elapsed_steps(env: gymnasium.Env[Any, Any]) -> np.int32:
    """Return the steps that an environment's TimeLimit has counted, 0 where it has none."""
    while isinstance(env, gymnasium.Wrapper):
        if isinstance(env, TimeLimit):
            return np.int32(env._elapsed_steps)
        env = env.env
    return np.int32(0)
