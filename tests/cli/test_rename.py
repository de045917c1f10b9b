"""`heredity rename` as a person types it."""

import shutil

import pytest

from heredity.gate.approval import answered
from heredity.study.load import load_study
from tests.cli.commands import typed


def test_the_study_and_the_answers_of_people_know_a_generation_by_its_new_name(tiny, write_study):
    folder = write_study(tiny).parent
    answers = folder / "approvals.yaml"
    answers.write_text("# said\nfirst: {answer: promote, by: Ada, note: well, evaluation: 3f2a9c41d07be5aa}  # so\n")
    line = typed(folder, "rename", "first", "begin")
    assert line == (
        "params.yaml: first is called begin and keeps its seeds (seed_name: first); "
        "dvc repro takes its members from .heredity/members\n"
    )
    assert load_study(folder / "params.yaml").children("begin") == ("second",)
    assert answers.read_text().startswith("# said\nbegin: {answer: promote")
    assert answered("begin", "3f2a9c41d07be5aa", answers) is not None
    typed(folder, "rename", "second", "end")
    assert "seed_name" not in typed(folder, "rename", "begin", "first")


@pytest.mark.parametrize("text", ["", "# nobody has answered yet\n", "second: {answer: stop}\n"])
def test_where_nobody_has_answered_at_its_gate_the_answers_stay(tiny, write_study, text):
    answers = write_study(tiny).with_name("approvals.yaml")
    answers.write_text(text)
    assert "first is called begin" in typed(answers.parent, "rename", "first", "begin")
    assert answers.read_text() == text


def test_answers_that_cannot_be_read_are_refused_and_nothing_changes(tiny, write_study):
    path = write_study(tiny)
    before = path.read_bytes()
    path.with_name("approvals.yaml").write_text("first: [")
    assert typed(path.parent, "rename", "first", "begin", code=2).startswith("error: approvals.yaml: line ")
    assert path.read_bytes() == before


def test_where_a_name_is_refused_nothing_changes(tiny, write_study):
    path = write_study(tiny)
    shutil.copy(path, path.with_suffix(".before"))
    line = typed(path.parent, "rename", "first", "second", code=2)
    assert line == "error: params.yaml: expected a name that no generation has, got 'second'\n"
    assert path.read_bytes() == path.with_suffix(".before").read_bytes()
