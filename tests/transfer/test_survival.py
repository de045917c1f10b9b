"""Censored times against a published trial, SciPy, and what can be worked by hand.

The trial: weeks of remission of 42 children with leukaemia, on 6-mercaptopurine or placebo (Freireich et al., Blood 21,
1963; the table of Cox & Oakes, Analysis of Survival Data, 1984, and of R's MASS::gehan).
"""

import numpy as np
import pytest
from scipy import stats

from heredity.transfer import survival as module
from heredity.transfer.inference import Inference
from heredity.transfer.permutation import permutation_test
from heredity.transfer.survival import (
    Shares,
    Time,
    Times,
    compare_times,
    kaplan_meier,
    log_rank_scores,
    median,
    restricted_mean,
    shares,
    time_to_threshold,
    times_to_threshold,
)
from heredity.transfer.units import units_of

CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
TREATED = Times(
    np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, *CENSORED], float), np.array([True] * 9 + [False] * len(CENSORED))
)
WEEKS = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
PLACEBO = Times(np.array(WEEKS, float), np.ones(21, bool))


def compared(inherited, control, of=(None, None)):
    """Compare times until 100 of members, by the units that they are of; each by itself where nothing is said."""
    arms = zip(("inherited", "control"), (inherited, control), of, strict=True)
    units = tuple(
        units_of(arm, names, owners and dict(zip(names, owners, strict=True)))
        for arm, times, owners in arms
        for names in [[f"m{place:02d}" for place in range(len(times.steps))]]
    )
    return compare_times(inherited, control, 100, Inference(units))


def censored(times):
    return stats.CensoredData(uncensored=times.steps[times.reached], right=times.steps[~times.reached])


def test_the_survival_curve_of_the_published_trial():
    steps, survival = kaplan_meier(TREATED)
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    known = {int(step): float(share) for step, share in zip(steps, survival, strict=True)}
    assert {week: round(known[week], 3) for week in (7, 13, 16, 22, 23)} == {
        week: share for week, share in published.items() if week not in (6, 10)
    }
    assert round(float(survival[steps == 6].min()), 3) == published[6]
    assert round(float(survival[steps == 10].min()), 3) == published[10]
    assert median(steps, survival) == 23
    assert median(*kaplan_meier(PLACEBO)) == 8


def test_the_survival_curve_is_scipys():
    share = stats.ecdf(censored(TREATED)).sf
    steps, survival = kaplan_meier(TREATED)
    for step, expected in zip(share.quantiles, share.probabilities, strict=True):
        assert survival[steps == step].min() == pytest.approx(expected)


def test_the_log_rank_test_is_the_published_one_and_scipys():
    # published: 9 relapses against 19.25 expected on 6-MP, chi-squared 16.79 of one degree of freedom
    scores = log_rank_scores(TREATED, PLACEBO)
    assert 9 - scores[:21].sum() == pytest.approx(19.25, abs=0.005)
    assert scores.sum() == pytest.approx(0)
    asymptotic = stats.logrank(censored(TREATED), censored(PLACEBO))
    assert asymptotic.statistic**2 == pytest.approx(16.79, abs=0.005)
    permuted = permutation_test(scores[:21], scores[21:], seed=0, paired=False)
    assert permuted.p < 0.0002
    assert asymptotic.pvalue < 0.0002


def test_the_restricted_mean_is_the_area_below_the_curve():
    # two of four reach at 10 and 30, one is censored at 20: survival 1, then 3/4 from 10, then 3/8 from 30
    times = Times(np.array([10.0, 20.0, 30.0, 40.0]), np.array([True, False, True, False]))
    curve = kaplan_meier(times)
    assert restricted_mean(*curve, 40) == pytest.approx(10 + 20 * 0.75 + 10 * 0.375)
    assert restricted_mean(*curve, 20) == pytest.approx(10 + 10 * 0.75)
    all_known = Times(np.array([5.0, 15.0, 10.0]), np.ones(3, bool))
    assert restricted_mean(*kaplan_meier(all_known), 100) == pytest.approx(10)


def test_resamples_are_the_curves_of_the_runs_that_they_hold():
    weights = np.array([[2.0, 1, 1, 0], [0, 0, 0, 4]])  # the first run twice, without the last; the last alone
    times = Times(np.array([10.0, 20.0, 30.0, 40.0]), np.array([True, False, True, False]))
    steps, survival = kaplan_meier(times, weights)
    assert survival[0] == pytest.approx([0.5, 0.5, 0.0, 0.0])
    assert survival[1].tolist() == [1, 1, 1, 1]
    assert median(steps, survival).tolist() == [20, np.inf]  # half from 10 to 30, whose middle is 20


def test_times_are_censored_at_the_horizon_and_where_a_curve_ends():
    curves = [([0, 10, 50], [0, 1, 1]), ([0, 60], [0, 0.5]), ([0, 200], [0, 0.5])]
    curves = [(np.array(steps), np.array(returns)) for steps, returns in curves]
    times = times_to_threshold(curves, [5, 5, 5], 1.0, 100)
    assert times.steps.tolist() == [15, 65, 100]
    assert times.reached.tolist() == [True, False, False]


def test_the_restricted_mean_ends_where_one_arm_is_no_longer_followed():
    short = Times(np.array([10.0, 60.0]), np.array([True, False]))
    long = Times(np.array([10.0, 100.0]), np.array([True, False]))
    told = compared(short, long)
    assert told.restricted_to == 60
    assert told.restricted_mean.difference.value == 0
    assert told.log_rank.p is None


def test_the_share_that_has_reached_the_threshold_steps_over_a_censored_run():
    told = shares(Times(np.array([10.0, 20.0, 30.0, 40.0]), np.array([True, False, True, False])))
    # 1/4 at 10; one leaves at 20 unfinished; then one of the two left: 1 - 3/4 * 1/2 = 0.625
    assert told.steps == (0, 10, 20, 30, 40)
    assert told.reached == pytest.approx((0, 0.25, 0.25, 0.625, 0.625))


def test_runs_that_reach_it_at_once_are_one_step_and_one_that_needs_no_training_is_there_at_zero():
    assert shares(Times(np.array([5.0, 5.0]), np.array([True, True]))).reached == (0, 1)
    assert shares(Times(np.array([0.0, 9.0]), np.array([True, False]))).steps == (0, 9)
    assert shares(Times(np.array([0.0, 9.0]), np.array([True, False]))).reached == (0.5, 0.5)


def test_nobody_reaches_it_where_nobody_ran():
    assert shares(times_to_threshold([], [], 1.0)) == Shares((0,), (0,))


def test_the_threshold_is_reached_at_equality_and_a_curve_without_a_point_is_censored_at_zero():
    assert time_to_threshold((np.array([7, 9]), np.array([0.5, 0.4])), 0.5) == Time(7, True)
    assert time_to_threshold((np.array([0, 9]), np.array([0.1, 0.4])), 0.5) == Time(9, False)
    assert time_to_threshold((np.array([]), np.array([])), 0.5) == Time(0, False)


def arm(reached, never, horizon=100.0):
    """Return the times of runs that reached the threshold at these steps, and of others followed to the horizon."""
    return Times(np.array([*reached, *[horizon] * never], float), np.array([True] * len(reached) + [False] * never))


@pytest.mark.parametrize(
    ("reached", "never", "expected"),
    [
        ((10, 20, 30, 40), 4, np.inf),  # exactly half, to the end
        ((10, 20, 30, 40, 60), 3, 50),  # exactly half from 40 to 60
        ((10, 20, 30, 30, 60), 3, 45),
        ((10, 30, 30, 30, 30), 3, 30),  # from three quarters to three eighths at once
        ((10, 20, 30), 0, 20),
        ((10, 20, 30, 40), 0, 25),
    ],
)
def test_a_median_is_the_middle_of_where_exactly_half_have_reached_it(reached, never, expected):
    # as R: survfit(Surv(time, status) ~ 1) with medians by quantile(fit, 0.5)
    assert median(*kaplan_meier(arm(reached, never))) == expected


def test_a_resample_holds_all_members_of_the_units_that_it_holds():
    # a lineage of two at 10, one of two that never reach it: a resample holds neither half of either
    times = arm([10, 10], 2)
    told = compared(times, times, (["a", "a", "b", "b"],) * 2)
    assert (told.inherited.reached, told.inherited.of, told.inherited.median) == (2, 4, None)
    mean = told.restricted_mean.inherited
    assert (mean.low, mean.value, mean.high, mean.n) == (10, 55, 100, 2)


def test_lineages_of_members_that_are_alike_are_as_uncertain_as_one_member_each():
    single = arm([10, 20, 30, 40, 50, 70, 90], 0), arm([40, 50, 60, 80, 95], 2)
    eight = tuple(Times(np.repeat(each.steps, 8), np.repeat(each.reached, 8)) for each in single)
    owners = [name for name in "abcdefg" for _ in range(8)]
    alone, together = compared(*single), compared(*eight, (owners, owners))
    for of in (lambda told: told.speed_up, lambda told: told.restricted_mean.difference):
        ends = [(of(told).low, of(told).value, of(told).high, of(told).n) for told in (alone, together)]
        assert ends[0] == pytest.approx(ends[1])
    assert together.log_rank.p == pytest.approx(alone.log_rank.p)
    assert (together.control.reached, together.control.of) == (40, 56)


def test_the_restricted_mean_is_of_the_units_means_and_the_median_of_members():
    # lineage a: 10, 20, 30 and never, of mean 40; b: 90. Members: half have reached it from 30 on, until 90
    told = compared(
        arm([10, 20, 30, 90], 1), arm([50, 50, 50, 50], 0), (["a", "a", "a", "b", "a"], ["a", "b", "c", "d"])
    )
    assert told.restricted_mean.inherited.value == pytest.approx((40 + 90) / 2)
    assert told.inherited.median == 30
    assert told.restricted_mean.difference.value == pytest.approx(65 - 50)
    assert told.speed_up.value == pytest.approx(50 / 30)
    assert told.restricted_mean.difference.n == 6


def test_the_log_rank_test_is_of_the_units_mean_scores():
    inherited, control = arm([10, 12, 20, 22, 30, 32, 40, 42], 0), arm([50, 52, 60, 62, 70, 72], 2)
    owners = [name for name in "abcd" for _ in range(2)]
    scores = np.split(log_rank_scores(inherited, control), 2)
    expected = permutation_test(*(each.reshape(4, 2).mean(axis=1) for each in scores), seed=0, paired=False)
    assert compared(inherited, control, (owners, owners)).log_rank.p == pytest.approx(expected.p)


def test_many_resamples_are_drawn_in_blocks_that_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    arms = [arm(np.sort(rng.uniform(0, 100, 40)), 8) for _ in range(2)]
    owners = [f"l{k % 6}" for k in range(48)]
    whole = compared(*arms, (owners, owners))
    monkeypatch.setattr("heredity.transfer.bootstrap.CELLS", 48 * 7_000)
    assert compared(*arms, (owners, owners)) == whole


def speed(inherited, control):
    return compared(inherited, control).speed_up


def test_where_only_one_arm_reaches_the_threshold_the_speed_up_is_one_sided_and_both_ways_alike():
    slower, faster = speed(arm([], 6), arm([50] * 6, 0)), speed(arm([50] * 6, 0), arm([], 6))
    assert (slower.value, slower.below, slower.above, slower.nearest) == (None, 0.5, None, 0.5)
    assert (slower.low, slower.high) == (0, 0.5)
    assert (faster.value, faster.below, faster.above, faster.nearest) == (None, None, 2, 2)
    assert (faster.low, faster.high) == (2, None)


def test_resamples_without_a_median_sit_at_their_end_of_the_interval():
    told = speed(arm([10, 20, 30, 40, 50], 3), arm([10, 20, 30, 40, 50], 3))
    assert told.value == 1
    # in a third of the resamples fewer than half of an arm reach it, so that nothing is known on either side
    assert (told.low, told.high) == (0, None)
    rarely = speed(arm(range(10, 80, 5), 1), arm(range(60, 88, 2), 1))
    assert 1 < rarely.low < rarely.value < rarely.high < 9


def test_a_speed_up_is_unknown_where_neither_arm_has_a_median_or_both_need_no_step():
    assert speed(arm([10], 5), arm([10], 5)).nearest is None
    assert speed(arm([0] * 6, 0), arm([0] * 6, 0)).nearest is None
    assert (speed(arm([0] * 6, 0), arm([50] * 6, 0)).low, speed(arm([0] * 6, 0), arm([50] * 6, 0)).high) == (None, None)


@pytest.mark.parametrize("owners", [None, ["a"] * 10 + ["b"] * 25 + ["c"] * 5])
def test_resamples_time_by_time_are_those_run_by_run(owners, monkeypatch):
    """Of members that share times with others, some of whom are censored there, in units of unequal sizes."""
    rng = np.random.default_rng(0)
    arms = [Times(rng.integers(1, 9, 40) * 10.0, rng.random(40) < share) for share in (0.8, 0.5)]
    few = compared(*arms, of=(owners, owners))
    monkeypatch.setattr(module, "FEW_RUNS", 39)
    monkeypatch.setattr(module, "_by_run", None)
    many = compared(*arms, of=(owners, owners))
    assert few.inherited == many.inherited
    for name in ("inherited", "control", "difference"):
        one, other = (getattr(each.restricted_mean, name) for each in (few, many))
        assert [one.value, one.low, one.high] == pytest.approx([other.value, other.low, other.high], rel=1e-9)
    assert few.speed_up == many.speed_up
