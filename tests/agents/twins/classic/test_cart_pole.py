"""CartPole's twin beside CartPole."""

import numpy as np
import pytest

from heredity.agents.task import Task
from heredity.agents.twins.registry import make_twin
from tests.agents.twins.classic.beside import assert_equal_starts, differences, steps_beside

pytestmark = pytest.mark.study

ROUNDING = 2e-6
"""In metres, radians and seconds; the largest difference that was measured is 2.4e-7."""

BOUNDS = np.array([2.4, 12 * 2 * np.pi / 360])


def balanced(space, observation):
    return int(observation[2] + 0.3 * observation[3] + 0.05 * observation[0] + 0.1 * observation[1] > 0)


def to_the_right(space, observation):
    return 1


def at_a_bound(seen):
    return (np.abs(np.abs(seen.observation[:, [0, 2]]) - BOUNDS) < ROUNDING).any(1)


@pytest.mark.parametrize("kwargs", [{}, {"sutton_barto_reward": True}, {"max_episode_steps": 15}])
def test_steps_from_equal_states_are_equal(kwargs):
    original, twin = steps_beside(Task("CartPole-v1", kwargs), 3000, 0)
    observed, _ = differences(original, twin)
    assert observed < ROUNDING
    sure = ~at_a_bound(original)
    assert sure.mean() > 0.99
    np.testing.assert_array_equal(twin.terminated[sure], original.terminated[sure])
    np.testing.assert_array_equal(twin.reward[sure], original.reward[sure])
    np.testing.assert_array_equal(twin.truncated, original.truncated)
    assert original.terminated.sum() > 50
    assert original.truncated.any() == ("max_episode_steps" in kwargs)


def test_whole_episodes_are_truncated_at_their_limit():
    original, twin = steps_beside(Task("CartPole-v1"), 1500, 1, balanced)
    observed, _ = differences(original, twin)
    assert observed < ROUNDING
    assert np.flatnonzero(twin.truncated).tolist() == [499, 999, 1499]
    assert not twin.terminated.any()
    assert (twin.reward == 1).all()


def test_the_last_step_may_end_an_episode_both_ways():
    original, _ = steps_beside(Task("CartPole-v1"), 20, 3, to_the_right)
    length = int(np.argmax(original.terminated)) + 1
    original, twin = steps_beside(Task("CartPole-v1", {"max_episode_steps": length}), length, 3, to_the_right)
    for seen in (original, twin):
        assert (seen.terminated[-1], seen.truncated[-1]) == (True, True)
        assert not seen.truncated[:-1].any()


def test_starts_are_equal_in_distribution():
    assert_equal_starts(Task("CartPole-v1"))


def test_tasks_share_a_program_and_differ_in_data():
    twins = [make_twin(Task("CartPole-v1", kwargs)) for kwargs in ({}, {"max_episode_steps": 20})]
    assert twins[0].dynamics == twins[1].dynamics
    assert [twin.longest for twin in twins] == [500, 20]
    assert [twin.spec.limit for twin in twins] == [500, 20]
