"""Slopes of children on their parents worked by hand, and whether parents differ at all."""

import numpy as np
import pytest
import scipy

from heredity.transfer.families import equality_p, measured_by, regression


def test_the_slope_and_its_correction_are_worked_by_hand():
    # parents 0, 10, 20 with standard error 2 (episodes a mean ± 2): variance 100, of which 4 is noise
    returns = {name: [mean - 2, mean + 2] for name, mean in (("a", 0), ("b", 10), ("c", 20))}
    parents = {"x": ("a",), "y": ("b",), "z": ("c",), "w": ("c",)}
    line = regression(returns, parents, {"x": 1.0, "y": 4.0, "z": 12.0, "w": 10.0})
    assert line.slope.value == pytest.approx(0.5)  # families 1, 4, 11
    assert line.intercept == pytest.approx(1 / 3)
    assert line.reliability == pytest.approx(0.96)
    assert line.corrected.value == pytest.approx(0.5 / 0.96)
    # residuals 2/3, -4/3, 2/3: squares add up to 8/3, one degree of freedom, squares of parents to 200
    assert line.slope.high - line.slope.value == pytest.approx(12.706 * (8 / 3 / 200) ** 0.5, rel=1e-3)
    assert (line.families, line.slope.n) == (3, 4)


def test_the_correction_has_what_both_intervals_allow():
    returns = {name: [mean - 2, mean + 2] for name, mean in (("a", 0), ("b", 10), ("c", 20))}
    parents = {"x": ("a",), "y": ("b",), "z": ("c",)}

    def fitted(spread, slope=0.5):
        children = {"x": 0.0, "y": 10 * slope + spread, "z": 20 * slope}
        return regression(returns, parents, children)

    # F = 100 / 4 of 2 and 3 degrees of freedom, whose quantiles are 0.02553 and 16.0441
    least, most = 1 - 0.04 * 16.0441, 1 - 0.04 * 0.0255344
    line = fitted(0.01)
    assert (line.corrected.low, line.corrected.high) == pytest.approx(
        (line.slope.low / most, line.slope.high / least), rel=1e-4
    )
    line = fitted(1.0)  # its interval holds 0
    assert (line.corrected.low, line.corrected.high) == pytest.approx(
        (line.slope.low / least, line.slope.high / least), rel=1e-4
    )
    noisier = {name: [value * 5 - np.mean(values) * 4 for value in values] for name, values in returns.items()}
    for slope in (0.5, -0.5):  # F = 1 leaves nothing of the reliability, 1 − 1 · 0.0255 at most
        line = regression({**noisier, "a": [-9.0, 9.0]}, parents, {"x": 0.0, "y": 10 * slope, "z": 20 * slope})
        assert line.reliability < 0.2
        ends = (line.corrected.low, line.corrected.high)
        assert (ends[slope > 0] is None) and abs(ends[slope < 0]) == pytest.approx(0.5, rel=0.05)


def test_two_families_give_a_slope_without_an_interval():
    line = regression({"a": [0.0, 10.0], "b": [1.0, 11.0]}, {"x": ("a",), "y": ("b",)}, {"x": 1.0, "y": 2.0})
    assert (line.reliability, line.corrected, line.slope.value) == (0.0, None, 1.0)
    assert (line.slope.low, line.slope.high) == (None, None)


def test_one_family_or_equal_parents_have_no_slope():
    returns = {"a": [0.0, 10.0], "b": [4.0, 6.0]}
    assert regression(returns, {"x": ("a",), "y": ("a",)}, {"x": 1.0, "y": 2.0}) is None
    assert regression(returns, {"x": ("a",), "y": ("b",)}, {"x": 1.0, "y": 2.0}) is None


def test_a_family_is_held_against_those_of_its_own_lineage_alone():
    """Within both lineages a child has half of what its parent is better by, however the lineages lie."""
    returns = {
        "l00/a": [0.0, 0.0], "l00/b": [10.0, 10.0],
        "l01/a": [100.0, 100.0], "l01/b": [104.0, 104.0], "l02/a": [50.0, 50.0],
    }  # fmt: skip
    parents = {"l00/x": ("l00/a",), "l00/y": ("l00/b",), "l01/x": ("l01/a",), "l01/y": ("l01/b",), "l02/x": ("l02/a",)}
    children = {"l00/x": 0.0, "l00/y": 5.0, "l01/x": -70.0, "l01/y": -68.0, "l02/x": 1000.0}
    line = regression(returns, parents, children)
    assert line.slope.value == pytest.approx(0.5)
    assert (line.slope.low, line.slope.high) == pytest.approx((0.5, 0.5))  # no residual, one degree of freedom
    assert (line.families, line.slope.n, line.reliability) == (4, 4, 1.0)
    bent = regression(returns, parents, children | {"l00/y": 6.0}).slope
    # 34 / 58, residuals whose squares add up to 2 / 29, and four families less two lineages less the slope: t of 12.706
    assert (bent.value, bent.high - bent.value) == pytest.approx((34 / 58, 12.7062 * (2 / 29 / 58) ** 0.5), rel=1e-4)
    # the line goes through the families' centre
    assert line.intercept + 0.5 * (0 + 10 + 100 + 104) / 4 == pytest.approx((0 + 5 - 70 - 68) / 4)


def test_the_test_of_equal_parents_is_scipys():
    rng = np.random.default_rng(3)
    returns = {name: rng.normal(mean, 1, size) for name, mean, size in (("a", 0, 5), ("b", 0.5, 9), ("c", 1, 7))}
    assert equality_p(returns) == pytest.approx(scipy.stats.f_oneway(*returns.values()).pvalue)


def test_parents_of_different_lineages_are_not_tested_against_one_another():
    rng = np.random.default_rng(4)
    returns = {f"l0{place % 2}/m{place}": rng.normal(100 * (place % 2), 1, 10) for place in range(4)}
    assert equality_p(returns) > 0.05
    # what is left of each lineage's mean, with a degree of freedom less for each lineage
    groups = [[returns["l00/m0"], returns["l00/m2"]], [returns["l01/m1"], returns["l01/m3"]]]
    between = sum(10 * 2 * np.var([each.mean() for each in group]) for group in groups) / 2
    within = sum(9 * np.var(each, ddof=1) for group in groups for each in group) / 36
    assert equality_p(returns) == pytest.approx(scipy.stats.f.sf(between / within, 2, 36))


@pytest.mark.parametrize(
    ("returns", "p"),
    [
        ({"a": [0.1] * 3}, 1.0),
        ({"a": [0.1] * 3, "b": [0.1] * 7}, 1.0),
        ({"a": [0.1] * 3, "b": [0.2] * 7}, 0.0),
        ({"l00/a": [0.1, 0.2], "l01/a": [5.1, 5.2]}, 1.0),
    ],
)
def test_returns_without_spread_are_equal_or_are_not(returns, p):
    assert equality_p(returns) == p


def test_what_did_not_choose_the_parents_measures_them_where_all_have_it():
    members, confirmed = {"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 1.5, "b": 2.5}
    assert measured_by(members, confirmed, {"a", "b"}) == confirmed
    assert measured_by(members, confirmed, {"a", "c"}) == members
