"""The twins of both MountainCars beside MountainCar and MountainCarContinuous."""

import jax
import numpy as np
import pytest

from heredity.agents.task import Task
from heredity.agents.twins.registry import make_twin
from tests.agents.twins.classic.beside import assert_equal_starts, differences, sampled, steps_beside

pytestmark = pytest.mark.study

ROUNDING = 3e-7
"""In metres and seconds; the largest difference that was measured is 1.2e-7."""

PAID = 1e-5
"""Of up to 100; the largest difference that was measured is 1.5e-6."""

IDS = "MountainCar-v0", "MountainCarContinuous-v0"


def with_the_velocity(space, observation):
    right = observation[1] >= 0
    return 2 * int(right) if space.shape == () else np.float32([1.5 if right else -1.0])


def to_the_left(space, observation):
    return 0 if space.shape == () else np.float32([-1.0])


def to_the_left_from_the_right(space, observation):
    """Swing up on the right, and then roll down against the wall on the left."""
    x, velocity = observation
    return with_the_velocity(space, observation) if velocity < 0 or x < -0.2 else to_the_left(space, observation)


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("kwargs", [{}, {"max_episode_steps": 90}, {"goal_velocity": 0.03}])
@pytest.mark.parametrize("act", [sampled, with_the_velocity, to_the_left_from_the_right])
def test_steps_from_equal_states_are_equal(id, kwargs, act):
    original, twin = steps_beside(Task(id, kwargs), 3000, 0, act)
    observed, paid = differences(original, twin)
    assert observed < ROUNDING
    assert paid < PAID
    np.testing.assert_array_equal(twin.terminated, original.terminated)
    np.testing.assert_array_equal(twin.truncated, original.truncated)
    assert original.terminated.any() or original.truncated.any()


@pytest.mark.parametrize("id", IDS)
def test_the_wall_stops_the_car(id):
    _, twin = steps_beside(Task(id), 3000, 0, to_the_left_from_the_right)
    at_the_wall = twin.observation[:, 0] == np.float32(-1.2)
    assert at_the_wall.sum() > 5
    assert (twin.observation[at_the_wall, 1] == 0).all()


def test_a_goal_that_is_passed_too_slowly_is_none():
    for velocity, reached in ((0.0, True), (0.08, False)):
        original, twin = steps_beside(Task(IDS[0], {"goal_velocity": velocity}), 1000, 0, with_the_velocity)
        assert twin.terminated.any() == original.terminated.any() == reached


@pytest.mark.parametrize("id", IDS)
def test_an_episode_of_its_own_takes_the_original_s_course(id):
    """Rounding adds up to little in a valley."""
    task = Task(id)
    env, twin = task.make(), make_twin(task)
    step, key = jax.jit(twin.dynamics.step), jax.random.key_data(jax.random.key(0))
    theirs, _ = env.reset(seed=4)
    state, over = twin.state_of(env), False
    while not over:
        action = with_the_velocity(env.action_space, theirs)
        theirs, reward, terminated, truncated, _ = env.step(action)
        state, ours, *rest = step(twin.spec, state, np.asarray(action, np.float32 if id == IDS[1] else np.int32), key)
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        np.testing.assert_allclose(rest, (reward, terminated, truncated), atol=PAID)
        over = terminated or truncated
    assert terminated


@pytest.mark.parametrize("id", IDS)
def test_starts_are_equal_in_distribution(id):
    assert_equal_starts(Task(id))
