"""Pendulum's twin beside Pendulum."""

import jax
import numpy as np
import pytest

from heredity.agents.task import Task
from heredity.agents.twins.registry import make_twin
from tests.agents.twins.classic.beside import assert_equal_starts, differences, steps_beside

pytestmark = pytest.mark.study

ROUNDING = 5e-6
"""The largest differences that were measured: 5e-7 of what is shown, 2.3e-6 of what is paid, up to 16."""


def one_way(space, observation):
    return np.float32([2.0])


def past_its_bounds(space, observation):
    return np.float32([3.0]) if observation[1] > 0 else np.float32([-5.0])


@pytest.mark.parametrize("act", [None, one_way, past_its_bounds])
@pytest.mark.parametrize("kwargs", [{}, {"g": 9.81, "max_episode_steps": 1000}])
def test_steps_from_equal_states_are_equal(kwargs, act):
    """Torque in one way, or with the velocity past the bounds, makes turns; at g = 9.81 many in an episode."""
    original, twin = steps_beside(Task("Pendulum-v1", kwargs), 2000, 0, *([act] if act else []))
    observed, paid = differences(original, twin)
    assert observed < ROUNDING
    assert paid < ROUNDING
    np.testing.assert_array_equal(twin.truncated, original.truncated)
    assert twin.truncated.sum() == 2000 // kwargs.get("max_episode_steps", 200)
    assert not twin.terminated.any()


@pytest.mark.parametrize("velocity", [-8.0, 8.0])
def test_an_angle_stays_within_a_turn_and_is_the_one_that_is_shown(velocity):
    """The reward of the next step is that of the angle as it is."""
    twin, key = make_twin(Task("Pendulum-v1")), jax.random.key_data(jax.random.key(0))
    state, _ = twin.dynamics.reset(twin.spec, key)
    step, torque = jax.jit(twin.dynamics.step), np.zeros(1, np.float32)
    for theta in np.linspace(-np.pi, np.pi, 101):
        placed = state._replace(theta=np.float32(theta), theta_dot=np.float32(velocity))
        after, shown, *_ = step(twin.spec, placed, torque, key)
        assert abs(after.theta) <= np.float32(np.pi)
        np.testing.assert_allclose(np.arctan2(shown[1], shown[0]), after.theta, atol=ROUNDING)


def test_starts_are_equal_in_distribution():
    assert_equal_starts(Task("Pendulum-v1"))
