"""Core-seconds: beside the results, never in them, and found again with the result that they belong to."""

import pytest

from heredity.inheritance.pedigree import read_pedigree
from heredity.report.terminal import member_costs, seconds_table
from heredity.training.timings import read_timings, write_timings
from heredity.transfer.spending import stored_seconds, total
from tests.report.conftest import Written

FIRST = {"m00": 1.0, "m01": 2.0, "m02": 4.0}
SECOND = {"m00": 8.0, "m01": 16.0, "m02": 32.0}


@pytest.fixture
def written(tmp_path):
    written = Written(tmp_path)
    written.write()
    return written


def curves(written, generation, arm="inherited"):
    return written.layout.arm(generation, arm).curves


def timed(written, **arms):
    for name, seconds in arms.items():
        write_timings(curves(written, *name.split("_")), seconds, written.layout)
    return stored_seconds(written.plan(), written.layout, read_pedigree(written.layout.lineage))


def test_heirs_are_charged_the_spent_their_own_ancestors_and_of_all_before(written):
    spent = timed(written, first=FIRST, second=SECOND, **{"second_control/scratch": FIRST})
    assert spent["second"]["inherited"].ancestors == {"m00": 1.0, "m01": 2.0, "m02": 0}
    assert spent["second"]["inherited"].before == 7.0
    assert spent["second"]["control/scratch"].own == 7.0
    assert total(spent) == 7.0 + 56.0 + 7.0


def test_heirs_of_ancestors_that_were_trained_elsewhere_are_unknown(written):
    spent = timed(written, second=SECOND, **{"second_control/scratch": FIRST})
    assert spent["first"] == {}
    assert list(spent["second"]) == ["control/scratch"]
    rows = seconds_table(written.read(), spent).rows
    assert rows[0] == ("first", "members", "", "", "", "")
    assert rows[2] == ("second", "control", "1.0 to 4.0", "0", "0.0", "7.0")


def test_the_spent_another_result_are_never_taken_for_this_one(written):
    timed(written, first=FIRST)
    path = curves(written, "first")
    text = path.read_text()
    path.write_text(text.replace("120.0", "121.0"))
    assert read_timings(path, written.layout) == {}
    path.write_text(text)
    assert read_timings(path, written.layout) == FIRST


def test_every_members_costs_stand_beside_its_ancestors(written):
    rows = member_costs(written.read(), timed(written, first=FIRST, second=SECOND)).rows
    assert rows[3] == ("second", "inherited", "m00", "200", "1,000", "8.0", "1.0")
    assert rows[6] == ("second", "control", "m00", "800", "0", "", "")
