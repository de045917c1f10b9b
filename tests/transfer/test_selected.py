"""Whose curves are compared."""

from heredity.transfer.selected import selection_note


def test_where_all_are_compared_there_is_nothing_to_say():
    assert selection_note("best", ["m00", "m01"], ["m00", "m01"]) == []
    assert selection_note("best", ["m00", "m01"], ["m01"]) == [
        "of the control best, 1 of 2 members are compared: those whom the gate chose"
    ]
