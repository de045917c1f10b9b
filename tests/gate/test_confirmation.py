"""What is published of survivors: numbers worked by hand, and whether the interval keeps its word."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from heredity.errors import GateError
from heredity.gate.confirmation import Confirmation, confirmed_mean, confirmed_means, first_confirmed
from heredity.gate.luck import expected_maximum
from heredity.gate.mean_bound import best_bound
from heredity.gate.return_limits import ReturnLimit

STUDIES, EPISODES, MEMBERS = 1000, 100, 8


ZERO, ONE = ReturnLimit(0.0, "environment"), ReturnLimit(1.0, "environment")


def test_the_ends_are_clopper_and_pearsons_where_it_is_known_what_returns_lie_between():
    # 90 of 100: 0.8238 and 0.9510 at 97.5 % each, a little further out for the table's level
    confirmed = confirmed_mean([1.0] * 90 + [0.0] * 10, ZERO, ONE)
    assert (confirmed.episodes, confirmed.mean, confirmed.limits_known) == (100, 0.9, True)
    assert 0.82 < confirmed.low < stats.beta.ppf(0.025, 90, 11)
    assert stats.beta.ppf(0.975, 91, 10) < confirmed.high < 0.955


def test_a_hundred_of_a_hundred_may_still_fail():
    confirmed = confirmed_mean([1.0] * 100, ZERO, ONE)
    assert (confirmed.mean, confirmed.high) == (1.0, 1.0)
    assert confirmed.low == pytest.approx(best_bound(0.0, 1.0, 100, 0.025))


def test_the_high_end_is_the_low_end_of_the_mirrored_returns():
    sample = np.random.default_rng(0).random(30)
    whole = confirmed_mean(sample.tolist(), ZERO, ONE)
    mirrored = confirmed_mean((1 - sample).tolist(), ZERO, ONE)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - whole.high, 1 - whole.low))


def test_where_an_end_is_not_known_what_the_gate_or_confirmation_saw_stands_for_it():
    returns = [0.5, 1.0] * 20
    nothing = confirmed_mean(returns)
    gate = confirmed_mean(returns, ReturnLimit(0.25, "lowest return seen"), ReturnLimit(2.0, "highest return seen"))
    here = confirmed_mean(returns, ReturnLimit(0.75, "lowest return seen"), ReturnLimit(0.75, "highest return seen"))
    assert here == nothing
    assert gate.low < nothing.low
    assert nothing.high < gate.high
    assert not gate.limits_known
    assert not nothing.limits_known
    assert not confirmed_mean(returns, ZERO).limits_known
    assert not confirmed_mean(returns, ReturnLimit(0.75, "environment"), ONE).limits_known
    with pytest.raises(GateError, match=r"returns: expected returns at or above evaluate\.floor 0\.75, got 0\.5 in ep"):
        confirmed_mean(returns, ReturnLimit(0.75, "evaluate.floor"), ONE)


def test_several_are_confirmed_as_each_alone_but_for_what_was_seen():
    returns = {"m00": [0.5, 1.0] * 5, "m01": [0.25, 0.75] * 4}
    together = confirmed_means(returns, ZERO, ONE)
    assert together == {name: confirmed_mean(values, ZERO, ONE) for name, values in returns.items()}
    assert confirmed_means(returns, None, ONE)["m00"].low < confirmed_mean(returns["m00"], None, ONE).low


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


def test_several_lineages_are_known_by_the_mean_of_their_first_survivors():
    means = {"l00/m01": 4.0, "l00/m00": 9.0, "l01/m03": 6.0, "l02/m02": 8.0, "l02/m00": 99.0}
    confirmations = {name: Confirmation(10, mean, mean - 1, mean + 1) for name, mean in means.items()}
    bounded = {name: replace(each, limits=(0.0, 5.5)) for name, each in confirmations.items()}
    who, whole = first_confirmed([*means], confirmations)
    _, within = first_confirmed([*means], bounded)
    assert (within.low, within.high) == (max(whole.low, 0.0), min(whole.high, 5.5)) != (whole.low, whole.high)
    # of 4, 6 and 8, two degrees of freedom: 6 ± 4.3027 · 2 / √3
    assert (who, whole.episodes, whole.mean) == ("the first survivors of 3 lineages", 30, 6.0)
    assert (whole.low, whole.high) == pytest.approx((6 - 4.9683, 6 + 4.9683), abs=1e-3)
    alone = first_confirmed(["l00/m01", "l01/m03"], {"l01/m03": confirmations["l01/m03"]})
    assert alone == ("l01/m03", confirmations["l01/m03"])
    assert confirmed_means({}, None, None) == {}


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
@pytest.mark.parametrize(
    ("draw", "low", "high"), [(normal, -5.2, 6.8), (successes, 0.0, 1.0)], ids=["normal", "0 and 1"]
)
def test_the_interval_holds_the_true_mean_in_95_of_100_cases_on_fresh_episodes_only(draw, low, high):
    seen, fresh = (
        np.mean([one.low <= 0.8 <= one.high for one in _confirmed(returns, low, high)]) for returns in chosen(draw)
    )
    assert fresh >= 0.93  # three standard errors of 1,000 cases are 0.021
    assert seen < fresh


def _confirmed(samples, low, high):
    floor, ceiling = ReturnLimit(low, "environment"), ReturnLimit(high, "environment")
    return confirmed_means({str(k): sample.tolist() for k, sample in enumerate(samples)}, floor, ceiling).values()
