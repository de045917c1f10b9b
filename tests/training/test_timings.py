"""Core-seconds: beside the results, never in them, and found again with the result that they belong to."""

import pytest

from heredity.pedigree import read_pedigree
from heredity.show import member_costs, seconds_table
from heredity.spending import total
from heredity.timings import read_timings, stored_seconds, write_timings
from tests.report.conftest import Written

FIRST = {"m00": 1.0, "m01": 2.0, "m02": 4.0}
SECOND = {"m00": 8.0, "m01": 16.0, "m02": 32.0}


@pytest.fixture
def written(tmp_path):
    written = Written(tmp_path)
    written.write()
    return written


def arm(written, *path):
    return written.root.joinpath("lineage", *path, "curves.csv")


def timed(written, **arms):
    for name, seconds in arms.items():
        write_timings(arm(written, *name.split("_")), seconds, written.root)
    lineage = written.root / "lineage"
    return stored_seconds(written.read().study, lineage, read_pedigree(lineage))


def test_heirs_are_charged_the_seconds_of_their_own_ancestors_and_of_all_before(written):
    found = timed(written, first=FIRST, second=SECOND, second_control=FIRST)
    assert found["second"]["inherited"].ancestors == {"m00": 1.0, "m01": 2.0, "m02": 0}
    assert found["second"]["inherited"].before == 7.0
    assert found["second"]["control"].own == 7.0
    assert total(found) == 7.0 + 56.0 + 7.0


def test_heirs_of_ancestors_that_were_trained_elsewhere_are_unknown(written):
    found = timed(written, second=SECOND, second_control=FIRST)
    assert found["first"] == {}
    assert list(found["second"]) == ["control"]
    rows = seconds_table(written.read(), found).rows
    assert rows[0] == ("first", "members", "", "", "", "")
    assert rows[2] == ("second", "control", "1.0 to 4.0", "0", "0.0", "7.0")


def test_the_seconds_of_another_result_are_never_taken_for_this_one(written):
    timed(written, first=FIRST)
    path = arm(written, "first")
    text = path.read_text()
    path.write_text(text.replace("120.0", "121.0"))
    assert read_timings(path, written.root) == {}
    path.write_text(text)
    assert read_timings(path, written.root) == FIRST


def test_every_members_costs_stand_beside_its_ancestors(written):
    rows = member_costs(written.read(), timed(written, first=FIRST, second=SECOND)).rows
    assert rows[3] == ("second", "inherited", "m00", "200", "1,000", "8.0", "1.0")
    assert rows[6] == ("second", "control", "m00", "800", "0", "", "")
