"""What follows a gate that nobody passes: an extension, or a study that ends there and says so everywhere."""

import csv
import json
from pathlib import Path

import pytest

from heredity.agent import read_agent, read_tensors
from heredity.curves import read_curves
from heredity.evidence import stored_evidence
from heredity.files import write_json
from heredity.params import load_study
from heredity.pedigree import broken_links, read_pedigree
from heredity.publish import stored_runs
from heredity.report.page import charts, page
from heredity.report.story import read_story
from heredity.settled import ended, settled
from heredity.show import drawn_tree
from stages import compare, continual, control, evaluate, founders, gate, inherit, train

LINEAGE = Path("lineage")


def here(work_on, work, *, on_progress=None):
    return [work_on(item) for item in work]


@pytest.fixture
def run(tiny, write_study, tmp_path, monkeypatch):
    """Return a function that runs a whole tiny study whose first generation nobody passes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")

    def run(**rule):
        tiny["gate"] = {**tiny["gate"], **rule}
        tiny["generations"]["first"]["threshold"] = 501.0
        tiny["continual"] = {"episodes": 2}
        study = load_study(write_study(tiny), check=False)
        founders.main(study)
        for name in study.order():
            inherit.main(study, name)
            for stage in (train, evaluate, gate):
                stage.main(study, name, spread=here)
        control.main(study, "second", spread=here)
        compare.main(study)
        continual.main(study, spread=here)
        return study

    return run


def decision(name):
    return json.loads((LINEAGE / name / "gate.json").read_text())


def adam_steps(path):
    state = read_tensors(read_agent(path))["policy.optimizer"]["state"]
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
    assert study.control_budget("second") == 128 + 64 + 128 + 64


def test_heirs_descend_from_what_the_extension_trained_and_pay_for_it(run):
    study = run(when_none="extend", extend_budget=64)
    parent = decision("first")["survivors"][0]
    link = read_pedigree(LINEAGE).links["second", "m00"]
    assert link.parent_hashes == (read_agent(LINEAGE / f"first/extension/models/{parent}.zip").digest,)
    assert broken_links(LINEAGE) == []
    found = stored_evidence(study, LINEAGE)
    assert found.transfers["second"]["source_steps"] == {"m00": 192, "m01": 192}
    assert found.spent["second"]["inherited"].before == 2 * 192
    story = read_story(study, "", LINEAGE, Path("report"))
    assert max(row.env_steps for row in story.outcomes[0].members.curves["m00"]) == 192


def test_where_somebody_passes_nobody_is_extended(run, tiny):
    run(when_none="extend", extend_budget=64, rule="top", at_most=1)
    assert settled(LINEAGE / "first") == LINEAGE / "first"
    assert [path.name for path in (LINEAGE / "first/extension").iterdir()] == ["steps.json"]
    assert "extension" not in decision("first")


def test_a_study_that_stops_says_why_in_every_file_after_it(run):
    study = run(when_none="stop")
    why = "the study ended at first, where none of 2 members passed the gate"
    assert ended(LINEAGE / "first") is None
    assert ended(LINEAGE / "second") == decision("second")["ended"] == why
    assert read_curves(LINEAGE / "second/curves.csv") == {}
    assert list((LINEAGE / "second/models").iterdir()) == []
    assert json.loads(Path("report/transfer.json").read_text()) == {}
    assert json.loads(Path("report/metrics.json").read_text())["second"] == {"ended": why}
    spent = json.loads(Path("report/spending.json").read_text())
    assert spent["steps"] == 2 * 128 + 2 * 256  # the first generation and the control of the second
    story = read_story(study, "", LINEAGE, Path("report"))
    assert story.ended == {"second": why}
    assert f"second never came: {why}." in page(story, charts(story))
    assert f"second never came: {why}" in str(drawn_tree(study, story.pedigree, LINEAGE).children[-1].label)
    assert [one.name for one in stored_runs(study, LINEAGE, Path("report"))] == [
        *("first-inherited-m00", "first-inherited-m01", "second-control-m00", "second-control-m01", "compare")
    ]


def test_a_refused_approval_ends_the_study_with_its_author(run):
    study = run(when_none="best")
    refusal = {"answer": "refuse", "by": "Ada", "note": "falls over", "evaluation": "x"}
    write_json(LINEAGE / "first/gate.json", {**decision("first"), "survivors": [], "approval": refusal})
    why = "the study ended at first, whose survivors Ada refused: falls over"
    assert inherit.why_ended(study, "second") == why
    inherit.main(study, "second")
    assert ended(LINEAGE / "second") == why
