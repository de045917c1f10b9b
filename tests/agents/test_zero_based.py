"""Choices counted from 0 in one row, and given to the environment as its own."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from heredity.wrappers import ZeroBased
from tests.masked import Spaces


@pytest.mark.parametrize(
    ("original", "counted", "action", "taken"),
    [
        (spaces.Discrete(3, start=1), spaces.Discrete(3), 2, 3),
        (spaces.Discrete(3, start=-1), spaces.Discrete(3), 0, -1),
        (spaces.MultiDiscrete([3, 2], start=[1, -4]), spaces.MultiDiscrete([3, 2]), [0, 1], [1, -3]),
        (spaces.MultiDiscrete([[3, 2], [4, 5]]), spaces.MultiDiscrete([3, 2, 4, 5]), [2, 1, 3, 4], [[2, 1], [3, 4]]),
        (spaces.MultiBinary((2, 2)), spaces.MultiBinary(4), [1.0, 0.0, 0.0, 1.0], [[1, 0], [0, 1]]),
        (spaces.Box(-1, 1, (1,), np.int32), spaces.Discrete(3), 0, [-1]),
        (spaces.Box(250, 255, (2,), np.uint8), spaces.MultiDiscrete([6, 6]), [0, 5], [250, 255]),
        (spaces.Discrete(3), spaces.Discrete(3), 2, 2),
        (spaces.Box(-1, 1, (2,)), spaces.Box(-1, 1, (2,)), np.float32([0.5, 1]), [0.5, 1]),
    ],
    ids=str,
)
def test_an_action_is_given_as_the_environments_own(original, counted, action, taken):
    env = Spaces(actions=original)
    wrapped = ZeroBased(env)
    assert wrapped.action_space == counted
    wrapped.reset(seed=0)
    paid = wrapped.step(action if np.ndim(action) == 0 else np.asarray(action))[1]
    assert np.array_equal(env.taken[0], taken)
    assert paid == 1.0  # it is one of its own
    assert all(wrapped.step(wrapped.action_space.sample())[1] == 1.0 for _ in range(20))


@pytest.mark.parametrize(
    "original",
    [
        spaces.Discrete(3, start=1),
        spaces.MultiDiscrete([3, 2], start=[1, -4]),
        spaces.MultiDiscrete([[3, 2], [4, 5]], start=[[1, 1], [0, 2]]),
        spaces.Dict(place=spaces.Discrete(4, start=-2), view=spaces.Box(0, 1, (2,))),
        spaces.MultiBinary((2, 2)),
    ],
    ids=str,
)
def test_observations_are_counted_from_0(original):
    env = Spaces(observations=original)
    wrapped = ZeroBased(env)
    shown = [wrapped.reset(seed=0)[0], *(wrapped.step(0)[0] for _ in range(30))]
    assert all(wrapped.observation_space.contains(observation) for observation in shown)
    numbers = np.array([gymnasium.spaces.flatten(wrapped.observation_space, observation) for observation in shown])
    assert numbers.any(axis=0).all()  # every value comes


def test_what_is_counted_from_0_stays_itself():
    env = Spaces(observations=spaces.Dict(place=spaces.Discrete(4), view=spaces.Box(0, 1, (2,))))
    wrapped = ZeroBased(env)
    assert wrapped.observation_space is env.observation_space
    assert wrapped.action_space is env.action_space
