"""confirmation.csv as what is published of survivors."""

import numpy as np
import pytest

from heredity.errors import CurveError, GateError
from heredity.evaluation.confirmations import read_confirmations, read_twin_differences
from heredity.evaluation.returns import Returns, write_evaluation
from heredity.evaluation.twin_difference import twin_difference
from heredity.gate.confirmation import confirmed_mean
from heredity.gate.record import Candidate, GateRecord, LineageGate, write_gate
from heredity.gate.return_limits import ReturnLimit
from heredity.layout import Layout


def played(*returns):
    n = len(returns)
    return Returns(np.arange(n), np.array(returns, np.float64), np.ones(n, np.int64), np.full(n, np.nan))


def test_survivors_come_back_in_the_gates_order_with_their_intervals(tmp_path):
    layout = Layout(tmp_path)
    split = {"m03": played(1.0, 0.0, 1.0, 1.0), "m00": played(2.0, 4.0)}
    write_evaluation(layout.confirmation("small"), {"confirm": split})
    found = read_confirmations(layout, "small")
    assert list(found) == ["m03", "m00"]
    assert (found["m03"].episodes, found["m03"].mean) == (4, 0.75)
    assert not found["m03"].limits_known


def test_what_returns_lie_between_is_what_the_gate_says_of_the_members_lineage(tmp_path):
    layout = Layout(tmp_path)
    names = ("l00/m00", "l01/m00")
    write_evaluation(layout.confirmation("small"), {"confirm": {name: played(*[0.5, 1.0] * 20) for name in names}})
    candidates = {name: Candidate(40, 1.0, 1.0, True, "") for name in names}
    said = [(ReturnLimit(0.0, "environment"), ReturnLimit(1.0, "environment")),
            (ReturnLimit(-9.0, "lowest return seen"), ReturnLimit(1.0, "environment"))]  # fmt: skip
    lineages = {name[:3]: LineageGate(floor=low, ceiling=high) for name, (low, high) in zip(names, said, strict=True)}
    write_gate(layout.gate("small"), GateRecord("mean", survivors=names, candidates=candidates, lineages=lineages))
    found = read_confirmations(layout, "small")
    for name, (low, high) in zip(names, said, strict=True):
        assert found[name] == confirmed_mean([0.5, 1.0] * 20, low, high)
    assert [found[name].limits_known for name in names] == [True, False]


def test_where_nobody_survived_or_was_confirmed_yet_there_is_none(tmp_path):
    layout = Layout(tmp_path)
    assert read_confirmations(layout, "small") == {}
    write_evaluation(layout.confirmation("small"), {})
    assert read_confirmations(layout, "small") == {}


def test_a_file_that_confirm_did_not_write_is_refused(tmp_path):
    layout = Layout(tmp_path)
    write_evaluation(layout.confirmation("small"), {"confirm": {"m00": played(1.0)}})
    with pytest.raises(GateError, match=r"confirmation\.csv: m00: expected at least 2 finite returns .*, got \[1\.0\]"):
        read_confirmations(layout, "small")
    layout.confirmation("small").write_text("member\n")
    with pytest.raises(CurveError, match=r"confirmation\.csv: line 1"):
        read_confirmations(layout, "small")


def test_how_survivors_differ_from_what_they_did_on_the_twin_is_read_back(tmp_path):
    layout = Layout(tmp_path)
    original = {"m03": played(1.0, 0.0, 1.0, 1.0), "m00": played(2.0, 4.0)}
    assert read_twin_differences(layout, "small") == {}
    write_evaluation(layout.confirmation("small"), {"confirm": original})
    assert read_twin_differences(layout, "small") == {}
    write_evaluation(layout.confirmation("small"), {"confirm": original, "twin": {"m03": played(0.5, 0.5, 0.5, 0.0)}})
    differences = read_twin_differences(layout, "small")
    assert list(differences) == ["m03"]
    assert differences["m03"] == twin_difference(original["m03"], played(0.5, 0.5, 0.5, 0.0))
    assert differences["m03"].mean == 0.375
