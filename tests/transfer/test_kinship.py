"""What of a generation is independent, and may be counted."""

import copy
from dataclasses import replace

import pytest

from heredity.inheritance.pedigree import Birth
from heredity.pipeline.resolve import resolved
from heredity.study.load import load_study
from heredity.transfer.inference import Design
from heredity.transfer.kinship import Kinship, contrasted, kinship, too_few_lineages
from heredity.transfer.plan import comparison_plan


@pytest.fixture
def plan(tiny, write_study):
    """Return a function that makes the plan of the tiny study with some keys of its own."""

    def of(**changes):
        return comparison_plan(resolved(load_study(write_study({**copy.deepcopy(tiny), **changes}))))

    return of


def births(parents):
    return {
        child: Birth(child, names, "copy" if names else "fresh", {}, tuple("0" for _ in names), "1", 0, 0.0)
        for child, names in parents.items()
    }


FEW = {f"l0{lineage}/m0{member}": (f"l0{lineage}/m00",) for lineage in range(3) for member in range(2)}
MANY = {f"l0{lineage}/m0{member}": (f"l0{lineage}/m0{member}",) for lineage in range(3) for member in range(4)}


def test_of_several_lineages_each_is_one_unit(plan):
    kin = kinship(plan(lineages=4, population=4), "second", births(MANY), {"l03": "nobody passed"})
    assert (kin.design.unit, kin.design.one_of_each, kin.design.untested) == ("lineages", False, "")
    assert kin.lost == {"l03": 4}
    assert kin.units_of(MANY, has_parents=True) == {name: name[:3] for name in MANY}
    assert kin.units_of(["l02/m07"], has_parents=False) == {"l02/m07": "l02"}
    assert kin.notes() == []


def test_of_fewer_than_three_parents_in_some_lineage_one_heir_is_tested(plan):
    mixed = {**MANY, "l00/m00": ("l00/m01",), "l00/m02": ("l00/m01",), "l00/m03": ("l00/m01",)}
    assert kinship(plan(lineages=3), "second", births(FEW), {}).design.one_of_each
    assert kinship(plan(lineages=3), "second", births(mixed), {}).design.one_of_each
    fresh = {**mixed, "l00/m02": (), "l00/m03": ()}  # two immigrants beside heirs of one parent
    assert not kinship(plan(lineages=3), "second", births(fresh), {}).design.one_of_each


def test_one_lineage_counts_parents_and_tests_nothing(plan):
    kin = kinship(plan(), "second", births({"m00": ("m01",), "m01": ("m01",), "m02": ("m00",), "m03": ()}), {})
    assert (kin.design.unit, kin.parents) == ("parents", 2)
    assert kin.units_of(["m00", "m01", "m02", "m03"], has_parents=True) == {
        "m00": "m01", "m01": "m01", "m02": "m00", "m03": "m03"
    }  # fmt: skip
    assert kin.units_of(["m00", "m01"], has_parents=False) is None
    assert kin.design.untested.endswith("its comparison needs at least 5 (lineages: 5)")
    assert kin.notes()[0].startswith("4 inherited members descend from 2 parents")


@pytest.mark.parametrize(("tests", "needed"), [(1, 5), (2, 5), (12, 6)])
def test_how_many_lineages_are_needed_is_said_by_the_number_of_tests(plan, tiny, tests, needed):
    last = tiny["generations"]["second"]
    generations = {**tiny["generations"], **{f"g{place}": last for place in range(1, tests)}}
    named = ["second", *(f"g{place}" for place in range(1, tests))]
    kin = kinship(
        plan(generations=generations, control={"generations": named}), "second", births({"m00": ("m00",)}), {}
    )
    assert kin.design.untested.endswith(f"at least {needed} (lineages: {needed})")


@pytest.mark.parametrize("lineages", [1, 3])
def test_heirs_of_imported_models_are_independent_given_these(plan, lineages):
    names = {name.rpartition("/")[2] if lineages == 1 else name: ("walker",) for name in MANY}
    kin = kinship(plan(lineages=lineages), "first", births(names), {})
    assert (kin.design.unit, kin.parents, kin.design.untested) == ("members", 1, "")
    assert kin.units_of(names, has_parents=True) is None


def branches(count):
    """Return a study's pairs, and the generations that they name beside the second one."""
    names = [f"b{place}" for place in range(count)]
    return [["second", name] for name in names], names


@pytest.mark.parametrize(
    ("pairs", "controls", "needed"), [(1, 0, 6), (2, 0, 7), (3, 0, 7), (2, 1, 7), (4, 0, 8), (3, 1, 8), (0, 1, 5)]
)
def test_pairs_of_lineages_need_more_of_them_than_arms_do(plan, tiny, pairs, controls, needed):
    compare, names = branches(pairs)
    generations = tiny["generations"] | dict.fromkeys(names, tiny["generations"]["second"])
    control = {"generations": ["second"] if controls else []}
    changes = {"compare": compare, "generations": generations, "control": control}
    kin = kinship(plan(**changes), "second", births({"m00": ("m00",)}), {})
    assert kin.design.untested.endswith(f"at least {needed} (lineages: {needed})")
    tests = pairs + controls
    assert 2 ** (1 - needed) * tests <= 0.05 or not pairs
    if pairs:
        assert 2 ** (2 - needed) * tests > 0.05


def test_a_check_says_how_many_lineages_a_contrast_needs(tiny, write_study):
    generations = tiny["generations"] | {"other": tiny["generations"]["second"]}
    changes = {"compare": [["second", "other"]], "generations": generations, "control": {"generations": []}}
    few = load_study(write_study({**tiny, **changes, "lineages": 5}))
    assert too_few_lineages(few) == (
        "5 lineages give estimates and no verdict: one on the comparison needs 6 (lineages: 6)"
    )
    assert too_few_lineages(load_study(write_study({**tiny, **changes, "lineages": 6}))) == ""
    both = load_study(write_study({**tiny, **changes, "lineages": 6, "control": {"generations": ["second"]}}))
    assert too_few_lineages(both) == (
        "6 lineages give no verdict between branches, one against a control: both need 7 (lineages: 7)"
    )
    fewer = load_study(write_study({**tiny, **changes, "lineages": 3, "control": {"generations": ["second"]}}))
    assert too_few_lineages(fewer).endswith("no verdict: one on all 2 comparisons needs 7 (lineages: 7)")
    roots = {"first": tiny["generations"]["first"], "other": tiny["generations"]["first"]}
    alone = {**tiny, "compare": [["first", "other"]], "generations": roots, "control": {"generations": []}}
    assert too_few_lineages(load_study(write_study(alone))) == ""  # members are independent there


def test_heirs_of_far_more_parents_are_tested_one_by_one(plan):
    several = plan(lineages=7)
    few, more = (Kinship(Design("lineages"), sources=count) for count in (1, 3))
    assert contrasted(several, few, more)[0].design.one_of_each
    assert not contrasted(several, more, replace(more, sources=6.0))[1].design.one_of_each
    assert not contrasted(several, few, few)[0].design.one_of_each
