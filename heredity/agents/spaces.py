"""A task's spaces without its environments: to build a model on, and to compare two tasks by."""
# ruff: noqa: ARG002 (the arguments are VecEnv's)

from contextlib import suppress
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from heredity.agents.masks import METHOD, offers_masks
from heredity.agents.task import Spaces, Task
from heredity.agents.task import task_spaces as task_spaces
from heredity.errors import TaskError

Array = np.ndarray[Any, Any]


def same_spaces(one: Spaces, other: Spaces) -> bool:
    """Whether an agent on one pair of spaces can play the other; the bounds of an observation's values may differ."""
    observations = one[0], other[0]
    boxes = all(isinstance(space, gymnasium.spaces.Box) for space in observations)
    alike = observations[0].shape == observations[1].shape if boxes else observations[0] == observations[1]
    return bool(alike and one[1] == other[1])


class SpacesOnly(VecEnv):
    """Copies of a task that are never stepped: for a model that acts elsewhere."""

    def __init__(self, task: Task, n: int) -> None:
        """Take the spaces of a task that is built for it: a model seeds its action space, which is then its own."""
        env = task.make()
        self._is_masked = offers_masks(env)
        with suppress(TaskError):  # said by whoever plays it, of whom it is
            env.close()
        super().__init__(n, env.observation_space, env.action_space)

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
        """Return None for every copy; Stable-Baselines3 asks for `render_mode`, and whether there are masks."""
        if attr_name == METHOD and not self._is_masked:
            raise AttributeError(attr_name)
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Do nothing."""

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Return None for every copy."""
        return [None] * self.num_envs

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Say yes, so that Stable-Baselines3 adds no monitor of its own."""
        return [True] * self.num_envs
