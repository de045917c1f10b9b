"""Pendulum, as `gymnasium.envs.classic_control.pendulum` has it."""

from math import pi
from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.classic.episodes import elapsed_steps, longest_episode
from heredity.agents.twins.twin import Dynamics, Twin

FASTEST = 8.0
STRONGEST = 2.0
MASS = 1.0
LENGTH = 1.0
SECONDS = 0.05
"""Between two states."""


class _Spec(NamedTuple):
    """limit: int32, steps. gravity: float32, m/s²."""

    limit: Any
    gravity: Any


class _State(NamedTuple):
    """theta: float32, radians in [−π, π], 0 upright. theta_dot: float32, radians per second. steps: int32.

    The original counts turns, of which it shows and pays nothing; float32 would lose the angle in them.
    """

    theta: Any
    theta_dot: Any
    steps: Any


def pendulum(task: Task, limit: int | None) -> Twin:
    """Return the twin of PendulumEnv; limit: its TimeLimit's, in steps."""
    longest = longest_episode(limit)
    spec = _Spec(np.int32(longest), np.float32(task.kwargs.get("g", 10.0)))
    return Twin(_DYNAMICS, spec, longest, "rounding", _state_of)


def _reset(_spec: _Spec, key: jax.Array) -> tuple[_State, jax.Array]:
    theta, theta_dot = jax.random.uniform(key, (2,), jnp.float32, -1.0, 1.0)
    state = _State(pi * theta, theta_dot, jnp.int32(0))
    return state, _observation(state)


def _step(spec: _Spec, state: _State, action: jax.Array, _key: jax.Array) -> tuple[_State, jax.Array, Any, Any, Any]:
    theta, theta_dot, steps = state
    torque = jnp.clip(action, -STRONGEST, STRONGEST)[0]
    costs = theta**2 + 0.1 * theta_dot**2 + 0.001 * torque**2
    pull = 3 * spec.gravity / (2 * LENGTH) * jnp.sin(theta)
    faster = theta_dot + (pull + 3.0 / (MASS * LENGTH**2) * torque) * SECONDS
    faster = jnp.clip(faster, -FASTEST, FASTEST)
    after = _State(_within_a_turn(theta + faster * SECONDS), faster, steps + 1)
    return after, _observation(after), -costs, jnp.bool_(False), after.steps >= spec.limit


def _within_a_turn(theta: jax.Array) -> jax.Array:
    # by less than half a turn outside; an angle inside keeps its bits, of which adding and taking away π costs some
    return jnp.where(theta > pi, theta - 2 * pi, jnp.where(theta < -pi, theta + 2 * pi, theta))


def _observation(state: _State) -> jax.Array:
    return jnp.stack([jnp.cos(state.theta), jnp.sin(state.theta), state.theta_dot])


def _state_of(env: gymnasium.Env[Any, Any]) -> _State:
    theta, theta_dot = env.unwrapped.state
    return _State(np.float32((theta + pi) % (2 * pi) - pi), np.float32(theta_dot), elapsed_steps(env))


_DYNAMICS = Dynamics(_reset, _step)
