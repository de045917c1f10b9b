"""What is published of survivors: numbers worked by hand, and whether the interval keeps its word."""

import math

import numpy as np
import pytest

from heredity.errors import GateError
from heredity.gate.confirmation import Confirmation, confirmed_mean, first_confirmed
from heredity.gate.luck import expected_maximum

STUDIES, EPISODES, MEMBERS = 1000, 100, 8


@pytest.mark.parametrize("center", [3.0, -3.0])
def test_students_interval_is_worked_by_hand(center):
    # sample standard deviation 1, n = 3, t(0.975, 2) = 4.302653
    found = confirmed_mean([center - 1, center, center + 1])
    reach = 4.302653 / math.sqrt(3)
    assert (found.episodes, found.mean) == (3, center)
    assert (found.low, found.high) == (pytest.approx(center - reach, abs=1e-5), pytest.approx(center + reach, abs=1e-5))


def test_wilsons_interval_is_worked_by_hand():
    # 9 of 10, z = 1.96: centre .9 + .192073 = 1.092073, reach 1.959964 sqrt(.009 + .0096036) = .267329; over 1.384146
    found = confirmed_mean([1.0] * 9 + [0.0])
    assert (found.episodes, found.mean) == (10, 0.9)
    assert found.low == pytest.approx((1.092073 - 0.267329) / 1.384146, abs=1e-5)
    assert found.high == pytest.approx((1.092073 + 0.267329) / 1.384146, abs=1e-5)


def test_a_hundred_of_a_hundred_may_still_fail():
    # Wilson's low end of n successes in n is 1 / (1 + z²/n)
    found = confirmed_mean([1.0] * 100)
    assert (found.mean, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(1 / (1 + 1.959964**2 / 100), abs=1e-6)


def test_equal_returns_have_no_spread_to_judge_by():
    assert confirmed_mean([500.0] * 10) == Confirmation(10, 500.0, 500.0, 500.0)


@pytest.mark.parametrize("returns", [[], [1.0], [1.0, math.nan], [1.0, math.inf]])
def test_what_says_nothing_of_a_mean_is_refused(returns):
    with pytest.raises(GateError, match="expected at least 2 finite returns to confirm a mean, got "):
        confirmed_mean(returns)


def test_a_generation_is_known_by_the_first_that_was_confirmed_not_by_the_highest():
    high, low = Confirmation(2, 9.0, 8.0, 10.0), Confirmation(2, 1.0, 0.0, 2.0)
    assert first_confirmed(("m01", "m00"), {"m00": high, "m01": low}) == ("m01", low)
    assert first_confirmed(("m02", "m00"), {"m00": high}) == ("m00", high)
    assert first_confirmed(("m02",), {"m00": high}) is None
    assert first_confirmed((), {}) is None


def chosen(draw, seed=0):
    """Return float[studies, episodes] of the best of equal members on the episodes that chose it, and on others."""
    rng = np.random.default_rng(seed)
    seen, fresh = (draw(rng, (STUDIES, MEMBERS, EPISODES)) for _ in range(2))
    best = seen.mean(axis=2).argmax(axis=1)
    return seen[np.arange(STUDIES), best], fresh[np.arange(STUDIES), best]


def normal(rng, shape):
    return rng.normal(0.8, 1.0, shape)


def successes(rng, shape):
    return (rng.random(shape) < 0.8).astype(float)


@pytest.mark.parametrize(("draw", "deviation"), [(normal, 1.0), (successes, 0.4)], ids=["normal", "zeros and ones"])
def test_the_best_of_equals_is_flattered_by_the_episodes_that_chose_it_and_by_no_others(draw, deviation):
    seen, fresh = chosen(draw)
    error = deviation / math.sqrt(EPISODES)
    luck = expected_maximum(MEMBERS) * error  # 1.42 standard errors: 0.142 and 0.057
    assert seen.mean() - 0.8 == pytest.approx(luck, rel=0.06)
    assert fresh.mean() == pytest.approx(0.8, abs=4 * error / math.sqrt(STUDIES))


@pytest.mark.slow
@pytest.mark.parametrize("draw", [normal, successes], ids=["normal", "zeros and ones"])
def test_the_interval_holds_the_true_mean_in_95_of_100_cases_on_fresh_episodes_only(draw):
    covered = [[one.low <= 0.8 <= one.high for one in map(confirmed_mean, returns)] for returns in chosen(draw)]
    seen, fresh = (float(np.mean(cases)) for cases in covered)
    assert 0.93 <= fresh <= 0.97  # three standard errors of 1,000 cases are 0.021
    assert seen < 0.87  # some 0.81 of intervals around the mean that chose them
