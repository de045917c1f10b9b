from dataclasses import replace

from heredity.gate.decision import decide
from heredity.gate.record import Candidate, GateRecord, LineageGate
from heredity.report.charts.gate import bar_rows, dot_rows, gate_bars, gate_dots
from heredity.study.gate_rule import GateRule


def test_dots_put_the_best_first_and_equal_means_by_name(results):
    gate = results.outcomes[0].gate
    level = {**gate.candidates, "m02": replace(gate.candidates["m02"], mean=100.0)}
    assert [(row["member"], row["answer"]) for row in dot_rows(replace(gate, candidates=level), {})] == [
        ("m00", "passed"),
        ("m01", "failed"),
        ("m02", "failed"),
    ]


def test_null_policies_have_no_dot():
    decision = decide({"m00": [1.0, 2.0]}, GateRule(), threshold=1.0, null_returns={"random": [0.0, 1.0]})
    assert [row["member"] for row in dot_rows(GateRecord.of(decision), {})] == ["m00"]


def test_hovering_shows_what_was_confirmed_beside_what_the_gate_saw(results):
    first = results.outcomes[0]
    rows = dot_rows(first.gate, first.confirmations)
    assert [(row["mean"], row["confirmed"]) for row in rows] == [
        (120.0, "101.0 [14.8, 441.4]"),
        (100.0, "103.0 [15.1, 441.7]"),
        (20.0, ""),
    ]


def test_a_candidate_without_a_bound_is_a_bare_dot(results):
    outcome = results.outcomes[0]
    bare = {**outcome.gate.candidates, "m02": replace(outcome.gate.candidates["m02"], bound=None)}
    drawn = gate_dots(replace(outcome, gate=replace(outcome.gate, candidates=bare)), {})
    sizes = [len(rows) for rows in drawn.to_dict()["datasets"].values()]
    assert sorted(sizes) == [1, 1, 2, 3]  # who passed, the threshold, who has a bound, all


def test_of_many_lineages_the_first_six_are_drawn():
    candidates = {f"l0{lineage}/m00": Candidate(4, 1.0, 0.5, True, "") for lineage in range(8)}
    lineages = {name.partition("/")[0]: LineageGate() for name in candidates}
    gate = GateRecord(rule="mean", candidates=candidates, lineages=lineages)
    assert [row["member"] for row in dot_rows(gate, {})] == [f"l0{lineage}/m00" for lineage in range(6)]


def test_parents_are_marked_and_hovering_says_of_how_many(results):
    first = results.outcomes[0]
    rows = dot_rows(first.gate, first.confirmations, {"m01": 2})
    assert [(row["member"], row["parent"], row["heirs"]) for row in rows] == [
        ("m00", "no heirs", 0),
        ("m01", "had heirs", 2),
        ("m02", "no heirs", 0),
    ]
    assert gate_dots(first, {"m01": 2}).to_dict()["layer"][0]["encoding"]["shape"]["legend"]
    assert gate_dots(first, {}).to_dict()["layer"][0]["encoding"]["shape"]["legend"] is None


def test_bars_count_every_candidate_of_many_by_its_mean_and_answer(wide):
    first = wide.outcomes[0]
    rows = bar_rows(first.gate, {"l02/m39": 3, "l00/m00": 2})
    for answer, those in (("passed", first.gate.passed), ("failed", first.gate.candidates.keys() - first.gate.passed)):
        assert sum(row["members"] for row in rows if row["answer"] == answer) == len(those)
        for row in rows:
            within = [name for name in those if row["low"] <= first.gate.candidates[name].mean < row["high"]]
            assert row["answer"] != answer or row["members"] == len(within)
    assert [row["parents"] for row in rows if row["parents"]] == [1, 1]
    spec = gate_bars(first, {}).to_dict()
    assert len(spec["layer"]) == 3
    assert spec["layer"][0]["encoding"]["x"]["bin"] == "binned"
