"""The car in a valley, as `mountain_car` and `continuous_mountain_car` of `gymnasium.envs.classic_control` have it."""

from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.classic.episodes import elapsed_steps, longest_episode
from heredity.agents.twins.twin import Dynamics, Twin

LEFT, RIGHT = -1.2, 0.6
FASTEST = 0.07
FORCE = 0.001
POWER = 0.0015
"""What an action is times, of the three and of a Box."""

GRAVITY = 0.0025
GOAL = 0.5
GOAL_OF_CONTINUOUS = 0.45


class _Spec(NamedTuple):
    """limit: int32, steps. goal_velocity: float32, at which the goal is reached at least."""

    limit: Any
    goal_velocity: Any


class _State(NamedTuple):
    """position and velocity: float32. steps: int32, since the reset."""

    position: Any
    velocity: Any
    steps: Any


def mountain_car(task: Task, limit: int | None) -> Twin:
    """Return the twin of MountainCarEnv; limit: its TimeLimit's, in steps."""
    return _twin(_DISCRETE, task, limit)


def mountain_car_continuous(task: Task, limit: int | None) -> Twin:
    """Return the twin of Continuous_MountainCarEnv; limit: its TimeLimit's, in steps."""
    return _twin(_CONTINUOUS, task, limit)


def _twin(dynamics: Dynamics, task: Task, limit: int | None) -> Twin:
    longest = longest_episode(limit)
    spec = _Spec(np.int32(longest), np.float32(task.kwargs.get("goal_velocity", 0)))
    return Twin(dynamics, spec, longest, "rounding", _state_of)


def _reset(_spec: _Spec, key: jax.Array) -> tuple[_State, jax.Array]:
    state = _State(jax.random.uniform(key, (), jnp.float32, -0.6, -0.4), jnp.float32(0), jnp.int32(0))
    return state, _observation(state)


def _step(spec: _Spec, state: _State, action: jax.Array, _key: jax.Array) -> tuple[_State, jax.Array, Any, Any, Any]:
    velocity = state.velocity + ((action - 1) * FORCE + jnp.cos(3 * state.position) * -GRAVITY)
    after = _rolled(state, velocity)
    terminated = (after.position >= GOAL) & (after.velocity >= spec.goal_velocity)
    return after, _observation(after), jnp.float32(-1), terminated, after.steps >= spec.limit


def _step_continuous(
    spec: _Spec, state: _State, action: jax.Array, _key: jax.Array
) -> tuple[_State, jax.Array, Any, Any, Any]:
    force = jnp.clip(action[0], -1.0, 1.0)
    velocity = state.velocity + (force * POWER - GRAVITY * jnp.cos(3 * state.position))
    after = _rolled(state, velocity)
    terminated = (after.position >= GOAL_OF_CONTINUOUS) & (after.velocity >= spec.goal_velocity)
    reward = jnp.where(terminated, jnp.float32(100), jnp.float32(0)) - action[0] ** 2 * 0.1  # of the action unclipped
    return after, _observation(after), reward, terminated, after.steps >= spec.limit


def _rolled(state: _State, velocity: jax.Array) -> _State:
    velocity = jnp.clip(velocity, -FASTEST, FASTEST)
    position = jnp.clip(state.position + velocity, LEFT, RIGHT)
    stopped = (position == LEFT) & (velocity < 0)
    return _State(position, jnp.where(stopped, jnp.float32(0), velocity), state.steps + 1)


def _observation(state: _State) -> jax.Array:
    return jnp.stack(state[:2])


def _state_of(env: gymnasium.Env[Any, Any]) -> _State:
    position, velocity = np.asarray(env.unwrapped.state, np.float32)
    return _State(position, velocity, elapsed_steps(env))


_DISCRETE = Dynamics(_reset, _step)
_CONTINUOUS = Dynamics(_reset, _step_continuous)
