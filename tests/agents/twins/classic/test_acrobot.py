"""Acrobot's twin beside Acrobot."""

import numpy as np
import pytest

from heredity.agents.task import Task
from tests.agents.twins.classic.beside import assert_equal_starts, differences, sampled, steps_beside

pytestmark = pytest.mark.study

ROUNDING = 2e-5
"""In radians and seconds; the largest difference that was measured, in 20,000 steps, is 5e-6."""

ROUNDING_ANYWHERE = 4e-6, 2e-4
"""Of the median state and of 99 in 100: a step of 0.2 s from velocities up to 9π multiplies what its stages round, by
thousands where the links whirl; 1e-6 and 4e-5 were measured, and 3e-3 once."""


FASTEST = np.array([np.pi, np.pi, 4 * np.pi, 9 * np.pi])


def swung(space, observation):
    return 2 if observation[5] > 0 else 0


def anywhere(env):
    env.unwrapped.state = env.unwrapped.np_random.uniform(-FASTEST, FASTEST)


def at_the_line(seen):
    (cosine1, sine1, cosine2, sine2) = seen.observation[:, :4].T.astype(np.float64)
    height = -cosine1 - (cosine1 * cosine2 - sine1 * sine2)
    return np.abs(height - 1) < ROUNDING


@pytest.mark.parametrize("act", [sampled, swung])
@pytest.mark.parametrize("kwargs", [{}, {"max_episode_steps": 80}])
def test_steps_from_equal_states_are_equal(kwargs, act):
    original, twin = steps_beside(Task("Acrobot-v1", kwargs), 3000, 0, act)
    observed, _ = differences(original, twin)
    assert observed < ROUNDING
    assert_equal_ends(original, twin)
    assert original.truncated.any() == (act is sampled or "max_episode_steps" in kwargs)
    assert original.terminated.any() or act is sampled


def test_steps_from_any_state_are_equal():
    """As fast as the links may turn: angles are wrapped, more than once, and velocities bounded."""
    original, twin = steps_beside(Task("Acrobot-v1"), 3000, 0, place=anywhere)
    apart = np.abs(twin.observation - original.observation).max(1)
    assert (np.quantile(apart, [0.5, 0.99]) < ROUNDING_ANYWHERE).all()
    fastest = np.abs(original.observation[:, 4:]) == np.float32(FASTEST[2:])
    assert (fastest.sum(0) > 100).all()
    assert_equal_ends(original, twin)


def assert_equal_ends(original, twin):
    sure = ~at_the_line(original)
    assert sure.mean() > 0.99
    np.testing.assert_array_equal(twin.terminated[sure], original.terminated[sure])
    np.testing.assert_array_equal(twin.reward[sure], original.reward[sure])
    np.testing.assert_array_equal(twin.truncated, original.truncated)


def test_starts_are_equal_in_distribution():
    assert_equal_starts(Task("Acrobot-v1"))
