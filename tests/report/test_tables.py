from dataclasses import replace

from heredity.gate.decision import decide
from heredity.report import tables
from heredity.study.gate_rule import GateRule


def test_the_gate_table_says_why(results):
    table = tables.gate_table(results.outcomes[0].gate)
    assert table.columns[2:4] == ("Mean seen by the gate", "Shrunken")
    rows = table.rows
    assert rows[0] == ("m00", "4", "120.0", "", "115.0", "yes", "yes", "")
    assert rows[2] == ("m02", "4", "20.0", "", "15.0", "no", "no", "bound below threshold")


def test_the_gate_table_has_what_survivors_did_on_episodes_that_did_not_choose_them(results):
    first = results.outcomes[0]
    table = tables.gate_table(first.gate, first.confirmations)
    assert table.columns[2:4] == ("Mean seen by the gate", "Confirmed")
    assert [row[2:4] for row in table.rows] == [
        ("120.0", "101.0 [14.8, 441.4]"),
        ("100.0", "103.0 [15.1, 441.7]"),
        ("20.0", ""),
    ]
    rows = tables.gate_rows(first.gate, confirmations=first.confirmations)
    assert [row["confirmed"] for row in rows] == ["101.0 [14.8, 441.4]", "103.0 [15.1, 441.7]", ""]
    assert rows[0]["mean"] == 120.0
    assert "confirmed" not in tables.gate_rows(first.gate)[0]


def test_a_generation_is_known_by_whom_the_gate_ranked_first(results):
    first = results.outcomes[0]
    said = "m00 has a mean of 101.0 [14.8, 441.4] over 2 episodes that did not choose it"
    assert tables.confirmed_sentence(first.gate, first.confirmations) == said
    assert tables.confirmed_sentence(first.gate, {}) == ""


def test_a_survivor_that_was_not_confirmed_has_no_fitness_to_tell(results):
    first = results.outcomes[0]
    assert first.fitness == {"m00": 101.0, "m01": 103.0, "m02": 20.0}
    alone = replace(first, confirmations={"m00": first.confirmations["m00"]})
    assert alone.fitness == {"m00": 101.0, "m02": 20.0}
    table = tables.member_table(replace(results, outcomes=(alone,)))
    assert [row[5] for row in table.rows] == ["101.0 [14.8, 441.4]", "", "20.0"]


def test_compute_counts_every_step_of_every_arm(results):
    rows = tables.compute_table(results).rows
    assert rows[0] == ("first", "members", "3", "2", "600 to 1,000", "0", "0", "2,600")
    assert rows[1] == ("second", "inherited", "3", "3", "200 to 900", "0 to 1,000", "2,600", "1,400")
    assert rows[2] == ("second", "control", "3", "1", "800 to 1,000", "0", "0", "2,800")
    assert rows[3][-1] == "6,800"


def test_the_member_table_gives_seeds_and_parents_of_heirs_and_none_of_the_control(results):
    rows = {row[:3]: row[3:] for row in tables.member_table(results).rows}
    assert rows["second", "inherited", "m01"][:5] == ("300", "300", "103.0 [15.1, 441.7]", "m01", "1")
    assert rows["second", "inherited", "m02"][2] == "20.0"  # no survivor: what the gate saw
    assert rows["second", "inherited", "m02"][3] == "fresh weights"
    assert rows["second", "control", "m01"] == ("1,000", "not reached", "100.0", "", "", "")


def test_a_candidate_without_a_bound_has_an_empty_cell(results):
    gate = results.outcomes[0].gate
    bare = {**gate.candidates, "m02": replace(gate.candidates["m02"], bound=None)}
    assert tables.gate_table(replace(gate, candidates=bare)).rows[2][4] == ""


def test_a_gates_rows_are_plain_values_of_four_digits_null_policies_last():
    returns = {"m00": [1.0, 2.0], "m01": [5.0, 6.12345]}
    decision = decide(returns, GateRule(rule="mean"), threshold=4.0, null_returns={"random": [9.0, 9.0]})
    rows = tables.gate_rows(decision)
    assert [row["member"] for row in rows] == ["m01", "m00", "random"]
    assert rows[0] == {"member": "m01", "mean": 5.562, "bound": 5.562, "passed": True, "reason": rows[0]["reason"]}
    assert tables.gate_rows(decision, ("mean",), digits=None)[0] == {"member": "m01", "mean": 5.561725}


def test_every_control_has_its_rows_of_spending_and_of_members(several):
    results = several.compared()
    rows = {row[:2]: row[2:] for row in tables.compute_table(results).rows}
    assert rows["second", "picked"] == ("3", "2", "800 to 6,000", "0", "0", "9,800")
    assert rows["second", "longer"] == ("3", "2", "800 to 1,500", "0", "0", "3,300")
    assert {row[1] for row in tables.member_table(results).rows} == {
        "members", "inherited", "scratch", "longer", "picked",
    }  # fmt: skip


def test_of_many_candidates_the_best_and_the_worst_have_a_row(wide):
    table = tables.gate_table(wide.outcomes[0].gate)
    names = [row[0] for row in table.rows]
    assert names == [f"l02/m{each:02}" for each in range(39, 29, -1)] + [f"l00/m{each:02}" for each in range(9, -1, -1)]


def test_of_many_members_every_lineage_has_a_row(wide):
    rows = {row[:3]: row[3:] for row in tables.lineage_table(wide).rows}
    assert len(rows) == 3 * 3
    assert rows["first", "members", "l01"][:3] == ("40", "20", "1,000")
    assert rows["second", "inherited", "l01"][-1] == "2"
    assert rows["second", "control", "l01"][-2:] == ("", "")
    assert rows["first", "members", "l02"][4].startswith("m39 90.0 [")


def test_of_many_failures_the_first_are_told(wide):
    assert tables.failed_text({"m00": "a", "m01": "b"}) == "m00: a; m01: b"
    assert tables.failed_text({f"m{each:03}": "a" for each in range(100)}).endswith("m063: a; and 36 more")
