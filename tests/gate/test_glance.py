"""What a decision says of itself, in a line and in a notebook."""

from heredity.errors import MOST_NAMES
from heredity.gate.decision import decide
from heredity.gate.record import Decision, GateRecord
from heredity.study.gate_rule import GateRule
from tests.shown_html import HOSTILE, read

RETURNS = {"m00": [9.0, 11.0, 10.0, 10.0], "m01": [1.0, 2.0, 3.0, 2.0]}
MEAN = GateRule(rule="mean", when_none="stop")


def test_a_decision_says_how_many_passed_and_who_survives():
    assert repr(decide(RETURNS, MEAN, threshold=5.0)) == "Decision(1 of 2 passed (mean, bar 5); survivors: m00)"
    assert repr(decide(RETURNS, MEAN, threshold=50.0)) == "Decision(0 of 2 passed (mean, bar 50); survivors: nobody)"


def test_many_survivors_are_counted():
    many = {f"m{index:02d}": [20.0 - index, 20.0 - index] for index in range(MOST_NAMES + 3)}
    assert repr(decide(many, MEAN, threshold=0.0)).endswith("m06, m07 and 3 more)")


def test_a_record_is_as_short_as_the_decision_that_it_keeps():
    decision = decide(RETURNS, MEAN, threshold=5.0)
    assert repr(GateRecord.of(decision)) == f"GateRecord{repr(decision).removeprefix('Decision')}"
    assert repr(Decision(survivors=("m00",))) == "Decision(no gate; survivors: m00)"


def test_a_notebook_shows_candidates_best_first_and_then_null_policies():
    decision = decide(RETURNS, MEAN, threshold=5.0, null_returns={"random": [0.0, 1.0]})
    (header, *rows), _ = read(decision._repr_html_())
    assert header[0] == "member"
    assert [row[0] for row in rows] == ["m00", "m01", "random"]
    assert [row[2] for row in rows] == ["10", "2", "0.5"]
    assert [row[4:6] for row in rows] == [["yes", "yes"], ["no", "no"], ["no", "no"]]
    assert rows[0][6] == decision.candidates["m00"].reason


def test_a_notebook_says_why_nobody_survives_or_who_does_without_passing():
    empty = decide(RETURNS, MEAN, threshold=0.0, null_returns={"random": [0.0, 1.0]})
    assert "learned nothing passes" in read(empty._repr_html_())[1][1]
    kept = decide(RETURNS, GateRule(rule="mean"), threshold=50.0)
    assert read(kept._repr_html_())[1][1] == "Where nobody passes: best."


def test_a_members_name_is_text_in_both():
    decision = decide({HOSTILE: [1.0, 2.0], "\x1b[2J": [0.0, 0.0]}, MEAN, threshold=-1.0)
    assert {row[0] for row in read(decision._repr_html_())[0]} == {"member", HOSTILE, "\\x1b[2J"}
    assert "\x1b" not in repr(decision)
