"""Scores against rliable's own functions."""

import numpy as np
import pytest

from heredity.transfer.scores import (
    contrast,
    interquartile_mean,
    optimality_gap,
    probability_of_improvement,
    profile,
)

RUNS = np.random.default_rng(5).normal(0.6, 0.4, (3, 9))
"""Scores of three arms of nine runs, some above 1."""


@pytest.fixture
def metrics():
    """Return rliable's functions, which bring more packages than `make test` installs."""
    from rliable import metrics

    return metrics


@pytest.mark.slow
@pytest.mark.parametrize("scores", RUNS)
def test_interquartile_mean_and_optimality_gap_are_rliables(scores, metrics):
    assert interquartile_mean(scores) == pytest.approx(metrics.aggregate_iqm(scores[:, None]))
    assert optimality_gap(scores) == pytest.approx(metrics.aggregate_optimality_gap(scores[:, None]))


@pytest.mark.slow
def test_probability_of_improvement_is_rliables(metrics):
    expected = metrics.probability_of_improvement(RUNS[0][:, None], RUNS[1][:, None])
    assert probability_of_improvement(RUNS[0], RUNS[1]).value == pytest.approx(expected)


def test_even_when_every_run_wins_the_interval_has_a_width():
    # its end: 0.499² = 1.96² · 0.501 · 0.499 · (1 + 2 (0.499 / 1.499 + 0.501 / 1.501)) / 9
    low, high = np.array([5.0, 6, 7]), np.array([1.0, 2, 3])
    every, none = probability_of_improvement(low, high), probability_of_improvement(high, low)
    assert (every.value, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(0.501, abs=0.001)
    assert (none.value, none.low, none.high) == (0.0, 0.0, pytest.approx(1 - every.low))
    more = probability_of_improvement(np.arange(20) + 100.0, np.arange(20) + 0.0)
    assert 0.8 < more.low < 1
    assert probability_of_improvement(low[:1], high).low is None


def test_the_middle_half_of_eight_runs_is_their_interquartile_mean():
    assert interquartile_mean(np.array([9, 1, 2, 3, 4, 5, -7, 0.0])) == (1 + 2 + 3 + 4) / 4


def test_an_arms_interval_is_of_that_arm_alone():
    told = contrast((RUNS[0], RUNS[1]), interquartile_mean, 0)
    assert (told.inherited.n, told.control.n, told.difference.n) == (9, 9, 18)
    assert told.difference.value == pytest.approx(told.inherited.value - told.control.value)
    assert told.inherited == contrast((RUNS[0], RUNS[2]), interquartile_mean, 0).inherited


def test_a_profile_falls_from_all_runs_to_none():
    told = profile((np.array([-0.1, 0.05, 0.55, 1.2]), np.array([0.0, 0.1, 0.2])), 0)
    assert [share.value for share in told.inherited] == [0.75, *[0.5] * 5, *[0.25] * 5]
    assert [share.value for share in told.control] == [2 / 3, 1 / 3, *[0] * 9]
