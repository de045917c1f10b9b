"""`heredity rename` as a person types it."""

import shutil

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


def test_where_a_name_is_refused_nothing_changes(tiny, write_study):
    path = write_study(tiny)
    shutil.copy(path, path.with_suffix(".before"))
    line = typed(path.parent, "rename", "first", "second", code=2)
    assert line == "error: params.yaml: expected a name that no generation has, got 'second'\n"
    assert path.read_bytes() == path.with_suffix(".before").read_bytes()
