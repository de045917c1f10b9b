"""Whoever prints results says where they are not those of params.yaml and the code as they are."""

import json

import pytest

from tests.cli.commands import typed

pytestmark = pytest.mark.study

COMMANDS = [("show",), ("tree",), ("compare", "HEAD")]


@pytest.fixture
def committed(project):
    """A finished study whose results git knows."""
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "results")
    return project


def last(project, *words):
    """Return the last line that a command prints, where it puts what is wrong with what it has printed."""
    return typed(project.path, *words).splitlines()[-1]


@pytest.mark.parametrize("words", COMMANDS)
def test_results_of_an_edited_study_are_said_to_be_old(committed, words):
    assert "type: dvc repro" not in typed(committed.path, *words)
    committed.replace("params.yaml", "confidence: 0.95", "confidence: 0.9  # another rule")
    assert last(committed, *words) == (
        "params.yaml, the code or packages have changed since these results were made, which concerns gate@first, "
        "gate@second; type: dvc repro"
    )


def test_a_comment_makes_no_result_old(committed):
    committed.replace("params.yaml", "population: 2", "population: 2  # a pair")
    assert "dvc repro" not in typed(committed.path, "show")


def test_code_that_has_changed_is_said_as_well(committed):
    path = committed.path / "study" / "first" / "train.json"
    path.write_text(path.read_text().replace(json.loads(path.read_text())["code"], "0" * 16))
    assert last(committed, "show").endswith("which concerns train@first; type: dvc repro")


def test_a_change_that_dvc_does_not_notice_needs_study_by_force(committed, monkeypatch):
    committed.replace("params.yaml", "confidence: 0.95", "confidence: 0.9")
    monkeypatch.setattr("heredity.orchestration.dvc_lock.stages_left", lambda project: [])
    assert last(committed, "show").endswith("gate@second; type: dvc repro -f study, then dvc repro")


def test_a_verdict_that_was_made_of_something_else_is_said_to_be_half_of_one(committed):
    text = (committed.path / "lineage" / "second" / "gate.json").read_text()
    (committed.path / "lineage" / "second" / "gate.json").write_text(text + "\n")
    said = last(committed, "show")
    assert said.startswith("these results are not whole: of what is there now, ")
    for stage in ("gate@second", "compare", "continual"):
        assert stage in said


def test_a_study_that_cannot_be_read_leaves_the_question_open(committed):
    committed.replace("params.yaml", "CartPole-v1", "Missing-v7")
    assert "are still those of these results cannot be said: expected the id of a registered" in last(committed, "tree")
