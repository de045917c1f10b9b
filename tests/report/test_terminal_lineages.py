"""A pedigree of many members: lineages in lines, and one of them opened."""

from dataclasses import replace

import pytest
from rich.console import Console

from heredity.errors import HeredityError
from heredity.gate.record import GateRecord, LineageGate
from heredity.inheritance.pedigree import Pedigree
from heredity.report.terminal import drawn_pedigree
from heredity.report.terminal_lineages import births_at, drawn_lineages, has_many_births, how_to_open


def lines(drawn):
    console = Console(width=80)
    with console.capture() as captured:
        console.print(drawn)
    return [" ".join(line.strip(" │├└─").split()) for line in captured.get().splitlines()]


def test_a_line_is_a_lineage_in_a_generation(wide):
    assert has_many_births(wide.pedigree)
    said = lines(drawn_pedigree(wide))
    assert len(said) == 1 + 3 * 3
    assert said[:3] == ["tiny: founders", "l00", "first 0 of 40 passed"]
    assert said[3] == "second 0 of 40 passed of m00, m01"
    assert said[8].startswith("first 40 of 40 passed m39 90.0 [")


def test_heirs_of_unequal_numbers_are_counted_and_of_many_parents_only_these(wide):
    births = dict(wide.pedigree.births)
    for place, parents in (
        ("l00/m00", ("l00/m01",)),
        *((f"l01/m{each:02}", (f"l01/m{each:02}",)) for each in range(9)),
    ):
        births["second", place] = replace(births["second", place], parents=parents)
    said = lines(drawn_lineages(wide.study, Pedigree(births), {}, {}))
    assert said[3] == "second 40 members of m01 ×21, m00 ×19"
    assert said[6] == "second 40 members of 9 parents"


def test_a_lineage_that_ended_says_why_and_so_does_a_generation_that_never_came(wide):
    births = {place: birth for place, birth in wide.pedigree.births.items() if place[0] == "first" or "l01" in place[1]}
    gates = {"second": GateRecord(lineages={"l00": LineageGate(ended="nobody [passed]")})}
    said = lines(drawn_lineages(wide.study, Pedigree(births), gates, {}))
    assert said[3] == "second: nobody [passed]"
    assert lines(drawn_lineages(wide.study, Pedigree(births), {}, {"second": "nobody passed"}))[-1] == (
        "second never came: nobody passed"
    )


@pytest.mark.parametrize(
    ("place", "seconds", "firsts"),
    [
        ("second/l01", 40, 2),
        ("l01", 40, 40),
        ("second", 120, 6),
        ("second/l01/m03", 1, 1),
        ("l01/m03", 1, 2),
        ("first/l02", 0, 40),
    ],
)
def test_a_place_is_opened_with_all_ancestors_and_no_others(wide, place, seconds, firsts):
    names = [generation for generation, _ in births_at(wide.study, wide.pedigree, place).births]
    assert (names.count("second"), names.count("first")) == (seconds, firsts)


@pytest.mark.parametrize("place", ["third", "l09", "second/l09", "second/l01/m99", "second/m03"])
def test_a_place_where_nobody_was_born_is_refused(wide, place):
    with pytest.raises(
        HeredityError, match=r"expected a generation, a lineage or a member, as second, l00, second/l00"
    ):
        births_at(wide.study, wide.pedigree, place)


def test_in_a_study_of_one_lineage_a_place_is_a_generation_or_a_member(results):
    study, pedigree = results.study, results.pedigree
    assert births_at(study, pedigree, "second/m00").births.keys() == {("second", "m00"), ("first", "m00")}
    assert len(births_at(study, pedigree, "m00").births) == 2
    assert how_to_open(study, pedigree) == "heredity tree second shows members one by one, --all all 6"
    assert not has_many_births(pedigree)


def test_what_opens_one_is_said(wide):
    said = "heredity tree l00 or second/l00 shows members one by one, --all all 240"
    assert how_to_open(wide.study, wide.pedigree) == said
