"""Each rule by numbers worked by hand, and the ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heredity.gate import bounds as rules
from heredity.gate import sequential_test


def test_the_mean_of_equal_returns_is_that_return_to_the_last_bit():
    for value in (0.1, 0.9, -200.3):
        assert rules.mean([value] * 100) == value
        assert rules.mean_minus_std([value] * 3, 2.0) == value
        assert rules.spread_bar([value] * 3, 2.0) == value


def test_mean_minus_std_is_worked_by_hand():
    assert rules.mean_minus_std([-1.0, -2.0, -3.0], 1.5) == -3.5


def test_a_quantile_is_bounded_by_an_order_statistic():
    # 8 values: P(Binomial(8, 1/2) ≤ 1) = 9/256 = .035, ≤ 2: 37/256 = .145, so the second smallest bounds the median
    values = [8.0, 1.0, 7.0, 2.0, 6.0, 3.0, 5.0, 4.0]
    assert rules.quantile_bound(values, 0.5, 0.05) == 2.0
    # 1/32 ≤ 0.05 < 1/16: five episodes are the fewest
    assert rules.fewest_for_quantile(0.5, 0.05) == 5
    assert rules.quantile_bound([3.0, 1.0, 2.0, 5.0, 4.0], 0.5, 0.05) == 1.0


@given(st.floats(0.05, 0.95), st.floats(0.01, 0.5))
def test_the_fewest_episodes_of_a_quantile_are_enough_and_one_less_is_not(quantile, alpha):
    fewest = rules.fewest_for_quantile(quantile, alpha)
    assert (1 - quantile) ** fewest <= alpha + 1e-12
    assert fewest == 2 or (1 - quantile) ** (fewest - 1) > alpha - 1e-12


def test_the_bars_of_a_population_are_worked_by_hand():
    assert rules.spread_bar([-3.0, -1.0], 2.0) == 0.0  # mean -2, population standard deviation 1
    assert rules.top_bar([1.0, 4.0, 3.0, 2.0], 2) == 3.0
    assert rules.top_bar([1.0, 4.0], 3) == 1.0


def test_a_challenger_that_always_wins_is_better_as_soon_as_the_ratio_says_so():
    # equal differences score sqrt(n): the ratio is n (0.3 - 0.045) = 0.255 n, which passes log(19) = 2.944 at n = 12
    ended = sequential_test.paired_test([2.0] * 50, alpha=0.05, beta=0.05, effect=0.3)
    assert (ended.verdict, ended.pairs) == ("better", 12)
    assert ended.ratio == pytest.approx(12 * 0.255)


def test_equal_returns_on_every_pair_leave_the_champion():
    # the ratio is -0.045 n, which passes -2.944 at n = 66
    ended = sequential_test.paired_test([0.0] * 100, alpha=0.05, beta=0.05, effect=0.3)
    assert (ended.verdict, ended.pairs) == ("not better", 66)
    assert sequential_test.paired_test([0.0] * 65, alpha=0.05, beta=0.05, effect=0.3).verdict == "undecided"


def test_a_worse_challenger_is_sent_away_early():
    differences = np.random.default_rng(0).normal(-0.5, 1.0, 200).tolist()
    ended = sequential_test.paired_test(differences, alpha=0.05, beta=0.05, effect=0.3)
    assert ended.verdict == "not better"
    assert sequential_test.FEWEST <= ended.pairs < 60


def test_a_fraction_of_a_negative_score_is_not_asked_beyond_it():
    assert rules.reference_threshold(-100.0, -500.0, 0.9) == pytest.approx(-140.0)
    assert rules.reference_threshold(10.0, 2.0, 0.5) == 6.0
