"""What a colleague takes of a project, and goes on with: real git, real DVC, a directory or a bucket as remote."""

import csv
import io
import json

import pytest

from heredity.agents.kept import kept_digest
from heredity.orchestration.dvc_lock import stages_left
from tests.projects import Project

pytestmark = pytest.mark.study

IDENTITY = {"aws_access_key_id": "ada", "aws_secret_access_key": "lovelace"}


def share(project, remote, **settings):
    """Commit what a project came to, with a remote, and push it there."""
    project.run("dvc", "remote", "remove", "--local", "private")
    project.run("dvc", "remote", "add", "-q", "-d", "store", remote)
    for name, value in settings.items():
        project.run("dvc", "remote", "modify", "-q", "store", name, value)
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "results")
    project.run("dvc", "push", "-q")


@pytest.fixture
def shared(project, tmp_path):
    """A finished project whose results lie in a remote, and whose best survivor has a tag."""
    share(project, str(tmp_path / "remote"))
    project.run("git", "tag", "-a", "best@v1.0.0", "-m", "the first")
    return project


@pytest.fixture
def bucket():
    """S3 as moto's server has it, with a bucket: its address."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    s3 = pytest.importorskip("boto3").client("s3", endpoint_url=address, region_name="us-east-1", **IDENTITY)
    s3.create_bucket(Bucket="studies")
    yield address
    server.stop()


def test_the_best_survivor_is_taken_without_the_rest_and_by_its_version(shared, tmp_path):
    colleague = Project(tmp_path / "colleague")
    colleague.path.mkdir()
    colleague.run("dvc", "get", "-q", str(shared.path), "report/best", "-o", "got")
    told = json.loads((colleague.path / "got" / "best.json").read_text())["second"]
    assert kept_digest(colleague.path / "got" / told["model"]) == told["sha256"]
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
def test_results_lie_in_a_bucket_and_a_clone_takes_what_it_needs_of_them(project, bucket, tmp_path):
    project.environment |= {name.upper(): value for name, value in IDENTITY.items()}
    share(project, "s3://studies/poles", endpointurl=bucket)
    colleague = Project(tmp_path / "clone")
    colleague.environment |= {name.upper(): value for name, value in IDENTITY.items()}
    project.run("git", "clone", "-q", str(project.path), str(colleague.path))
    colleague.run("dvc", "pull", "-q", "report/best")
    assert (colleague.path / "report" / "best" / "best.json").exists()
    assert not (colleague.path / "lineage" / "first" / "models").exists()
    colleague.run("dvc", "pull", "-q")
    assert stages_left(colleague.path) == []


@pytest.mark.slow
def test_experiments_wait_in_a_queue_and_stand_beside_one_another(shared):
    shared.run("dvc", "exp", "run", "--queue", "-n", "looser", "-S", "gate.confidence=0.9")
    shared.run("dvc", "exp", "run", "--run-all")
    _, *rows = csv.DictReader(io.StringIO(shared.run("dvc", "exp", "show", "--csv", "--no-pager")))
    found = {row["Experiment"]: row["gate.confidence"] for row in rows}
    assert found["looser"] == "0.9"
    assert {row["gate.confidence"] for row in rows} == {"0.95", "0.9"}
