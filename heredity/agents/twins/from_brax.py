"""Environments of Brax (Freeman et al. 2021), by the ids brax/NAME.

Actions are in [−1, 1], as Brax trains on them: where actuators go farther its environments scale. Their episodes have
no end of their own, so Gymnasium's TimeLimit ends them after 1000 steps, as many as Brax's training takes.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import brax.envs
import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.compiled import CompiledEnv, Functions, compiled_twin
from heredity.agents.twins.twin import Twin
from heredity.errors import TaskError


class BraxEnv(CompiledEnv):
    """One of Brax's. arguments: what brax.envs.get_environment is given, such as a backend."""

    def __init__(self, name: str, arguments: Mapping[str, Any] | None = None) -> None:
        super().__init__(_made(name, arguments), ())


def brax_twin(task: Task, limit: int | None) -> Twin:
    """Return the twin of a BraxEnv; limit: its TimeLimit's, in steps."""
    given: Any = task.kwargs
    return compiled_twin(_made(given["name"], given.get("arguments")), (), limit, None)


def _made(name: str, arguments: Mapping[str, Any] | None) -> Functions:
    return _physics(name, json.dumps(dict(arguments or {}), sort_keys=True))


@cache
def _physics(name: str, arguments: str) -> Functions:
    """Return an environment's functions; arguments: in JSON, so that equal ones are one."""
    env = brax.envs.get_environment(name, **json.loads(arguments))
    if not isinstance(env.observation_size, int | np.integer):
        raise TaskError(f"brax/{name}: expected observations that are one vector, got {env.observation_size}")
    shown = np.full(env.observation_size, np.inf, np.float32)
    acted = np.ones(env.action_size, np.float32)

    def reset(_params: Any, key: jax.Array) -> tuple[Any, jax.Array]:
        state = env.reset(key)
        return state, state.obs.astype(jnp.float32)

    def step(_params: Any, state: Any, action: jax.Array, _key: jax.Array) -> tuple[Any, ...]:
        after = env.step(state, action)
        return after, after.obs.astype(jnp.float32), after.reward, after.done > 0, jnp.bool_(False)

    return Functions(reset, step, gymnasium.spaces.Box(-shown, shown), gymnasium.spaces.Box(-acted, acted))
