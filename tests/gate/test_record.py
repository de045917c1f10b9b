"""gate.json: read as the gate writes it, refused by name and key otherwise."""

import json
from pathlib import Path

import pytest

from heredity.errors import HeredityError
from heredity.gate.record import GateRecord, read_gate, write_gate
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
