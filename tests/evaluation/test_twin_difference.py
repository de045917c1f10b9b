"""Whether a member does on the original what it does on the twin."""

import numpy as np
import pytest

from heredity.errors import TaskError
from heredity.evaluation.returns import Returns
from heredity.evaluation.twin_difference import refuse_apart, twin_difference


def played(values):
    count = len(values)
    return Returns(np.arange(count), np.asarray(values, float), np.ones(count, int), np.full(count, np.nan))


def test_equal_ones_are_surely_apart_once_in_ten_thousand_pairs():
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(20_000, 2, 20))
    sure = sum(twin_difference(played(one), played(other)).sure for one, other in pairs)
    assert sure <= 8  # of 2 expected, more than 8 would come about in 1 of 4,000 runs of this


def test_what_is_apart_is_found_by_how_much():
    rng = np.random.default_rng(0)
    difference = twin_difference(played(rng.normal(1.0, 1.0, 400)), played(rng.normal(0.0, 1.0, 400)))
    assert difference.sure
    assert difference.low < 1.0 < difference.high
    assert str(difference).startswith("+")


@pytest.mark.parametrize(("one", "other", "sure"), [([1, 1], [1, 1], False), ([1, 1], [2, 2], True), ([1], [9], False)])
def test_episodes_that_are_all_alike(one, other, sure):
    assert twin_difference(played(one), played(other)).sure is sure


def test_a_difference_that_is_not_sure_is_no_error():
    differences = {"m00": twin_difference(played([0.0, 100.0]), played([50.0, 100.0]))}
    refuse_apart(differences, "small", "Mine-v0", 1.0)


def test_a_difference_that_matters_to_nobody_is_no_error():
    differences = {"m00": twin_difference(played([100.0, 100.0]), played([101.0, 101.0]))}
    refuse_apart(differences, "small", "Mine-v0", 51.0)
    with pytest.raises(TaskError, match=r"^small/m00: expected the same .* of its twin, got -1 \[-1, -1\]"):
        refuse_apart(differences, "small", "Mine-v0", -49.0)
