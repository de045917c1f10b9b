"""The page reads what the gate and the comparison really write."""

from heredity.evaluation.returns import write_evaluation
from heredity.gate.decision import decide
from heredity.gate.record import GateRecord, write_gate
from heredity.report.page import charts, page
from heredity.report.tables import gate_table
from heredity.report.verdict import verdict
from heredity.study.gate_rule import GateRule

RETURNS = {"m00": [120.0, 121.0, 119.0, 120.0], "m01": [100.0, 99.0, 101.0, 100.0], "m02": [20.0, 21.0, 19.0, 20.0]}


def test_a_decision_of_the_gate_is_drawn(written):
    written.write()
    decision = decide(RETURNS, GateRule(), threshold=100.0, null_returns={"random": [20.0, 22.0]})
    write_gate(written.layout.gate("first"), GateRecord.of(decision))
    write_evaluation(written.layout.confirmation("first"), {})
    results = written.read()
    assert results.outcomes[0].gate.candidates == decision.candidates
    assert "120.0" in page(results, charts(results))
    assert [row[0] for row in gate_table(results.outcomes[0].gate).rows] == ["m00", "m01", "m02", "random"]


def test_a_comparison_is_told(written):
    results = written.compared()
    assert verdict("second", results.outcomes[1].transfer).startswith("On second ")
    assert "<h2>Transfer</h2>" in page(results, charts(results))
