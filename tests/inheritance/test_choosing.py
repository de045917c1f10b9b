"""Who may be a donor, and in which order."""

import pytest

from heredity.gate.record import Candidate, GateRecord, Raced
from heredity.inheritance.choosing import Order, ordered, pool
from heredity.inheritance.parents import draw_names
from heredity.study.inherit_rule import InheritRule

EIGHT = {f"m0{place}": 100.0 for place in range(8)}


def gate(survivors, failed=(), means=None, race=None):
    """Return what a gate has on record of members, best first: means of 10, 9, … where nothing else is said."""
    judged = [*survivors, *failed]
    means = {name: 10.0 - place for place, name in enumerate(judged)} | (means or {})
    passed = tuple(name for name in survivors if name not in failed)
    candidates = {name: Candidate(5, means[name], means[name], name in passed, "", "mean") for name in sorted(judged)}
    return GateRecord("mean", passed=passed, survivors=tuple(survivors), candidates=candidates, race=race)


def chosen(rule, record, living, seed=0):
    everybody = pool(InheritRule(**rule), record, "", record.survivors, living, seed)
    return everybody, list(everybody.donors(everybody.names))


def test_equal_ones_are_drawn_by_a_seed_and_not_by_name():
    orders = [ordered(EIGHT, seed) for seed in range(20)]
    assert len({each.names[:3] for each in orders}) > 10
    assert {name for each in orders for name in each.names[:3]} == set(EIGHT)
    assert ordered(dict(reversed(EIGHT.items())), 3) == orders[3]
    assert all(each.drawn == (each.names,) and set(each.names) == set(EIGHT) for each in orders)


def test_the_best_come_first_who_has_no_return_last_and_only_ties_are_drawn():
    order = ordered({"a": None, "b": -2.0, "c": 5.0, "d": -2.0, "e": None}, 1)
    assert order.names[0] == "c"
    assert [set(each) for each in (order.names[1:3], order.names[3:])] == [{"b", "d"}, {"a", "e"}]
    assert order.drawn == (order.names[1:3], order.names[3:])
    assert ordered({"a": 1.0, "b": 2.0}, 0) == Order(("b", "a"))


def test_an_order_that_a_gate_has_drawn_is_kept():
    for seed in range(5):
        order = ordered({"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0}, seed, settled=("c", "a"))
        assert order.names[:2] == ("c", "a")
        assert order.drawn == (order.names[2:],)


@pytest.mark.parametrize(("most", "count"), [(None, 3), (2, 2), (9, 3)])
def test_survivors_are_donors_in_the_gates_order_as_many_as_may(most, count):
    record = gate(["m02", "m00", "m01"], ["m03"])
    everybody, first = chosen({"at_most": most}, record, ["m00", "m01", "m02", "m03"])
    assert (everybody.names, first) == (("m02", "m00", "m01"), ["m02", "m00", "m01"][:count])
    assert everybody.means == {"m02": 10.0, "m00": 9.0, "m01": 8.0}
    assert not everybody.drawn


def test_random_donors_are_drawn_from_all_that_live_as_many_as_survivors_would_be():
    living = [f"m0{place}" for place in range(8)]
    record = gate(living[:5], living[5:7])
    for most, count in ((None, 5), (3, 3)):
        draws = [chosen({"donors": "random", "at_most": most}, record, living, seed)[1] for seed in range(30)]
        assert {len(each) for each in draws} == {count}
        assert {name for each in draws for name in each} == set(living)
        assert draws[7] == draw_names(living, count, 7)


def test_failed_donors_are_those_that_the_gate_judged_and_did_not_let_pass():
    living = ["m00", "m01", "m02", "m03", "m04"]
    record = gate(["m02"], ["m00", "m01", "m04"])
    assert chosen({"donors": "failed"}, record, living)[1] == ["m00", "m01", "m04"]
    assert chosen({"donors": "failed", "at_most": 2}, record, living)[1] == ["m00", "m01"]
    assert chosen({"donors": "failed"}, record, ["m02", "m01"])[1] == ["m01"]  # of whom there are models
    assert chosen({"donors": "failed"}, gate(["m02", "m00"]), living)[1] == []
    nobody_passed = gate(["m01"], ["m01", "m00"], {"m01": 3.0, "m00": 2.0})  # the best of them, as a fallback
    assert chosen({"donors": "failed"}, nobody_passed, living)[1] == ["m01", "m00"]
    equal = gate(["m01"], ["m01", "m00", "m04"], dict.fromkeys(("m01", "m00", "m04"), 2.0))
    for seed in range(6):
        everybody, failed = chosen({"donors": "failed"}, equal, living, seed)
        assert failed[0] == "m01"  # whom the gate drew
        assert everybody.drawn == (tuple(failed[1:]),)


def test_worst_donors_are_as_many_as_survivors_would_be_from_the_end_of_all_that_live():
    living = ["m00", "m01", "m02", "m03", "m04"]
    record = gate(["m02", "m00", "m04"], ["m01", "m03"])
    everybody, worst = chosen({"donors": "worst", "at_most": 2}, record, living)
    assert everybody.names == ("m02", "m00", "m04", "m01", "m03")
    assert worst == ["m01", "m03"]  # best first, as all donors are
    assert chosen({"donors": "worst"}, record, living)[1] == ["m04", "m01", "m03"]


def test_the_worst_of_one_member_is_that_one_and_of_no_survivor_nobody_is():
    assert chosen({"donors": "worst"}, gate(["m00"]), ["m00"])[1] == ["m00"]
    assert chosen({"donors": "worst"}, gate([], ["m00", "m01"]), ["m00", "m01"])[1] == []


def test_members_that_lost_the_race_and_those_that_nobody_saw_stand_behind_those_that_the_gate_judged():
    race = {"m00": Raced(3, 1.0), "m01": Raced(3, 99.0), "m02": Raced(3, 50.0), "m04": Raced(3, 50.0)}
    everybody, worst = chosen({"donors": "worst"}, gate(["m00"], race=race), ["m00", "m01", "m02", "m03", "m04"])
    assert everybody.names in (("m00", "m01", "m02", "m04", "m03"), ("m00", "m01", "m04", "m02", "m03"))
    assert everybody.drawn == (everybody.names[2:4],)
    assert worst == ["m03"]
    assert everybody.means == {"m00": 10.0, "m01": 99.0, "m02": 50.0, "m04": 50.0}


def test_equal_ones_that_failed_are_drawn_and_those_that_passed_stand_as_the_gate_drew_them():
    names = [f"m0{place}" for place in range(6)]
    record = gate(["m05", "m01"], ["m00", "m02", "m03", "m04"], dict.fromkeys(names, 7.0))
    worst = [chosen({"donors": "worst"}, record, names, seed) for seed in range(20)]
    assert {everybody.names[:2] for everybody, _ in worst} == {("m05", "m01")}
    assert len({tuple(last) for _, last in worst}) > 5
    assert all(everybody.drawn == (everybody.names[2:],) for everybody, _ in worst)
