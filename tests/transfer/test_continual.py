"""The matrix of generations and tasks, worked by hand."""

import pytest

from heredity.report.charts.continual import continual_rows
from heredity.report.transfer_tables import continual_table
from heredity.transfer.continual import Node, continual

FRESH = {"a": {"m00": 0.0, "m01": 20.0}, "b": {"m00": 0.0, "m01": 0.0}}  # of mean 10 and 0
THRESHOLDS = {"a": 110.0, "b": 50.0}
FIRST = Node("a", (), {"a": {"m00": 110.0, "m01": 90.0}, "b": {"m00": 10.0, "m01": 20.0}})
SECOND = Node("b", ("first",), {"a": {"m03": 60.0, "m04": 40.0}, "b": {"m03": 50.0, "m04": 40.0}})


def matrix(second=SECOND, fresh=FRESH):
    return continual({"first": FIRST, "second": second}, fresh, THRESHOLDS)


def test_parents_know_what_fresh_weights_do_not_of_their_childrens_task():
    forward = matrix().forward_transfer
    assert list(forward) == ["second"]
    assert forward["second"].value == pytest.approx((10 + 20) / 2 / 50)
    assert forward["second"].n == 4


def test_what_was_lost_of_an_earlier_task_is_forgotten_and_is_backward_transfer_with_its_sign_turned():
    told = matrix()
    # scores of the first on its own task 1 and 0.8, of the second 0.5 and 0.3
    assert told.forgetting["second"]["first"].value == pytest.approx(0.9 - 0.4)
    assert told.forgetting["second"]["first"].low < 0.5 < told.forgetting["second"]["first"].high
    assert told.backward_transfer["second"].value == pytest.approx(-0.5)


def test_backward_transfer_averages_over_all_ancestors():
    third = Node("b", ("first", "second"), {"a": {"m05": 20.0}, "b": {"m05": 50.0}})
    told = continual({"first": FIRST, "second": SECOND, "third": third}, FRESH, THRESHOLDS)
    # now 0.1 and 1, then 0.9 and (1 + 0.8) / 2
    assert told.backward_transfer["third"].value == pytest.approx((0.1 + 1) / 2 - (0.9 + 0.9) / 2)
    assert told.backward_transfer["third"].low is None  # one survivor has no interval


def test_a_task_that_does_not_fit_or_that_fresh_weights_solve_is_undefined_and_not_zero():
    blind = matrix(second=Node("b", ("first",), {"b": SECOND.returns["b"]}))
    assert blind.forgetting["second"]["first"] is None
    assert blind.backward_transfer["second"] is None
    solved = matrix(fresh={**FRESH, "b": {"m00": 50.0, "m01": 50.0}})
    assert solved.forward_transfer["second"] is None
    assert ("Forward transfer to second", "undefined", "", "") in continual_table(solved).rows
    assert [row["score"] for row in continual_rows(solved)][1] is None


def test_the_table_and_the_map_hold_the_same_numbers():
    told = matrix()
    rows = {row[0]: row[1] for row in continual_table(told).rows}
    assert rows == {
        "Forward transfer to second": "0.30",
        "Forgetting of first by second": "0.50",
        "Backward transfer of second": "−0.50",
    }
    cells = {(row["generation"], row["task"]): row for row in continual_rows(told)}
    assert cells["second", "a"]["mean"] == 50.0
    assert cells["second", "a"]["score"] == pytest.approx(0.4)
    assert [name for name, cell in cells.items() if cell["own"]] == [("first", "a"), ("second", "b")]


L1 = {"m00": "l00", "m01": "l00", "m02": "l01", "m03": "l02"}
L2 = {"n00": "l00", "n01": "l01", "n02": "l01"}


def test_a_lineages_survivors_count_once_and_are_compared_within_their_lineage():
    first = Node("a", (), {"a": {"m00": 110.0, "m01": 90.0, "m02": 50.0, "m03": 0.0}}, L1)
    second = Node("b", ("first",), {"a": {"n00": 60.0, "n01": 30.0, "n02": 50.0}}, L2)
    told = continual({"first": first, "second": second}, FRESH, THRESHOLDS).forgetting["second"]["first"]
    # scores of l00: 1 and 0.8, then 0.5; of l01: 0.4, then 0.2 and 0.4; l02 has none any more
    assert told.value == pytest.approx(((0.9 - 0.5) + (0.4 - 0.3)) / 2)
    assert told.n == 2
    assert (told.low, told.high) == pytest.approx((0.1, 0.4))  # pairs are resampled as one


def test_what_survivors_know_of_the_next_task_is_of_lineages_against_fresh_weights():
    first = Node("a", (), {"b": {"m00": 50.0, "m01": 0.0, "m02": 50.0, "m03": 0.0}}, L1)
    told = continual({"first": first, "second": SECOND}, FRESH, THRESHOLDS).forward_transfer["second"]
    assert told.value == pytest.approx((0.5 + 1 + 0) / 3)
    assert told.n == 3 + 2
