"""Spaces for a Stable-Baselines3 model to be built on, without environments behind them."""
# ruff: noqa: ARG002 (the arguments are VecEnv's)

from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from heredity.task import Task

Array = np.ndarray[Any, Any]


class StillEnvs(VecEnv):
    """Copies of a task that are never stepped."""

    def __init__(self, task: Task, n: int) -> None:
        """Take the spaces of a task."""
        env = task.make()
        super().__init__(n, env.observation_space, env.action_space)
        env.close()

    def reset(self) -> Array:
        """Return zeros, which nothing looks at."""
        space = self.observation_space
        return np.zeros((self.num_envs, *space.shape), space.dtype)

    def step_async(self, actions: Array) -> None:
        """Refuse."""
        raise RuntimeError("expected nobody to step these environments")

    def step_wait(self) -> Any:
        """Refuse."""
        raise RuntimeError("expected nobody to step these environments")

    def close(self) -> None:
        """Do nothing."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return None for every copy; Stable-Baselines3 asks for `render_mode`."""
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Do nothing."""

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Return None for every copy."""
        return [None] * self.num_envs

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Say yes, so that Stable-Baselines3 adds no monitor of its own."""
        return [True] * self.num_envs
