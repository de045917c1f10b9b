from dataclasses import replace

import pytest

from heredity.inheritance.pedigree import Pedigree
from heredity.report.charts import lineages as module
from heredity.report.charts.lineages import lineage_map, lineage_rows
from tests.report.wide import LINEAGES


def test_a_cell_is_a_lineage_in_a_generation_and_counts_its_members_and_their_parents(wide):
    rows = {(row["generation"], row["lineage"]): row for row in lineage_rows(wide)}
    assert len(rows) == 2 * LINEAGES
    assert {row["said"] for key, row in rows.items() if key[0] == "first"} == {"0/40", "20/40", "40/40"}
    heirs = rows["second", "l01"]
    assert (heirs["said"], heirs["parents"], heirs["fresh"]) == ("20/40 · 2", "m00 (20), m01 (20)", 0)
    assert [rows["first", f"l0{each}"]["standing"] for each in range(3)] == [0, 0.5, 1]
    assert rows["first", "l00"]["mean"] == 40 + 39 / 2
    assert rows["first", "l02"]["first"].startswith("m39 90.0 [")
    assert rows["first", "l00"]["first"] == ""


def test_of_very_many_lineages_the_first_are_drawn_and_of_an_only_one_all(wide, results, monkeypatch):
    monkeypatch.setattr(module, "MOST_LINEAGES_DRAWN", 2)
    assert {row["lineage"] for row in lineage_rows(wide)} == {"l00", "l01"}
    assert {row["lineage"] for row in lineage_rows(results)} == {"all members"}


@pytest.mark.parametrize("generation", ["first", "second"])
def test_a_lineage_without_members_has_no_cell(wide, generation):
    births = {place: birth for place, birth in wide.pedigree.births.items() if place != (generation, "l00/m00")}
    without = {place: birth for place, birth in births.items() if not place[1].startswith("l00/")}
    rows = lineage_rows(replace(wide, pedigree=Pedigree(without)))
    assert {row["lineage"] for row in rows} == {"l01", "l02"}


def test_the_map_is_as_high_as_lineages_are_many(wide):
    assert lineage_map(wide).to_dict()["height"] == module.ROW * LINEAGES
