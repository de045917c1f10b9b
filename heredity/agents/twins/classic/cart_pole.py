"""CartPole, as `gymnasium.envs.classic_control.cartpole` has it: Barto, Sutton and Anderson 1983."""

from math import pi
from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.classic.episodes import elapsed_steps, longest_episode
from heredity.agents.twins.twin import Dynamics, Twin

GRAVITY = 9.8
POLE_MASS = 0.1
TOTAL_MASS = POLE_MASS + 1.0
HALF_LENGTH = 0.5
POLE_MOMENT = POLE_MASS * HALF_LENGTH
FORCE = 10.0
SECONDS = 0.02
"""Between two states."""

WIDEST_ANGLE = 12 * 2 * pi / 360
FARTHEST = 2.4
"""Beyond which an episode ends."""


class _Spec(NamedTuple):
    """limit: int32, steps. sutton_barto: bool, whether only the last step pays, −1, instead of 1 for each."""

    limit: Any
    sutton_barto: Any


class _State(NamedTuple):
    """float32 in metres, radians and seconds, and the steps since the reset, int32."""

    x: Any
    x_dot: Any
    theta: Any
    theta_dot: Any
    steps: Any


def cart_pole(task: Task, limit: int | None) -> Twin:
    """Return the twin of CartPoleEnv; limit: its TimeLimit's, in steps."""
    longest = longest_episode(limit)
    spec = _Spec(np.int32(longest), np.bool_(task.kwargs.get("sutton_barto_reward", False)))
    return Twin(_DYNAMICS, spec, longest, "rounding", _state_of)


def _reset(_spec: _Spec, key: jax.Array) -> tuple[_State, jax.Array]:
    x, x_dot, theta, theta_dot = jax.random.uniform(key, (4,), jnp.float32, -0.05, 0.05)
    state = _State(x, x_dot, theta, theta_dot, jnp.int32(0))
    return state, _observation(state)


def _step(spec: _Spec, state: _State, action: jax.Array, _key: jax.Array) -> tuple[_State, jax.Array, Any, Any, Any]:
    x, x_dot, theta, theta_dot, steps = state
    force = jnp.where(action == 1, FORCE, -FORCE)
    cosine, sine = jnp.cos(theta), jnp.sin(theta)
    temp = (force + POLE_MOMENT * jnp.square(theta_dot) * sine) / TOTAL_MASS
    theta_acceleration = (GRAVITY * sine - cosine * temp) / (
        HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * jnp.square(cosine) / TOTAL_MASS)
    )
    x_acceleration = temp - POLE_MOMENT * theta_acceleration * cosine / TOTAL_MASS
    after = _State(
        x + SECONDS * x_dot,
        x_dot + SECONDS * x_acceleration,
        theta + SECONDS * theta_dot,
        theta_dot + SECONDS * theta_acceleration,
        steps + 1,
    )
    terminated = (jnp.abs(after.x) > FARTHEST) | (jnp.abs(after.theta) > WIDEST_ANGLE)
    reward = jnp.where(spec.sutton_barto, -terminated.astype(jnp.float32), jnp.float32(1))
    return after, _observation(after), reward, terminated, after.steps >= spec.limit


def _observation(state: _State) -> jax.Array:
    return jnp.stack(state[:4])


def _state_of(env: gymnasium.Env[Any, Any]) -> _State:
    x, x_dot, theta, theta_dot = np.asarray(env.unwrapped.state, np.float32)
    return _State(x, x_dot, theta, theta_dot, elapsed_steps(env))


_DYNAMICS = Dynamics(_reset, _step)
