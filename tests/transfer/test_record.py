"""gate.json, pedigree.json, transfer.json: read as their stages write them, refused by name and key otherwise."""

import json
from pathlib import Path

import pytest

from heredity.errors import HeredityError
from heredity.stored import read_births, read_gate, read_sources, read_spending, read_transfers
from tests.report.conftest import transfer

ROOT = Path(__file__).parent.parent
SEEN = {"episodes": 4, "mean": 1, "bound": None, "passed": True, "reason": "r"}
GATE = {"survivors": ["m00"], "passed": ["m00"], "candidates": {"m00": SEEN}}
BIRTH = {
    "child": "m00", "parents": ["m01"], "operator": "copy", "parts": {"actor": "keep"}, "parent_hashes": ["ab"],
    "child_hash": "cd", "seed": 1, "inherited_fraction": 1.0,
}  # fmt: skip
PEDIGREE = {"generation": "second", "after": "first", "heirs": [BIRTH]}


def put(content, key, value):
    """Return a copy with another value at a dotted key."""
    copy = json.loads(json.dumps(content))
    *path, last = [int(part) if part.isdigit() else part for part in key.split(".")]
    inside = copy
    for part in path:
        inside = inside[part]
    inside[last] = value
    return copy


def test_what_stages_wrote_is_read():
    absent = {"passed": [], "candidates": {}, "nulls": {}, "fallback": None}
    assert read_gate(ROOT / "lineage" / "founders") == {"survivors": [], **absent}
    gate = ROOT / "lineage" / "large"
    assert read_gate(gate) == json.loads((gate / "gate.json").read_text())
    transfers = ROOT / "report" / "transfer.json"
    assert read_transfers(transfers) == json.loads(transfers.read_text())
    assert read_spending(ROOT / "report" / "spending.json")["steps"] > 0


def test_keys_that_nobody_knows_are_kept(tmp_path):
    (tmp_path / "gate.json").write_text(json.dumps({**GATE, "later": {"x": 1}}))
    assert read_gate(tmp_path)["later"] == {"x": 1}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("survivors", ["../m00"], r"survivors\.0: String should match pattern"),
        ("survivors", ["m01"], r"survivors: expected names out of candidates, got m01; type: dvc repro"),
        ("survivors", "m00", r"survivors: Input should be a valid (list|array), not 'm00'"),
        ("candidates.m00.mean", "1", r"candidates\.m00\.mean: Input should be a valid number, not '1'; type: dvc"),
        ("candidates.m00.passed", 1, r"candidates\.m00\.passed: Input should be a valid boolean, not 1"),
        ("candidates.m00.episodes", -1, r"candidates\.m00\.episodes: Input should be greater than or equal to 0"),
        ("candidates.m00", {}, r"candidates\.m00\.episodes: Field required"),
    ],
)
def test_a_decision_that_no_gate_makes_is_refused_by_key(tmp_path, key, value, message):
    (tmp_path / "gate.json").write_text(json.dumps(put(GATE, key, value)))
    with pytest.raises(HeredityError, match=rf"gate\.json: .*{message}"):
        read_gate(tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("after", "../../other", r"after: String should match pattern"),
        ("heirs.0.child", "a b", r"heirs\.0\.child: String should match pattern"),
        ("heirs.0.parent_hashes", [], r"m00: expected a hash for each parent, got 0"),
        ("heirs", [BIRTH, BIRTH], r"expected every heir once, got m00 twice"),
        ("heirs.0.inherited_fraction", 2, r"heirs\.0\.inherited_fraction: Input should be less than or equal to 1"),
        ("heirs.0.upbringing", "kickstart", r"heirs\.0\.upbringing: Input should be"),
        ("heirs.0.operator", "[/red]", r"heirs\.0\.operator: String should match pattern"),
    ],
)
def test_births_that_no_stage_records_are_refused_by_key(tmp_path, key, value, message):
    (tmp_path / "pedigree.json").write_text(json.dumps(put(PEDIGREE, key, value)))
    with pytest.raises(HeredityError, match=rf"pedigree\.json: .*{message}"):
        read_births(tmp_path / "pedigree.json")


def test_other_files_are_refused_by_key(tmp_path):
    path = tmp_path / "x.json"
    for read, content, message in (
        (read_sources, {"f00": 3}, "founders and their files, got f00: Input should be a valid string"),
        (read_spending, {}, "what compare writes, got steps: Field required"),
        (read_transfers, {"a": put(transfer(), "jumpstart.value", None)}, r"got a\.jumpstart\.value: Input should be"),
        (read_transfers, {"a b": transfer()}, "got a b.*: String should match pattern"),
    ):
        path.write_text(json.dumps(content))
        with pytest.raises(HeredityError, match=message):
            read(path)
    assert read_sources(tmp_path / "none.json") == {}
