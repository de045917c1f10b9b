"""Both forms of a generation are measured, as large as they are."""

from benchmarks.storage import members_of, table


def test_both_forms_have_a_row():
    rows = [line.split(" | ") for line in table([3]).splitlines()[2:]]
    assert [row[1] for row in rows] == ["zips", "arrays"]
    assert [row[3] for row in rows] == ["3", "1"]


def test_members_are_those_of_somebody_who_has_learned():
    one, other = members_of(2).values()
    assert one.stack.adam[2].tolist() == [300, 300] and one.digest != other.digest
