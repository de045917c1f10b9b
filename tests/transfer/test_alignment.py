"""What no comparison can use is refused, naming arm and member."""

import math

import pytest

from heredity.errors import CurveError
from heredity.transfer import comparison
from heredity.transfer.alignment import Arm, checked_curves
from heredity.transfer.survival import Time, time_to_threshold
from tests.transfer.test_comparison import compare, line, many


def compared(inherited, control=None, **settings):
    settings = {"threshold": 1.0, "budget": 100, "source_steps": 0, **settings}
    return compare(many(*inherited), many(line(0, 1)) if control is None else control, **settings)


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        (([], []), "inherited m00: expected two lists of equal length"),
        (([0, 1], [0.0]), "inherited m00: expected two lists of equal length"),
        (([0, 2, 1], [0.0, 1.0, 2.0]), "inherited m00: expected steps that rise from 0"),
        (([0, 1, 1], [0.0, 1.0, 2.0]), "inherited m00: expected steps that rise from 0"),
        (([5, 6], [0.0, 1.0]), "inherited m00: expected steps that rise from 0, got 5"),
        (([0, 1], [0.0, math.nan]), "inherited m00: expected finite steps and returns"),
    ],
)
def test_a_curve_that_is_none_is_refused_by_arm_and_member(curve, message):
    with pytest.raises(CurveError, match=message):
        compared([curve])


def test_a_curve_that_was_given_up_is_seen_not_to_have_reached_the_threshold_until_the_budget():
    short = ([0, 10], [0.0, 0.5])
    for gives_up, end in ((False, 10.0), (True, 100.0)):
        (curve,) = checked_curves("inherited", Arm({"m00": short}, 100, gives_up=gives_up)).values()
        assert time_to_threshold(curve, 1.0) == Time(end, False)
        assert time_to_threshold(curve, 0.5) == Time(10.0, True)


def test_empty_arms_and_budgets_are_refused():
    with pytest.raises(CurveError, match="control: expected the curve of at least one member, got none"):
        compared([line(0, 1)], {})
    with pytest.raises(CurveError, match=r"expected a positive budget and a finite threshold, got 0 and 1\.0"):
        compared([line(0, 1)], budget=0)
    with pytest.raises(CurveError, match="expected a control of at least the inherited budget of 100 steps, got 50"):
        compared([line(0, 1)], control_budget=50)


def test_ancestors_steps_that_are_missing_or_negative_are_refused():
    with pytest.raises(CurveError, match="inherited m01: expected its ancestors' steps in source_steps, got none"):
        compared([line(0, 1), line(0, 1)], source_steps={"m00": 1})
    with pytest.raises(CurveError, match="inherited m00: expected ancestors' steps from 0, got -1"):
        compared([line(0, 1)], source_steps=-1)


def test_pairs_need_the_same_members_in_both_arms():
    with pytest.raises(CurveError, match="expected the same members, or units, in both arms of a paired"):
        compared([line(0, 1), line(0, 1)], paired=True)


def with_units(units, **more):
    curves = many(line(0, 1), line(0, 1))
    return comparison.compare(Arm(curves, 100, units=units, **more), Arm(curves, 100), threshold=1.0)


def test_a_member_without_unit_is_refused_failed_ones_too():
    with pytest.raises(CurveError, match="inherited m01: expected the unit that it belongs to in units, got none"):
        with_units({"m00": "a"})
    with pytest.raises(CurveError, match="inherited m02: expected the unit that it belongs to in units, got none"):
        with_units({"m00": "a", "m01": "a"}, failed=["m02"])


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ({"a": 3}, "inherited a: expected in lost a unit that ended before"),
        ({"b": 0}, "at least 1 that it counts for, got 0"),
    ],
)
def test_a_lost_unit_has_no_members_and_counts_for_some(lost, message):
    with pytest.raises(CurveError, match=message):
        with_units({"m00": "a", "m01": "a"}, lost=lost)


def test_pairs_need_a_curve_in_both_arms():
    units = {"m00": "a", "m01": "b"}
    arms = [
        Arm(many(line(0, 1)), 100, failed=["m01"], units=units),
        Arm({"m01": line(0, 1)}, 100, failed=["m00"], units=units),
    ]
    with pytest.raises(CurveError, match="expected a curve in both arms of at least one pair, got none"):
        comparison.compare(*arms, threshold=1.0, paired=True)
