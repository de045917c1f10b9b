"""Whether results are those of the committed dvc.lock."""

import subprocess

import pytest

from heredity.cli import committed
from heredity.cli.committed import as_committed
from heredity.errors import HeredityError
from heredity.orchestration.standing import Standing


@pytest.fixture
def project(tmp_path):
    (tmp_path / "dvc.lock").write_text("schema: '2.0'\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture
def standing(monkeypatch):
    """Return a function by which DVC says how results stand."""
    return lambda stands: monkeypatch.setattr(committed, "project_standing", lambda _: stands)


def commit(project):
    somebody = ("-c", "user.name=t", "-c", "user.email=t@t")
    for words in (("add", "dvc.lock"), (*somebody, "commit", "-qm", "x")):
        subprocess.run(["git", *words], cwd=project, check=True)


def test_what_dvc_finds_as_the_committed_lock_has_it_is_its(project, standing):
    standing(Standing())
    assert not as_committed(project)  # of no commit
    commit(project)
    assert as_committed(project)
    (project / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    assert not as_committed(project)


@pytest.mark.parametrize("stands", [Standing(left=("train@small",)), Standing(cached=("gate@small",)), None])
def test_what_stands_otherwise_is_not_and_neither_is_what_nobody_tracks(project, standing, stands):
    commit(project)
    standing(stands)
    assert not as_committed(project)


def test_where_dvc_cannot_say_nothing_is_said(project, monkeypatch):
    def busy(_):
        raise HeredityError("DVC is at work")

    commit(project)
    monkeypatch.setattr(committed, "project_standing", busy)
    assert not as_committed(project)
    (project / "dvc.lock").unlink()
    assert not as_committed(project)
