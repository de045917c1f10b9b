"""Which members are one unit, worked by hand."""

import numpy as np
import pytest

from heredity.errors import CurveError
from heredity.transfer.units import LEFT_OUT, units_of

OWNERS = {"a0": "a", "b0": "b", "a1": "a", "a2": "a"}
UNITS = units_of("inherited", [*OWNERS], OWNERS)


def test_a_units_datum_is_the_mean_over_its_members():
    assert UNITS.names == ("a", "b")
    assert UNITS.sizes.tolist() == [3, 1]
    assert UNITS.means(np.array([1.0, 10.0, 2.0, 6.0])).tolist() == [3, 10]
    assert UNITS.latest(np.array([1.0, 10.0, 2.0, 6.0])).tolist() == [6, 10]


def test_each_member_is_a_unit_by_itself_where_nothing_is_said():
    assert units_of("control", ["x", "y"], None).means(np.array([0.1, 0.7])).tolist() == [0.1, 0.7]


def test_a_resample_counts_each_unit_as_often_as_it_was_picked():
    assert UNITS.counts(np.array([[0, 0], [1, 0], [1, 1]], np.uint8)).tolist() == [[2, 0], [1, 1], [0, 2]]


def test_units_left_out_are_in_no_mean_and_the_rest_stand_in_the_order_asked_for():
    turned = UNITS.restricted_to(["b", "a"])
    assert turned.means(np.array([1.0, 10.0, 2.0, 6.0])).tolist() == [10, 3]
    alone = UNITS.restricted_to(["b"])
    assert alone.index.tolist() == [LEFT_OUT, 0, LEFT_OUT, LEFT_OUT]
    assert alone.means(np.array([1.0, 10.0, 2.0, 6.0])).tolist() == [10]


def test_whom_a_unit_sends_depends_on_the_seed_the_arm_and_its_own_members_alone():
    def sent(owners, seed=0, arm="inherited"):
        drawn = units_of(arm, [*owners], owners).at_most(1, seed, arm)
        return {owners[name]: name for name, unit in zip(owners, drawn.index, strict=True) if unit != LEFT_OUT}

    many = {f"{unit}{k:02d}": unit for unit in "abcdef" for k in range(8)}
    assert sent(many) == sent(dict(reversed(many.items())))
    assert sent({name: unit for name, unit in many.items() if unit != "a"}).items() <= sent(many).items()
    assert len({tuple(sent(many, seed, arm).values()) for seed in range(5) for arm in ("inherited", "control")}) == 10
    assert len({sent(many, seed)["a"] for seed in range(100)}) == 8


def test_at_most_so_many_are_drawn_of_each_unit():
    drawn = UNITS.at_most(2, 0, "control")
    assert drawn.sizes.tolist() == [2, 1]
    assert UNITS.at_most(3, 0, "control").index.tolist() == UNITS.index.tolist()


def test_a_member_without_unit_is_refused():
    with pytest.raises(CurveError, match="inherited c0: expected the unit that it belongs to in units, got none"):
        units_of("inherited", ["a0", "c0"], OWNERS)
