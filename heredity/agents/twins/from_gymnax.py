"""Environments of gymnax (Lange 2022), 1.0 or later, by the ids gymnax/NAME.

Observations are shown as vectors: images flat, one of n choices as n numbers of which one is 1.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import gymnasium
import gymnax
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.compiled import CompiledEnv, Functions, compiled_twin, in_32_bits
from heredity.agents.twins.twin import Twin
from heredity.errors import TaskError

Options = Mapping[str, Any] | None


class GymnaxEnv(CompiledEnv):
    """One of gymnax's. params: what differs from its default parameters. arguments: what gymnax.make is given."""

    def __init__(self, name: str, params: Options = None, arguments: Options = None) -> None:
        super().__init__(*_made(name, params, arguments))


def gymnax_twin(task: Task, limit: int | None) -> Twin:
    """Return the twin of a GymnaxEnv; limit: its TimeLimit's, in steps."""
    given: Any = task.kwargs
    functions, params = _made(given["name"], given.get("params"), given.get("arguments"))
    return compiled_twin(functions, params, limit, int(params.max_steps_in_episode))


def _made(name: str, params: Options, arguments: Options) -> tuple[Functions, Any]:
    functions, default = _functions(name, json.dumps(dict(arguments or {}), sort_keys=True))
    if unknown := sorted(set(params or {}) - set(vars(default))):
        known = ", ".join(sorted(vars(default)))
        raise TaskError(f"gymnax/{name}: expected parameters among {known}, got {', '.join(unknown)}")
    stated = {
        name: in_32_bits(value).astype(np.result_type(_of(default, name))) for name, value in (params or {}).items()
    }
    return functions, default.replace(**stated)


def _of(params: Any, name: str) -> np.ndarray[Any, Any]:
    return in_32_bits(getattr(params, name))


@cache
def _functions(name: str, arguments: str) -> tuple[Functions, Any]:
    """Return an environment's functions and its default parameters; arguments: in JSON, so that equal ones are one."""
    env, params = gymnax.make(name, **json.loads(arguments))
    if not hasattr(env, "is_truncated"):
        raise TaskError(f"gymnax/{name}: expected gymnax 1.0 or later, got one without is_truncated")
    space = env.observation_space(params)
    choices = getattr(space, "n", None)

    def seen(observation: jax.Array) -> jax.Array:
        if choices is not None:
            return jax.nn.one_hot(observation, choices, dtype=jnp.float32)
        return jnp.ravel(observation).astype(jnp.float32)

    def reset(params: Any, key: jax.Array) -> tuple[Any, jax.Array]:
        observation, state = env.reset_env(key, params)
        return state, seen(observation)

    def step(params: Any, state: Any, action: jax.Array, key: jax.Array) -> tuple[Any, ...]:
        observation, after, reward, terminated, _ = env.step_env(key, state, action, params)
        return after, seen(observation), reward, terminated, env.is_truncated(after, params)

    return Functions(reset, step, _vector(name, space), _acted(name, env.action_space(params))), params


def _vector(name: str, space: Any) -> gymnasium.spaces.Box:
    if (choices := getattr(space, "n", None)) is not None:
        return gymnasium.spaces.Box(0, 1, (choices,), np.float32)
    low, high = (_bounds(name, space, bound) for bound in ("low", "high"))
    return gymnasium.spaces.Box(low.ravel(), high.ravel(), dtype=np.float32)


def _acted(name: str, space: Any) -> gymnasium.Space[Any]:
    if (choices := getattr(space, "n", None)) is not None:
        return gymnasium.spaces.Discrete(int(choices))
    return gymnasium.spaces.Box(*(_bounds(name, space, bound) for bound in ("low", "high")), dtype=np.float32)


def _bounds(name: str, space: Any, bound: str) -> np.ndarray[Any, Any]:
    if not hasattr(space, bound):
        raise TaskError(f"gymnax/{name}: expected spaces that are Box or Discrete, got {type(space).__name__}")
    return np.broadcast_to(np.asarray(getattr(space, bound), np.float32), space.shape)
