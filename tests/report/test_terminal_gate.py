"""What the stages `gate` and `confirm` print: within 80 columns no word or number is broken."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from heredity.evaluation.returns import read_played, write_evaluation
from heredity.gate.confirmation import Confirmation
from heredity.gate.decision import decide
from heredity.gate.record import GateRecord
from heredity.report.terminal_gate import ENDS, MOST_ROWS, drawn_confirmations, print_confirmed, print_gate
from heredity.study.gate_rule import GateRule
from tests.report.test_terminal import STEERING

BOUND = GateRule(rule="lower_bound", margin=0.1)


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def decided(returns, rule, **more):
    return GateRecord.of(decide(returns, rule, **more))


def lines(capsys):
    return capsys.readouterr().out.splitlines()


def test_members_come_by_their_means_each_on_a_line_and_null_policies_in_a_sentence(capsys):
    returns = {f"l0{lineage}/m00": list(np.linspace(0.8, 1.0, 60) - lineage / 2) for lineage in range(2)}
    nulls = {"l00/random": [0.0, 0.1] * 30, "l01/constant": [0.0] * 60}
    print_gate("small", decided(returns, BOUND, threshold=0.9, null_returns=nulls))
    said = lines(capsys)
    assert said[0] == "small: 1 of 2 members, in one lineage, may have heirs"
    start = next(place for place, line in enumerate(said) if "Why" in line)
    assert "policies that know nothing have means of at most 0.05 (l00/random); none passed" in " ".join(
        " ".join(said[:start]).split()
    )
    rows = [line.split() for line in said[start + 2 :] if line.strip()]
    assert [row[:3] for row in rows] == [["l00/m00", "0.9", "yes"], ["l01/m00", "0.4", "no"]]
    assert all(" ".join(row[3:]).endswith("threshold − 0.1 = 0.8") for row in rows)


def test_a_null_policy_that_passes_has_a_line(capsys):
    print_gate(
        "small", decided({"m00": [5.0, 6.0]}, GateRule(rule="mean"), threshold=4.0, null_returns={"random": [9.0, 9.0]})
    )
    said = "\n".join(lines(capsys))
    assert "random" in said
    assert "none passed" not in said


def test_of_many_members_their_spread_is_printed_and_the_best_and_the_worst(capsys):
    decision = decided(
        {f"l{each % 2:02}/m{each:03}": [float(each)] * 2 for each in range(300)},
        GateRule(rule="mean"), threshold=100.0,
    )  # fmt: skip
    print_gate("small", decision)
    said = lines(capsys)
    assert len(said) < 40
    assert max(map(len, said)) <= 80
    assert said[0].startswith("small: 200 of 300 members, in 2 lineages, may have heirs")
    spread = [" ".join(line.replace("█", "").split()) for line in said]
    assert "100 to 150 50 50" in spread
    assert "50 to 100 50 0" in spread
    named = [line.split()[0].partition("/")[2] for line in said if line.startswith("  l0")]
    assert named == ["m299", "m298", "m297", "m296", "m003", "m002", "m001", "m000"]
    assert "and 292 more in between, in gate.json; heredity tree small/l00 shows them" in said[-2]


def test_of_as_many_as_have_a_line_nobody_is_left_out(capsys):
    for count in (MOST_ROWS, MOST_ROWS + 1):
        returns = {f"m{each:02}": [float(each)] * 2 for each in range(count)}
        print_gate("small", decided(returns, GateRule(rule="mean"), threshold=4.0))
        named = [line for line in lines(capsys) if line.startswith("  m")]
        assert len(named) == (MOST_ROWS if count == MOST_ROWS else 2 * ENDS)


def test_of_many_survivors_what_was_confirmed_is_spread_too(capsys):
    names = [f"m{each:03}" for each in range(100)]
    decision = decided({name: [5.0, 6.0] for name in names}, GateRule(rule="mean"), threshold=4.0)
    confirmed = {name: Confirmation(2, float(each), each - 1.0, each + 1.0) for each, name in enumerate(names)}
    Console().print(drawn_confirmations("small", decision, confirmed, {}))
    said = lines(capsys)
    assert [line.split()[0] for line in said if line.startswith("  m")] == [
        *("m099", "m098", "m097", "m096", "m003", "m002", "m001", "m000")
    ]
    assert "and 92 more in between, in confirmation.csv; heredity tree small shows them" in said[-2]


def test_what_was_confirmed_is_printed_beside_what_the_gate_saw(results, written, capsys):
    print_confirmed("first", written.layout)
    said = " ".join(" ".join(lines(capsys)).split())
    assert said.startswith("first: m00 has a mean of 101.0 [14.8, 441.4] over 2 episodes that did not choose it")
    assert "m01 100 103.0 [15.1, 441.7]" in said
    assert "twin" not in said
    written.layout.confirmation("first").unlink()
    print_confirmed("first", written.layout)
    assert lines(capsys) == []


def test_what_a_survivor_did_on_the_twin_is_subtracted(results, written, capsys):
    path = written.layout.confirmation("first")
    played = read_played(path)["confirm"]
    twin = {name: replace(each, returns=each.returns - 1) for name, each in played.items()}
    write_evaluation(path, {"confirm": played, "twin": twin})
    print_confirmed("first", written.layout)
    said = " ".join(" ".join(lines(capsys)).split())
    assert "More than on the twin" in said
    assert "m01 100 103.0 [15.1, 441.7] +1 [" in said
    assert "the twin is the task as a JAX program" in said
    assert "has intervals at 99.99%" in said


def test_a_generation_that_never_came_has_no_gate_to_print(capsys):
    print_gate("large", GateRecord(ended="nobody passed the gate of small"))
    assert capsys.readouterr().out == "large never came: nobody passed the gate of small.\n"


def test_free_text_is_printed_as_it_is_written_and_steers_nothing(results, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    shown_plainly = r"[red]x[/red] [link=https://example.org]y[/link] \x1b[2Jz \u202egpj error: w"
    print_gate("large", GateRecord(ended=STEERING))
    decision = results.outcomes[0].gate
    print_gate("first", replace(decision, candidates={
        name: replace(each, reason=STEERING) for name, each in decision.candidates.items()
    }))  # fmt: skip
    said = " ".join(lines(capsys))
    assert " ".join(said.split()).count(shown_plainly) == 4
    assert "\x1b[2J" not in said
    assert "\u202e" not in said
