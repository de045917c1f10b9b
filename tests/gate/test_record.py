"""gate.json: read as the gate writes it, refused by name and key otherwise."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from heredity.errors import HeredityError
from heredity.gate.record import (
    Candidate,
    Decision,
    EpisodeSeeds,
    GateRecord,
    LineageGate,
    PopulationError,
    read_gate,
    write_gate,
)
from heredity.gate.return_limits import ReturnLimit
from tests.transfer.test_record import put

ROOT = Path(__file__).parent.parent.parent
CANDIDATE = {"episodes": 4, "mean": 1, "bound": None, "passed": True, "reason": "r"}
GATE = {"rule": "mean", "survivors": ["m00"], "passed": ["m00"], "candidates": {"m00": CANDIDATE}}


@pytest.mark.parametrize("generation", ["founders", "small", "medium"])
def test_the_committed_gates_are_written_again_byte_for_byte(tmp_path, generation):
    path = ROOT / "lineage" / generation / "gate.json"
    write_gate(tmp_path / "gate.json", read_gate(path))
    assert (tmp_path / "gate.json").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("survivors", ["../m00"], r"survivors\.0: String should match pattern"),
        ("survivors", ["m01"], r"survivors: expected names out of candidates, got m01; type: dvc repro"),
        ("survivors", "m00", r"survivors: Input should be a valid (list|array|tuple), not 'm00'"),
        ("candidates.m00.mean", "1", r"candidates\.m00\.mean: Input should be a valid number, not '1'; type: dvc"),
        ("candidates.m00.passed", 1, r"candidates\.m00\.passed: Input should be a valid boolean, not 1"),
        ("candidates.m00.episodes", -1, r"candidates\.m00\.episodes: Input should be greater than or equal to 0"),
        ("candidates.m00", {}, r"candidates\.m00\.episodes: Field required"),
    ],
)
def test_a_decision_that_no_gate_makes_is_refused_by_key(tmp_path, key, value, message):
    path = tmp_path / "gate.json"
    path.write_text(json.dumps(put(GATE, key, value)))
    with pytest.raises(HeredityError, match=rf"gate\.json: .*{message}"):
        read_gate(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "survivors: Field required"),
        ({"survivors": ["m00"]}, "rule: expected the gate's rule, got none; type: dvc repro"),
        (GATE | {"candidates": {}}, "candidates: expected at least one member, got none"),
        (GATE | {"survivors": ["m00", "m00"]}, "survivors: expected every name once, got m00, m00"),
        (
            {"survivors": ["m00"], "ended": "nobody passed"},
            "survivors: expected nobody of a generation that never came",
        ),
        (GATE | {"extension": {}}, r"extension\.budget_steps: Field required"),
        (GATE | {"extension": 5}, "extension: Input should be a dictionary|extension: .*, not 5"),
        (GATE | {"approval": []}, r"approval: .*, not \[\]"),
        (GATE | {"approval": {"answer": "promote"}}, r"approval\.by: Field required"),
        (GATE | {"failed": []}, r"failed: .*, not \[\]"),
    ],
)
def test_a_file_that_lacks_what_every_gate_writes_is_refused(tmp_path, content, message):
    path = tmp_path / "second" / "gate.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content))
    with pytest.raises(HeredityError, match=rf"gate\.json: .*{message}"):
        read_gate(path)


def test_of_founders_nothing_but_who_survived_is_known(tmp_path):
    path = tmp_path / "founders" / "gate.json"
    write_gate(path, GateRecord(survivors=("f00",)))
    assert read_gate(path) == GateRecord(survivors=("f00",))


DECISION = Decision(
    rule="lower_bound",
    confidence=0.9,
    error="family",
    looks=2,
    alpha=0.05,
    population_error=PopulationError(0.0975, 0.1),
    floor=ReturnLimit(-1.0, "evaluate.floor"),
    ceiling=ReturnLimit(9.0, "highest return seen"),
    threshold=6.0,
    bar=5.5,
    passed=("m01", "m00"),
    survivors=("m01", "m00"),
    candidates={name: Candidate(4, 7.0, 5.6, True, "≥", 0.025, 6.9) for name in ("m00", "m01")},
    nulls={"random": Candidate(4, 1.0, 0.5, False, "<", 0.05)},
    cannot_tell=True,
    episodes_needed=61,
    ties=(("m01", "m00"),),
    selection_differential=0.0,
    reliability=0.0,
    winners_curse=0.25,
    f_test_p=0.75,
)
OF_LINEAGE = LineageGate(
    5.5, 0.05, PopulationError(0.0975, 0.1), ReturnLimit(-1.0, "environment"), ReturnLimit(8.0, "lowest return seen"),
    "best", 61, (("l00/m01", "l00/m00"),), 0.5, 0.25, 0.125, 0.75, EpisodeSeeds("report", 3, 4),
)  # fmt: skip


def test_every_field_of_a_decision_is_written_and_read_as_it_was(tmp_path):
    path = tmp_path / "second" / "gate.json"
    record = GateRecord.of(DECISION, lineages={"l00": OF_LINEAGE})
    write_gate(path, record)
    assert read_gate(path) == record
    written = json.loads(path.read_text())
    assert written.keys() - {"lineages"} == {each.name for each in fields(Decision)}
    unset = [each.name for each in fields(Decision) if getattr(DECISION, each.name) == each.default]
    assert unset == ["fallback", "empty_gate"]  # else a field that nobody writes would be read as it was
    assert None not in [getattr(OF_LINEAGE, each.name) for each in fields(LineageGate) if each.name != "ended"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("floor.source", "a guess", r"floor\.source: Input should be 'evaluate\.floor', 'environment', 'lowest"),
        ("floor.value", None, r"floor\.value: Input should be a valid number"),
        ("ceiling", 9.0, r"ceiling: .*, not 9\.0"),
        ("population_error", {"separate": 0.1}, r"population_error\.always: Field required"),
        ("ties", ["m00"], r"ties\.0: .*, not 'm00'"),
        ("ties", [["m00", "../m01"]], r"ties\.0\.1: String should match pattern"),
        ("looks", "2", r"looks: Input should be a valid integer"),
        ("cannot_tell", 1, r"cannot_tell: Input should be a valid boolean"),
        ("episodes_needed", 0.5, r"episodes_needed: .*integer"),
        ("f_test_p", "0.75", r"f_test_p: Input should be a valid number"),
    ],
)
def test_what_is_known_of_a_gates_error_is_refused_by_key_where_no_gate_writes_it(tmp_path, key, value, message):
    path = tmp_path / "second" / "gate.json"
    write_gate(path, GateRecord.of(DECISION))
    path.write_text(json.dumps(put(json.loads(path.read_text()), key, value)))
    with pytest.raises(HeredityError, match=rf"gate\.json: .*{message}") as refusal:
        read_gate(path)
    assert "\n" not in str(refusal.value)
