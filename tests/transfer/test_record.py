"""The files of a comparison come back as the values that wrote them, byte for byte; others are refused by key."""

import json
from pathlib import Path

import pytest

from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.layout import Layout
from heredity.transfer.continual import Node, continual, read_continual, write_continual
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.record import (
    parse_contrasts,
    parse_transfers,
    read_contrasts,
    read_spending,
    read_survival,
    read_transfers,
    write_comparison,
)
from tests.report.conftest import Written, transfer

ROOT = Path(__file__).parent.parent.parent
COMMITTED = Layout(ROOT / "lineage", ROOT / "report")


def put(content, key, value):
    """Return a copy with another value at a dotted key."""
    copy = json.loads(json.dumps(content))
    *path, last = [int(part) if part.isdigit() else part for part in key.split(".")]
    inside = copy
    for part in path:
        inside = inside[part]
    inside[last] = value
    return copy


CONTRAST = BranchContrast("second", "random", transfer(), (5000, 4000), "").to_dict()


def written_again(path, value):
    write_json(path, value)
    return path.read_bytes()


def test_the_committed_files_are_written_again_byte_for_byte(tmp_path):
    transfers = {name: each.to_dict() for name, each in read_transfers(COMMITTED.transfer).items()}
    assert written_again(tmp_path / "x.json", transfers) == COMMITTED.transfer.read_bytes()
    spending = read_spending(COMMITTED.spending)
    assert written_again(tmp_path / "x.json", spending.to_dict()) == COMMITTED.spending.read_bytes()
    write_continual(tmp_path / "x.json", read_continual(COMMITTED.continual))
    assert (tmp_path / "x.json").read_bytes() == COMMITTED.continual.read_bytes()


def test_what_a_comparison_wrote_is_read_as_it_was(tmp_path):
    written = Written(tmp_path)
    evidence = written.evidence()
    layout = written.layout
    write_comparison(evidence, written.plan(), layout)
    assert read_transfers(layout.transfer) == evidence.transfers
    assert read_spending(layout.spending) == evidence.spending
    assert read_survival(layout.survival) == evidence.survival
    assert sorted(path.name for path in layout.median_curves.iterdir()) == ["first.csv", "second.csv"]
    metrics = {path.stem: json.loads(path.read_text()) for path in layout.metrics.iterdir()}
    assert list(metrics["first"]) == ["passed", "of", "best_mean"]
    assert metrics["first"]["best_mean"] == 101.0  # of m00, whom the gate ranked first; m01 has 103
    assert list(metrics["second"]) == [
        *("passed", "of", "best_mean"),
        *("steps_saved", "steps_saved_strong", "jumpstart", "forward_transfer", "p_holm"),
    ]


def test_a_matrix_is_read_as_it_was(tmp_path):
    nodes = {"first": Node("first", (), {"first": {"m00": 90.0}}), "second": Node("first", ("first",), {})}
    matrix = continual(nodes, {"first": {"m00": 10.0, "m01": 10.0}}, {"first": 100.0})
    write_continual(tmp_path / "x.json", matrix)
    assert read_continual(tmp_path / "x.json") == matrix


def test_a_transfer_of_an_earlier_version_lacks_what_was_added_since():
    older = transfer().to_dict()
    for name in ("forward_transfer_study", "time_to_threshold_study", "interquartile_mean", "notes", "heritability"):
        del older[name]
    assert parse_transfers("HEAD~9", json.dumps({"second": older})) == {"second": transfer()}


def test_a_heritability_of_an_earlier_version_lacks_the_lead_that_is_kept(tmp_path):
    heritability = Written(tmp_path).evidence().transfers["second"].heritability
    older = transfer(heritability=heritability).to_dict()
    for name in ("lead", "unit"):
        del older["heritability"][name]
    for kind in ("zero_shot", "trained"):
        del older["heritability"][kind]["lead_kept"]
    read = parse_transfers("HEAD~9", json.dumps({"second": older}))["second"].heritability
    assert (read.selection, read.lead, read.zero_shot.lead_kept) == (heritability.selection, None, None)


@pytest.mark.parametrize(
    ("read", "content", "message"),
    [
        (read_spending, {}, "what compare writes, got steps: Field required, not .*; type: dvc repro"),
        (read_spending, {"steps": -1}, "got steps: Input should be greater than or equal to 0"),
        (read_transfers, {"a": put(transfer().to_dict(), "jumpstart.value", None)}, r"got a\.jumpstart\.value: Input"),
        (read_transfers, {"a": put(transfer().to_dict(), "test.p", "0.1")}, r"got a\.test\.p: Input should be"),
        (read_transfers, {"a b": transfer().to_dict()}, "got a b.*: String should match pattern"),
        (
            read_continual,
            {"nodes": {"a": {"task": "a", "ancestors": [], "returns": {"b": {"m00": 1.0}}}}},
            r"nodes\.a\.returns: expected tasks with a threshold, got b; type: dvc repro",
        ),
        (
            read_survival,
            {"a": {"times": {}, "weak": {"inherited": {"steps": [0.0, 9.0], "reached": [0.0]}}}},
            r"got a\.weak\.inherited: .*expected a share for each of 2 steps, got 1",
        ),
        (read_survival, {"a": {"times": {}}}, r"what compare writes, got a\.weak: Field required"),
        (read_contrasts, CONTRAST, r"what compare writes, got the file: Input should be a valid array, not "),
        (read_contrasts, [put(CONTRAST, "against", "../x")], r"got 0\.against: String should match pattern"),
        (read_contrasts, [put(CONTRAST, "steps", [5000])], r"got 0\.steps\.1: Field required"),
        (read_contrasts, [put(CONTRAST, "steps", [5000, -1])], r"got 0\.steps\.1: Input should be greater"),
        (read_contrasts, [put(CONTRAST, "transfer.test.p", "0.1")], r"got 0\.transfer\.test\.p: Input should be"),
        (read_contrasts, [{"generation": "second", "against": "random"}], r"got 0\.transfer: Field required"),
        (read_continual, {"nodes": {"a": {"task": "a"}}}, r"what continual writes, got nodes\.a\.ancestors: Field req"),
    ],
)
def test_what_no_stage_writes_is_refused_by_key(tmp_path, read, content, message):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(content))
    with pytest.raises(HeredityError, match=rf"x\.json: .*{message}"):
        read(path)


def test_text_of_another_revision_is_refused_by_its_name():
    with pytest.raises(HeredityError, match=r"^HEAD: report/transfer\.json: expected what compare writes, got line 1"):
        parse_transfers("HEAD: report/transfer.json", "{")
    with pytest.raises(HeredityError, match=r"^HEAD: report/contrasts\.json: expected what compare writes, got "):
        parse_contrasts("HEAD: report/contrasts.json", "{}")
    assert parse_contrasts("HEAD: report/contrasts.json", json.dumps([CONTRAST]))[0].steps == (5000, 4000)
