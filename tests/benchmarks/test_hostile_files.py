"""The campaign of changed files in short: stages and commands refuse a study whose files do not fit together."""

import shutil

import pytest

from benchmarks.file_changes import UNFIT
from benchmarks.hostile_files import READERS, UNHARMED, Case, contents, outcome, put_back

pytestmark = pytest.mark.study

QUICK = ("train second", "gate second", "compare", "heredity tree")
WHOLE = "lineage", "study", "report", "params.yaml", "approvals.yaml"


@pytest.fixture
def study(finished, tmp_path, monkeypatch):
    """Work in a directory with what a finished study wrote, and return what lies there."""
    for name in WHOLE:
        path = finished.path / name
        shutil.copytree(path, tmp_path / name) if path.is_dir() else shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return contents(tmp_path.relative_to(tmp_path))


def test_what_does_not_fit_together_is_refused_in_one_line_and_nothing_is_changed(study, tmp_path):
    here, ended = tmp_path.relative_to(tmp_path), {}
    for number, (reader, name, change) in enumerate(UNFIT):
        if reader in QUICK and (here / name).exists() and "second" in name:
            change(here / name)
            ended[number, reader, name] = outcome(Case("", reader, name, change), study)
            put_back(here, study)
    assert {case: said for case, (end, said) in ended.items() if end != "refused"} == {}
    assert len(ended) >= 9


@pytest.mark.parametrize("reader", [name for name in READERS if name.startswith("heredity ")])
def test_every_command_takes_a_study_that_nobody_has_changed(study, reader):
    assert outcome(Case(UNHARMED, reader, "params.yaml", lambda path: None), study) == ("recovered", "")


def test_what_ends_otherwise_is_told_as_lost(study, monkeypatch):
    case = Case("", "gate second", "approvals.yaml", lambda path: None)
    monkeypatch.setitem(READERS, "gate second", lambda: [][0])
    assert outcome(case, study) == ("lost", "IndexError: list index out of range")
