"""Decisions of several lineages as one, by numbers worked by hand."""

from dataclasses import replace

import pytest

from heredity.gate.decision import decide
from heredity.gate.lineages import merged
from heredity.gate.return_limits import ReturnLimit
from heredity.study.gate_rule import GateRule

FEW = {"m00": [500.0] * 10, "m01": [500.0] * 10}


def of(lineage, returns, **terms):
    named = {f"{lineage}/{name}": values for name, values in returns.items()}
    return decide(named, GateRule(), **{"threshold": 475.0, "floor": 0.0, "ceiling": 500.0, **terms})


def test_one_lineage_alone_is_its_own_decision():
    decision = decide(FEW, GateRule(), threshold=475.0)
    assert merged({"": decision}) is decision


def test_the_error_is_that_of_all_members_of_all_lineages():
    several = merged({lineage: of(lineage, FEW) for lineage in ("l00", "l01", "l02")})
    assert several.alpha == 0.05
    assert several.population_error.separate == pytest.approx(1 - 0.95**6)
    assert several.population_error.always == pytest.approx(0.3)
    family = decide({"l00/m00": [500.0] * 10}, GateRule(error="family"), threshold=475.0, floor=0.0)
    many = merged({f"l{lineage:02d}": family for lineage in range(30)})
    assert (many.population_error.separate, many.population_error.always) == (pytest.approx(1 - 0.95**30), 1.0)
    unknown = merged({"l00": of("l00", FEW), "l01": of("l01", FEW, floor=None)})
    assert (unknown.population_error, unknown.alpha, unknown.floor) == (None, None, None)


def test_what_lineages_differ_in_is_each_ones_own():
    known, stated = of("l00", FEW), of("l01", FEW, floor=-1.0, ceiling=600.0, threshold=450.0)
    several = merged({"l00": known, "l01": stated})
    assert (several.floor, several.ceiling, several.bar) == (None, None, None)
    alike = merged({"l00": known, "l01": of("l01", FEW)})
    assert (alike.floor, alike.ceiling, alike.bar) == (known.floor, known.ceiling, 475.0)
    assert alike.floor == ReturnLimit(0.0, "evaluate.floor")
    assert alike.f_test_p is None


def test_with_how_many_episodes_all_could_pass_is_the_most_that_any_lineage_needs():
    few, fewer, enough = of("l00", FEW), of("l01", FEW, threshold=450.0), of("l02", FEW, threshold=300.0)
    assert (few.episodes_needed, fewer.episodes_needed, enough.cannot_tell) == (61, 30, False)
    some = merged({"l01": fewer, "l00": few, "l02": enough})
    assert (some.cannot_tell, some.episodes_needed) == (True, 61)
    never = of("l03", FEW, threshold=500.0)
    assert (never.cannot_tell, never.episodes_needed) == (True, None)
    several = merged({"l00": few, "l03": never})
    assert (several.cannot_tell, several.episodes_needed) == (True, None)
    assert merged({"l02": enough, "l04": of("l04", FEW, threshold=300.0)}).cannot_tell is False


def test_names_ties_and_null_policies_stand_lineage_by_lineage():
    first, second = (
        of(lineage, FEW, threshold=300.0, null_returns={"random": [1.0, 2.0]}) for lineage in ("l00", "l01")
    )
    several = merged({"l00": first, "l01": second})
    assert several.passed == several.survivors == (*first.survivors, *second.survivors)
    assert several.ties == (first.survivors, second.survivors)
    assert list(several.nulls) == ["l00/random", "l01/random"]
    assert list(several.candidates) == [*first.candidates, *second.candidates]


def test_luck_is_the_mean_over_the_lineages_that_have_one():
    first = of("l00", {"m00": [0.0, 2.0], "m01": [4.0, 6.0]}, threshold=0.0)
    second = replace(of("l01", {"m00": [4.0, 5.0]}, threshold=0.0), selection_differential=3.0)
    several = merged({"l00": first, "l01": second})
    assert (several.reliability, several.selection_differential) == (first.reliability, 1.5)
    assert several.winners_curse == first.winners_curse
    assert (first.f_test_p is None, several.f_test_p) == (False, None)  # each lineage has its own
