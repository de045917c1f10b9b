"""What follows a gate that nobody passes: an extension, or a study that ends there and says so everywhere."""

import csv
import json
from pathlib import Path

import pytest

from heredity.agents.agent import read_tensors, read_zipped
from heredity.files import write_json
from heredity.gate.record import read_gate
from heredity.inheritance.links import broken_links
from heredity.inheritance.pedigree import read_pedigree, why_ended
from heredity.layout import Layout
from heredity.pipeline.ending import why_none_have_heirs
from heredity.report.page import charts, page
from heredity.report.results import read_results
from heredity.report.terminal import drawn_tree, stored_gates
from heredity.report.tracking.stored import stored_runs
from heredity.training.curves import read_curves
from heredity.transfer.evidence import stored_evidence
from heredity.transfer.plan import comparison_plan
from tests.here import run as run_stage
from tests.here import run_study

pytestmark = pytest.mark.study

LINEAGE = Path("lineage")


@pytest.fixture
def run(tiny, write_study, tmp_path, monkeypatch):
    """Return a function that runs a whole tiny study whose first generation nobody passes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")

    def run(**rule):
        tiny["gate"] = {**tiny["gate"], **rule}
        tiny["generations"]["first"]["threshold"] = 501.0
        tiny["continual"] = {"episodes": 2}
        return run_study(write_study(tiny))

    return run


def decision(name):
    return json.loads((LINEAGE / name / "gate.json").read_text())


def adam_steps(path):
    state = read_tensors(read_zipped(path))["policy.optimizer"]["state"]
    return int(state[0]["step"])


def seeds(path):
    with path.open() as file:
        return {row["seed"] for row in csv.DictReader(file)}


def test_an_extension_trains_once_more_and_decides_on_fresh_seeds(run):
    study = run(when_none="extend", extend_budget=64)
    first, more = LINEAGE / "first", LINEAGE / "first" / "extension"
    found = decision("first")
    assert found["extension"]["budget_steps"] == 64
    assert (found["extension"]["first"]["fallback"], found["fallback"], found["passed"]) == ("extend", "best", [])
    assert not seeds(first / "evaluation.csv") & seeds(more / "evaluation.csv")
    before, after = read_curves(first / "curves.csv")["m00"], read_curves(more / "curves.csv")["m00"]
    assert after[: len(before)] == before
    assert [row.env_steps for row in after] == [0, 64, 128, 192]
    assert adam_steps(more / "models/m00.zip") == adam_steps(first / "models/m00.zip") * 3 // 2 == 3
    assert study.control_budget("second", "scratch") == 128 + 64 + 128 + 64


def test_heirs_descend_from_what_the_extension_trained_and_pay_for_it(run):
    study = run(when_none="extend", extend_budget=64)
    parent = decision("first")["survivors"][0]
    birth = read_pedigree(LINEAGE).births["second", "m00"]
    assert birth.parent_hashes == (read_zipped(LINEAGE / f"first/extension/models/{parent}.zip").digest,)
    assert broken_links(LINEAGE) == []
    evidence = stored_evidence(comparison_plan(study), Layout())
    assert evidence.transfers["second"].source_steps == {"m00": 192, "m01": 192}
    assert evidence.spending.generations["second"]["inherited"].before == 2 * 192
    results = read_results(study, "", Layout())
    assert max(row.env_steps for row in results.outcomes[0].members.curves["m00"]) == 192


def test_where_somebody_passes_nobody_is_extended(run, tiny):
    run(when_none="extend", extend_budget=64, rule="top", at_most=1)
    assert not Layout().arm("first", "extension").models.is_dir()
    assert [path.name for path in (LINEAGE / "first/extension").iterdir()] == ["steps.json"]
    assert "extension" not in decision("first")


def test_a_study_that_stops_says_why_in_every_file_after_it(run):
    study = run(when_none="stop")
    why = "the study ended at first, where none of 2 members passed the gate"
    assert why_ended(Layout(), "first") is None
    assert why_ended(Layout(), "second") == decision("second")["ended"] == why
    assert read_curves(LINEAGE / "second/curves.csv") == {}
    assert list((LINEAGE / "second/models").iterdir()) == []
    assert json.loads(Path("report/transfer.json").read_text()) == {}
    assert json.loads(Path("report/metrics/second.json").read_text()) == {"ended": why}
    spent = json.loads(Path("report/spending.json").read_text())
    assert spent["steps"] == 2 * 128 + 2 * 256  # the first generation and the control of the second
    results = read_results(study, "", Layout())
    assert results.ended == {"second": why}
    assert f"second never came: {why}." in page(results, charts(results))
    assert f"second never came: {why}" in str(
        drawn_tree(study, results.pedigree, stored_gates(study, Layout()), results.ended).children[-1].label
    )
    assert [one.name for one in stored_runs(study, Layout())] == [
        *(
            "first-inherited-m00",
            "first-inherited-m01",
            "second-control-scratch-m00",
            "second-control-scratch-m01",
            "compare",
        )
    ]


def test_a_refused_approval_ends_the_study_with_its_author(run):
    run(when_none="best")
    refusal = {"answer": "refuse", "by": "Ada", "note": "falls over", "evaluation": "x"}
    write_json(LINEAGE / "first/gate.json", {**decision("first"), "survivors": [], "approval": refusal})
    why = "the study ended at first, whose survivors Ada refused: falls over"
    assert why_none_have_heirs("first", read_gate(Layout().gate("first"))) == why
    run_stage("inherit", "second")
    assert why_ended(Layout(), "second") == why
