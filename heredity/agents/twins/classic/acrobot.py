"""Acrobot, as `gymnasium.envs.classic_control.acrobot` has it: Sutton 1996, by the equations of the book of 1998."""

from math import pi
from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.classic.episodes import elapsed_steps, longest_episode
from heredity.agents.twins.twin import Dynamics, Twin

SECONDS = 0.2
"""Between two states."""

LENGTH = 1.0
MASS = 1.0
CENTRE = 0.5
MOMENT = 1.0
"""Of each of the two links."""

GRAVITY = 9.8
FASTEST = 4 * pi, 9 * pi


class _Angles(NamedTuple):
    """float32 in radians and seconds; also what these change by."""

    theta1: Any
    theta2: Any
    theta1_dot: Any
    theta2_dot: Any


class _State(NamedTuple):
    """angles: within [−π, π]. steps: int32, since the reset."""

    angles: _Angles
    steps: Any


def acrobot(_task: Task, limit: int | None) -> Twin:
    """Return the twin of AcrobotEnv; limit: its TimeLimit's, in steps."""
    longest = longest_episode(limit)
    return Twin(_DYNAMICS, np.int32(longest), longest, "rounding", _state_of)


def _reset(_limit: Any, key: jax.Array) -> tuple[_State, jax.Array]:
    state = _State(_Angles(*jax.random.uniform(key, (4,), jnp.float32, -0.1, 0.1)), jnp.int32(0))
    return state, _observation(state.angles)


def _step(limit: Any, state: _State, action: jax.Array, _key: jax.Array) -> tuple[_State, jax.Array, Any, Any, Any]:
    moved = _runge_kutta(state.angles, (action - 1).astype(jnp.float32))
    angles = _Angles(
        _within_a_turn(moved.theta1),
        _within_a_turn(moved.theta2),
        jnp.clip(moved.theta1_dot, -FASTEST[0], FASTEST[0]),
        jnp.clip(moved.theta2_dot, -FASTEST[1], FASTEST[1]),
    )
    after = _State(angles, state.steps + 1)
    terminated = -jnp.cos(angles.theta1) - jnp.cos(angles.theta2 + angles.theta1) > 1.0
    reward = jnp.where(terminated, jnp.float32(0), jnp.float32(-1))
    return after, _observation(angles), reward, terminated, after.steps >= limit


def _runge_kutta(angles: _Angles, torque: jax.Array) -> _Angles:
    half = SECONDS / 2.0
    k1 = _change(angles, torque)
    k2 = _change(_moved(angles, half, k1), torque)
    k3 = _change(_moved(angles, half, k2), torque)
    k4 = _change(_moved(angles, SECONDS, k3), torque)
    mean = _Angles(*(a + 2 * b + 2 * c + d for a, b, c, d in zip(k1, k2, k3, k4, strict=True)))
    return _moved(angles, SECONDS / 6.0, mean)


def _moved(angles: _Angles, seconds: float, change: _Angles) -> _Angles:
    return _Angles(*(angle + seconds * by for angle, by in zip(angles, change, strict=True)))


def _change(angles: _Angles, torque: jax.Array) -> _Angles:
    """Return what the angles and velocities change by in a second, in the order of the original's terms."""
    theta1, theta2, theta1_dot, theta2_dot = angles
    cosine, sine = jnp.cos(theta2), jnp.sin(theta2)
    d1 = MASS * CENTRE**2 + MASS * (LENGTH**2 + CENTRE**2 + 2 * LENGTH * CENTRE * cosine) + MOMENT + MOMENT
    d2 = MASS * (CENTRE**2 + LENGTH * CENTRE * cosine) + MOMENT
    phi2 = MASS * CENTRE * GRAVITY * jnp.cos(theta1 + theta2 - pi / 2.0)
    phi1 = (
        -MASS * LENGTH * CENTRE * theta2_dot**2 * sine
        - 2 * MASS * LENGTH * CENTRE * theta2_dot * theta1_dot * sine
        + (MASS * CENTRE + MASS * LENGTH) * GRAVITY * jnp.cos(theta1 - pi / 2)
        + phi2
    )
    pull = torque + d2 / d1 * phi1 - MASS * LENGTH * CENTRE * theta1_dot**2 * sine - phi2
    theta2_acceleration = pull / (MASS * CENTRE**2 + MOMENT - d2**2 / d1)
    theta1_acceleration = -(d2 * theta2_acceleration + phi1) / d1
    return _Angles(theta1_dot, theta2_dot, theta1_acceleration, theta2_acceleration)


def _within_a_turn(angle: jax.Array) -> jax.Array:
    return angle - 2 * pi * jnp.round(angle / (2 * pi))  # an angle within keeps its bits


def _observation(angles: _Angles) -> jax.Array:
    theta1, theta2, theta1_dot, theta2_dot = angles
    return jnp.stack([jnp.cos(theta1), jnp.sin(theta1), jnp.cos(theta2), jnp.sin(theta2), theta1_dot, theta2_dot])


def _state_of(env: gymnasium.Env[Any, Any]) -> _State:
    return _State(_Angles(*np.asarray(env.unwrapped.state, np.float32)), elapsed_steps(env))


_DYNAMICS = Dynamics(_reset, _step)
