"""The one bound of a mean: what it equals where it is known, that it never falls by a better return, that it covers."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from heredity.errors import GateError
from heredity.gate.mean_bound import best_bound, episodes_needed, lower_bound, lower_bounds, table_level

ALPHA = 0.05


@pytest.mark.parametrize("wins", [50, 87, 95, 99])
def test_of_two_values_the_bound_is_clopper_and_pearsons_at_the_tables_level(wins):
    bound = lower_bound([1.0] * wins + [0.0] * (100 - wins), 0.0, ALPHA)
    assert bound == pytest.approx(stats.beta.ppf(table_level(ALPHA), wins, 101 - wins), abs=0.0015)
    assert bound < stats.beta.ppf(ALPHA, wins, 101 - wins)


@pytest.mark.parametrize(("alpha", "level"), [(0.05, 906.5 / 20_000), (0.5, 9786.5 / 20_000), (1e-3, 12.5 / 30_000)])
def test_the_level_of_the_table_is_a_little_below_alpha(alpha, level):
    # .05 - 3 sqrt(.05 * .95 / 20,000) = .045377, the 907th row of 20,000; for .001 the 13th of 30,000
    assert table_level(alpha) == pytest.approx(level)


def test_the_bound_falls_smoothly_with_the_number_of_failures():
    bounds = [lower_bound([100.0] * k + [500.0] * (100 - k), 0.0, ALPHA) for k in range(9)]
    falls = -np.diff(bounds)
    assert bounds[1] == pytest.approx(478.4, abs=0.5)
    assert ((falls > 4) & (falls < 8)).all()


def test_better_returns_never_fare_worse_where_the_first_edition_changed_its_method():
    whole, nearly = ([worst] + [1.0] * 99 for worst in (0.0, 0.001))
    assert 0.95 < lower_bound(whole, 0.0, ALPHA) < lower_bound(nearly, 0.0, ALPHA) < 0.96
    assert lower_bound([0.97] * 10, 0.0, ALPHA) < lower_bound([1.0] * 10, 0.0, ALPHA) < 0.75


returns = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)), min_size=2, max_size=30)


@settings(deadline=None)
@given(returns, st.sampled_from([0.05, 0.001, 0.3]))
def test_no_return_that_rises_lowers_the_bound_to_the_last_bit(pairs, alpha):
    worse, better = [low for low, _ in pairs], [low + more for low, more in pairs]
    assert lower_bound(worse, -1e6, alpha) <= lower_bound(better, -1e6, alpha)
    assert -1e6 <= lower_bound(worse, -1e6, alpha) <= np.mean(worse) + 1e-9 * (abs(np.mean(worse)) + 1)


def test_many_returns_count_as_the_lowest_of_their_blocks():
    sample = np.random.default_rng(0).normal(0.0, 1.0, 2500).clip(-6)
    better = [np.where(np.arange(2500) % 7 == k, sample + 0.01 * 10**k, sample) for k in range(4)]
    bound, *others = lower_bounds([sample, *better, sample[::-1], np.sort(sample) - [0.0, 1e-9] * 1250], -7.0, ALPHA)
    assert sample.mean() - 3.5 / math.sqrt(2500) < bound < sample.mean() - 1.645 / math.sqrt(2500)
    assert min(others[:4]) > bound == others[4] >= others[5]


def test_a_member_has_the_same_bound_whoever_is_judged_with_it():
    samples = [row.tolist() for row in np.random.default_rng(1).random((40, 25))] + [[0.5, 0.25, 0.75]]
    bounds = lower_bounds(samples, 0.0, ALPHA)
    assert bounds.tolist() == [lower_bound(sample, 0.0, ALPHA) for sample in samples]
    assert lower_bounds(samples[::-1], 0.0, ALPHA).tolist() == bounds[::-1].tolist()


@pytest.mark.parametrize(("n", "alpha"), [(2, 0.05), (10, 0.025), (300, 0.05), (2500, 0.05), (10, 1e-4)])
def test_the_bound_of_equal_returns_is_known_in_closed_form(n, alpha):
    assert lower_bound([500.0] * n, 100.0, alpha) == pytest.approx(best_bound(100.0, 500.0, n, alpha), rel=1e-12)
    assert alpha ** (2 / n) < best_bound(0.0, 1.0, n, alpha) < alpha ** (1 / n)


@settings(deadline=None)
@given(st.floats(-5, 5), st.floats(0.1, 50), st.floats(0.01, 0.995), st.sampled_from([0.05, 0.025, 0.00625]))
def test_as_many_episodes_as_are_said_to_do_are_enough_and_one_less_is_not(floor, spread, share, alpha):
    highest, bar = floor + spread, floor + share * spread
    n = episodes_needed(floor, highest, bar, alpha)
    assert n == 2 or best_bound(floor, highest, n - 1, alpha) < bar
    if n < 200:
        assert lower_bound([highest] * n, floor, alpha) >= bar


@pytest.mark.parametrize(("floor", "highest", "bar", "needed"), [
    (0.0, 500.0, 475.0, 61), (0.0, 1.0, 1.0, None), (0.0, 1.0, 2.0, None), (0.0, 0.0, 0.0, 2), (3.0, 3.0, 4.0, None),
    (0.0, 1.0, -1.0, 2), (0.0, 1.0, 1 - 1e-9, None),
])  # fmt: skip
def test_how_many_episodes_would_do_is_worked_by_hand(floor, highest, bar, needed):
    # ln .045325 / ln .95 = 60.3
    assert episodes_needed(floor, highest, bar, ALPHA) == needed


def cartpole(share):
    return lambda rng, shape: np.where(rng.random(shape) < share, rng.uniform(50, 450, shape), 500.0)


def failing(share):
    return lambda rng, shape: (rng.random(shape) >= share).astype(float)


@pytest.mark.parametrize(("draw", "truth", "n"), [
    (cartpole(0.02), 495.0, 10), (cartpole(0.02), 495.0, 50), (cartpole(0.1), 475.0, 20), (failing(0.1), 0.9, 50),
    (failing(0.5), 0.5, 20), (lambda rng, shape: rng.normal(3, 1, shape).clip(0), 3.0, 20),
])  # fmt: skip
def test_at_most_one_member_in_twenty_that_is_exactly_at_the_bar_passes(draw, truth, n):
    bounds = lower_bounds(list(draw(np.random.default_rng(n), (400, n))), 0.0, ALPHA)
    assert np.mean(bounds > truth) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_a_million_episodes_are_judged_in_seconds():
    sample, started = np.random.default_rng(0).random(1_000_000), time.monotonic()
    assert 0.4985 < lower_bound(sample, 0.0, ALPHA) < 0.5
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(("values", "floor", "alpha", "message"), [
    ([1.0, 1.0], 0.0, 9e-7, r"expected a lower bound at an alpha from 0\.000001 to 0\.5, got 9e-07; write a low"),
    ([1.0, 1.0], 0.0, math.nan, "expected a lower bound at an alpha"),
    ([1.0], 0.0, 0.05, "expected 2 to 1,000,000 finite returns at or above the floor 0, got 1 from 1 to 1"),
    ([1.0, -1.0], 0.0, 0.05, "got 2 from -1 to 1"),
    ([1.0, math.nan], 0.0, 0.05, "expected 2 to"),
    ([1.0, 1.0], math.nan, 0.05, "expected 2 to"),
])  # fmt: skip
def test_what_has_no_bound_is_refused(values, floor, alpha, message):
    with pytest.raises(GateError, match=message):
        lower_bound(values, floor, alpha)
