"""Each rule by numbers worked by hand, and the ties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heredity.gate import bounds as rules
from heredity.gate import sequential_test

SKEWED = [1.0, 0.95, 0.93, 0.9] * 10 + [0.9, 0.0]


def test_the_mean_of_equal_returns_is_that_return_to_the_last_bit():
    for value in (0.1, 0.9, -200.3):
        assert rules.mean([value] * 100) == value
        assert rules.lower_bound([value] * 7, 0.95) == value
        assert rules.mean_minus_std([value] * 3, 2.0) == value
        assert rules.spread_bar([value] * 3, 2.0) == value


def test_students_bound_is_worked_by_hand():
    # mean 3, sample standard deviation 1, n = 3, t(0.95, 2) = 2.9200: 3 - 2.92 / sqrt(3)
    for center in (3.0, -3.0):
        sample = [center - 1, center, center + 1]
        assert rules.choose_method(sample) == "student"
        assert rules.lower_bound(sample, 0.95) == pytest.approx(center - 2.919986 / math.sqrt(3), abs=1e-5)


def test_wilsons_bound_is_worked_by_hand():
    # 9 of 10, z = 1.6449: centre .9 + .13528 = 1.03528, reach sqrt(.09/10 + 2.7055/400) 1.6449 = .20651; over 1.27055
    sample = [1.0] * 9 + [0.0]
    assert rules.choose_method(sample) == "wilson"
    assert rules.lower_bound(sample, 0.95) == pytest.approx((1.03528 - 0.20651) / 1.27055, abs=1e-4)


def test_rare_failures_are_bounded_by_the_bootstrap_below_students():
    assert rules.choose_method(SKEWED) == "bootstrap"
    assert rules.choose_method([-value for value in SKEWED]) == "student"
    bound = rules.lower_bound(SKEWED, 0.95)
    assert bound == rules.lower_bound(SKEWED, 0.95, "bootstrap", seed=0)
    assert bound != rules.lower_bound(SKEWED, 0.95, "bootstrap", seed=1)
    assert bound < rules.lower_bound(SKEWED, 0.95, "student")
    assert rules.lower_bound([1.0] * 8 + [0.9, 0.0], 0.95) == 0.0  # not below what was seen


def test_the_bootstrap_agrees_with_student_where_student_is_right():
    sample = np.random.default_rng(0).normal(-5.0, 2.0, 200).tolist()
    student, bootstrap = (rules.lower_bound(sample, 0.95, method) for method in ("student", "bootstrap"))
    assert bootstrap == pytest.approx(student, abs=0.02)


def test_mean_minus_std_is_worked_by_hand():
    assert rules.mean_minus_std([-1.0, -2.0, -3.0], 1.5) == -3.5


def test_a_quantile_is_bounded_by_an_order_statistic():
    # 8 values: P(Binomial(8, 1/2) ≤ 1) = 9/256 = .035, ≤ 2: 37/256 = .145, so the second smallest bounds the median
    values = [8.0, 1.0, 7.0, 2.0, 6.0, 3.0, 5.0, 4.0]
    assert rules.quantile_bound(values, 0.5, 0.95) == 2.0
    # 1/32 ≤ 0.05 < 1/16: five episodes are the fewest
    assert rules.fewest_for_quantile(0.5, 0.95) == 5
    assert rules.quantile_bound([3.0, 1.0, 2.0, 5.0, 4.0], 0.5, 0.95) == 1.0


@given(st.floats(0.05, 0.95), st.floats(0.5, 0.99))
def test_the_fewest_episodes_of_a_quantile_are_enough_and_one_less_is_not(quantile, confidence):
    fewest = rules.fewest_for_quantile(quantile, confidence)
    assert (1 - quantile) ** fewest <= 1 - confidence + 1e-12
    assert fewest == 2 or (1 - quantile) ** (fewest - 1) > 1 - confidence - 1e-12


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
