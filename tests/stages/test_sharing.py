"""What a colleague takes of a project, and goes on with: real git, real DVC, a directory as remote."""

import csv
import io
import json

import pytest

from heredity.agents.archives import file_digest
from heredity.orchestration.dvc_lock import stages_left
from tests.projects import Project

pytestmark = pytest.mark.study


@pytest.fixture
def shared(project, tmp_path):
    """A finished project whose results lie in a remote, and whose best survivor has a tag."""
    project.run("dvc", "remote", "remove", "--local", "private")
    project.run("dvc", "remote", "add", "-q", "-d", "store", str(tmp_path / "remote"))
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "results")
    project.run("git", "tag", "-a", "best@v1.0.0", "-m", "the first")
    project.run("dvc", "push", "-q")
    return project


def test_the_best_survivor_is_taken_without_the_rest_and_by_its_version(shared, tmp_path):
    colleague = Project(tmp_path / "colleague")
    colleague.path.mkdir()
    colleague.run("dvc", "get", "-q", str(shared.path), "report/best", "-o", "got")
    told = json.loads((colleague.path / "got" / "best.json").read_text())["second"]
    assert file_digest(colleague.path / "got" / told["model"]) == told["sha256"]
    shared.replace("params.yaml", "seed: 0", "seed: 1")
    shared.run("git", "rm", "-q", "dvc.lock")
    shared.run("git", "commit", "-qam", "something else")
    colleague.run("dvc", "artifacts", "get", str(shared.path), "best", "--rev", "v1.0.0", "-o", "tagged")
    assert (colleague.path / "tagged" / "best.json").read_text() == (colleague.path / "got" / "best.json").read_text()


def test_a_clone_pulls_and_has_nothing_to_do_until_something_changes(shared, tmp_path):
    clone = tmp_path / "clone"
    shared.run("git", "clone", "-q", str(shared.path), str(clone))
    colleague = Project(clone)
    colleague.run("dvc", "pull", "-q")
    assert stages_left(clone) == []
    colleague.replace("params.yaml", "confidence: 0.95", "confidence: 0.9")
    assert stages_left(clone) == ["study"]
    assert "train@first" not in colleague.repro()


@pytest.mark.slow
def test_experiments_wait_in_a_queue_and_stand_beside_one_another(shared):
    shared.run("dvc", "exp", "run", "--queue", "-n", "looser", "-S", "gate.confidence=0.9")
    shared.run("dvc", "exp", "run", "--run-all")
    _, *rows = csv.DictReader(io.StringIO(shared.run("dvc", "exp", "show", "--csv", "--no-pager")))
    found = {row["Experiment"]: row["gate.confidence"] for row in rows}
    assert found["looser"] == "0.9"
    assert {row["gate.confidence"] for row in rows} == {"0.95", "0.9"}
