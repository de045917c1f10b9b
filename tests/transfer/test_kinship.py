"""What of a generation is independent, and may be counted."""

import copy

import pytest

from heredity.inheritance.pedigree import Birth
from heredity.pipeline.resolve import resolved
from heredity.study.load import load_study
from heredity.transfer.kinship import kinship
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
