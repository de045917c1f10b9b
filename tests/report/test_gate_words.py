"""What is said of a gate beside its table: error, floor, and members that do not differ."""

from dataclasses import replace

import pytest

from heredity.gate.decision import decide
from heredity.gate.lineages import merged
from heredity.gate.record import GateRecord, LineageGate
from heredity.gate.return_limits import ReturnLimit
from heredity.report.gate_words import floor_text, gate_sentence
from heredity.study.gate_rule import GateRule

ALIKE = {f"m{k:02d}": [0.0, 1.0] * 50 for k in range(8)}
APART = {"m00": [0.0, 1.0] * 50, "m01": [1.0] * 99 + [0.5]}


def test_the_error_over_the_population_its_floor_and_equal_members_are_said():
    decision = decide(ALIKE, GateRule(), threshold=0.4, floor=ReturnLimit(0.0, "environment"))
    assert gate_sentence(decision) == (
        "the chance that one of 8 members passes who is not above the bar is at most 0.34 with separate seeds, 0.4 "
        "always, by the floor 0 (environment); its members do not differ (F test p = 1.00, reliability 0)"
    )
    family = decide(APART, GateRule(error="family"), threshold=0.4, floor=0.0)
    assert gate_sentence(family) == (
        "the chance that one of 2 members passes who is not above the bar is at most 0.05, by the floor 0 "
        "(evaluate.floor)"
    )


def test_of_a_floor_that_was_merely_seen_and_of_other_rules_no_error_is_told():
    unknown = decide(APART, GateRule(), threshold=0.4)
    assert gate_sentence(unknown).endswith("is not known, by the floor 0 (lowest return seen): write evaluate.floor")
    assert gate_sentence(decide(APART, GateRule(rule="mean"), threshold=0.4)).endswith(
        "is not known: its rule states none"
    )
    assert gate_sentence(GateRecord()) == ""


def test_members_whose_returns_are_all_equal_do_not_differ_and_those_of_different_equal_returns_do():
    equal = decide({f"m{k:02d}": [1.0] * 100 for k in range(8)}, GateRule(), threshold=0.9, floor=0.0)
    assert gate_sentence(equal).endswith("; its members do not differ (no return does, reliability 0)")
    apart = decide({"m00": [1.0] * 100, "m01": [0.5] * 100}, GateRule(), threshold=0.9, floor=0.0)
    alone = decide({"m00": [1.0] * 100}, GateRule(), threshold=0.9, floor=0.0)
    assert "differ" not in gate_sentence(apart) + gate_sentence(alone)
    decisions = (equal, apart, alone, decide(ALIKE, GateRule(), threshold=0.4))
    several = {
        f"l0{place}": LineageGate(f_test_p=each.f_test_p, reliability=each.reliability)
        for place, each in enumerate(decisions)
    }
    sentence = gate_sentence(GateRecord.of(replace(equal, f_test_p=None), lineages=several))
    assert "; in 2 of 3 lineages its members do not differ (F test, reliability 0)" in sentence


def test_that_so_few_episodes_cannot_tell_is_said_with_how_many_would():
    few = decide({"m00": [500.0] * 10}, GateRule(), threshold=475.0, floor=0.0, ceiling=500.0)
    assert gate_sentence(few).endswith("; its episodes cannot tell: 61 would do")
    none = decide({"m00": [500.0] * 10}, GateRule(), threshold=500.0, floor=0.0, ceiling=500.0)
    assert gate_sentence(none).endswith("; its episodes cannot tell: none would do")


def test_several_lineages_say_in_how_many_members_do_not_differ_and_their_error_together():
    decisions = {
        lineage: decide({f"{lineage}/{name}": values for name, values in returns.items()}, GateRule(), threshold=0.4,
                        floor=0.0)
        for lineage, returns in {"l00": ALIKE, "l01": APART}.items()
    }  # fmt: skip
    lineages = {name: LineageGate(f_test_p=each.f_test_p) for name, each in decisions.items()}
    sentence = gate_sentence(GateRecord.of(merged(decisions), lineages=lineages))
    assert (
        "one of 10 members passes who is not above the bar is at most 0.4 with separate seeds, 0.5 always" in sentence
    )
    assert "; in 1 of 2 lineages its members do not differ (F test, reliability " in sentence
    apart = {lineage: replace(each, floor=ReturnLimit(float(place), "evaluate.floor"))
             for place, (lineage, each) in enumerate(decisions.items())}  # fmt: skip
    assert floor_text(GateRecord.of(merged(apart), lineages=lineages)) == "each lineage's floor"
    assert merged(decisions).population_error.separate == pytest.approx(1 - 0.95**10)
