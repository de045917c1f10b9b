"""The difference of two estimates from their intervals."""

import numpy as np
import pytest

from heredity.transfer.difference import estimate_difference
from heredity.transfer.estimates import Estimate


def test_the_interval_of_symmetric_intervals_is_that_of_independent_normal_estimates():
    difference = estimate_difference(Estimate(1.0, 0.0, 2.0, 5), Estimate(4.0, 3.5, 4.5, 6))
    half = np.hypot(1.0, 0.5)
    assert difference == Estimate(3.0, pytest.approx(3.0 - half), pytest.approx(3.0 + half), 11)


def test_each_end_is_as_far_as_the_ends_on_its_side():
    difference = estimate_difference(Estimate(0.0, -3.0, 1.0, 5), Estimate(0.0, -2.0, 4.0, 5))
    assert difference.low == pytest.approx(-np.hypot(2.0, 1.0))
    assert difference.high == pytest.approx(np.hypot(4.0, 3.0))


def test_an_end_without_limit_leaves_the_difference_without_one():
    difference = estimate_difference(Estimate(1.0, 0.0, None, 5), Estimate(4.0, 3.0, 5.0, 5))
    assert (difference.low, difference.high) == (None, pytest.approx(3 + np.hypot(1, 1)))


@pytest.mark.parametrize("unknown", [Estimate(None, 0.0, 1.0, 5), Estimate(1.0, None, None, 5)])
def test_what_is_undefined_or_without_interval_differs_by_nothing_known(unknown):
    known = Estimate(1.0, 0.0, 2.0, 5)
    assert estimate_difference(known, unknown) is None
    assert estimate_difference(unknown, known) is None


def test_the_interval_holds_the_difference_of_means_of_independent_samples_in_95_of_100_cases():
    rng, hits, runs = np.random.default_rng(0), 0, 2000
    for _ in range(runs):
        one, other = rng.normal(1.0, 1.0, 40), rng.normal(3.0, 2.0, 40)
        estimates = [
            Estimate(
                x.mean(), x.mean() - 2.023 * x.std(ddof=1) / 40**0.5, x.mean() + 2.023 * x.std(ddof=1) / 40**0.5, 40
            )
            for x in (one, other)
        ]
        difference = estimate_difference(*estimates)
        hits += difference.low <= 2.0 <= difference.high
    assert 0.935 < hits / runs < 0.965
