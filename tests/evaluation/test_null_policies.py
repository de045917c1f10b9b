"""Policies that have learned nothing act in every space that a learned one may act in."""

import numpy as np
import pytest
from gymnasium import spaces

from heredity.errors import TaskError
from heredity.evaluation.null_policies import constant_action, null_policy

STARTS = np.ones(40, bool)


@pytest.mark.parametrize(
    ("space", "action"),
    [
        (spaces.Discrete(3), 0),
        (spaces.Discrete(3, start=-1), -1),
        (spaces.Box(-1, 1, (2,)), [0, 0]),
        (spaces.Box(np.array([2.0, -3.0], np.float32), np.array([4.0, -1.0], np.float32)), [2, -1]),
        (spaces.MultiDiscrete([2, 3]), [0, 0]),
        (spaces.MultiBinary(2), [0, 0]),
    ],
    ids=str,
)
def test_the_constant_action_is_legal_and_the_nearest_to_nothing(space, action):
    assert np.array_equal(constant_action(space), action)
    assert all(space.contains(drawn) for drawn in null_policy("constant", space, 0)(None, STARTS))


def test_random_actions_follow_the_seed():
    drawn = [null_policy("random", spaces.Discrete(4), seed)(None, STARTS) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert set(drawn[0]) == {0, 1, 2, 3}


def test_a_space_without_a_constant_is_refused():
    with pytest.raises(TaskError, match=r"expected a Box, .* action space, got Text"):
        constant_action(spaces.Text(3))


MASKED = [
    (spaces.Discrete(4), [0, 1, 0, 1], {(1,), (3,)}),
    (spaces.MultiDiscrete([2, 3]), [0, 1, 1, 0, 1], {(1, 0), (1, 2)}),
    (spaces.MultiBinary(2), [1, 1, 0, 1], {(0, 1), (1, 1)}),
]


@pytest.mark.parametrize(("space", "mask", "allowed"), MASKED, ids=str)
def test_who_is_told_what_is_allowed_draws_all_of_it_alike_or_takes_the_first(space, mask, allowed):
    starts = np.ones(400, bool)
    masks = np.array([mask] * 400, bool)
    drawn = [tuple(np.ravel(action)) for action in null_policy("random", space, 0)(None, starts, masks)]
    assert set(drawn) == allowed
    assert all(150 < drawn.count(action) < 250 for action in allowed)
    constant = null_policy("constant", space, 0)(None, starts, masks)
    assert {tuple(np.ravel(action)) for action in constant} == {min(allowed)}
    assert all(space.contains(action) for action in constant)
