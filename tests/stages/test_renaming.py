"""A generation that is renamed or removed leaves nothing that another machine would lack."""

import pytest

from heredity.layout import Layout
from tests.projects import Project

pytestmark = [pytest.mark.study, pytest.mark.slow]


def test_another_machine_pulls_all_that_a_renamed_study_consists_of(project, tmp_path):
    text = (project.path / "params.yaml").read_text()
    (project.path / "params.yaml").write_text(
        text.replace("second", "last").replace("budget: lineage", "budget: matched")
    )
    assert "train@last" in project.repro()
    assert not Layout(project.path / "lineage").generation("second").exists()
    assert "up to date" in project.run("dvc", "status")
    project.run("dvc", "remote", "add", "-q", "--local", "-f", "-d", "shared", str(tmp_path / "remote"))
    project.run("dvc", "push", "-q")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "renamed")
    project.run("git", "clone", "-q", ".", str(tmp_path / "second"))
    second = Project(tmp_path / "second")
    second.run("dvc", "remote", "add", "-q", "--local", "-d", "shared", str(tmp_path / "remote"))
    second.run("dvc", "pull", "-q")
    assert "up to date" in second.run("dvc", "status")
    assert second.repro() == []
