"""Student's intervals of means and differences, Fieller's of quotients."""

import numpy as np
import pytest
import scipy

from heredity.transfer.student import Measured, less, mean_of, quotient, quotient_of_means, weighted_sum

FIRST = np.array([4.0, 6.0, 9.0, 5.0])
SECOND = np.array([1.0, 2.0, 2.5])


def test_a_mean_has_students_interval():
    one = mean_of(FIRST).estimate()
    expected = scipy.stats.ttest_1samp(FIRST, 0).confidence_interval(0.95)
    assert (one.value, one.low, one.high) == pytest.approx((6.0, expected.low, expected.high))
    assert one.n == 4


def test_a_difference_has_welchs_interval():
    one = less(mean_of(FIRST), mean_of(SECOND)).estimate()
    expected = scipy.stats.ttest_ind(FIRST, SECOND, equal_var=False).confidence_interval(0.95)
    assert (one.low, one.high) == pytest.approx((expected.low, expected.high))
    assert one.n == 7


def test_a_single_number_has_no_interval_and_is_not_clearly_positive():
    alone = mean_of(np.array([5.0]))
    assert (alone.estimate().value, alone.estimate().low, alone.estimate().high) == (5.0, None, None)
    assert not alone.clearly_positive
    assert less(mean_of(FIRST), alone).estimate().low is None
    assert quotient(mean_of(FIRST), alone) is None
    assert quotient(alone, mean_of(FIRST)).low is None


def test_equal_numbers_have_an_interval_without_width():
    steady = mean_of(np.array([3.0, 3.0]))
    assert (steady.estimate().low, steady.estimate().high) == (3.0, 3.0)
    one = weighted_sum([steady, steady], [2, -1], 4).estimate()
    assert (one.value, one.low, one.high) == (3.0, 3.0, 3.0)


def test_the_ends_of_a_quotient_are_those_at_which_the_pairs_just_agree():
    """So that numerator − end · denominator has 0 at an end of Student's interval."""
    rng = np.random.default_rng(1)
    under = 3 + rng.standard_normal(8)
    over = 0.5 * under + 0.3 * rng.standard_normal(8)
    one = quotient_of_means(over, under)
    assert one.value == pytest.approx(over.mean() / under.mean())
    for end in (one.low, one.high):
        assert scipy.stats.ttest_1samp(over - end * under, 0).pvalue == pytest.approx(0.05)
    assert one.low < one.value < one.high


def test_independent_numbers_have_a_quotient_each_with_its_own_quantile():
    over, under = Measured(1.0, 0.04, 5, 7), Measured(2.0, 0.09, 200, 12)
    one = quotient(over, under)
    for end in (one.low, one.high):
        assert (1 - 2 * end) ** 2 == pytest.approx(over.reach**2 + end**2 * under.reach**2)


@pytest.mark.parametrize("value", [-3.0, 0.0, 0.5])
def test_there_is_no_quotient_by_what_is_not_clearly_positive(value):
    assert quotient(Measured(1.0, 0.01, 10, 11), Measured(value, 0.1, 10, 11)) is None


def test_quotients_of_pairs_hold_the_truth_as_often_as_they_say():
    rng, held = np.random.default_rng(0), 0
    for _ in range(1000):
        under = rng.normal(4, 3, 6)
        one = quotient_of_means(0.5 * under + rng.normal(0, 1, 6), under)
        held += one is not None and one.low <= 0.5 <= one.high
        held += one is None and abs(scipy.stats.ttest_1samp(under, 0).statistic) < 2.571  # unbounded, and so it holds
    assert held == pytest.approx(950, abs=30)
