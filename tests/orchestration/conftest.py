"""A real Prefect server for the session, and studies that flows have run."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from prefect import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.deployments import run_deployment
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness
from ruamel.yaml import YAML

from flows.study import study
from tests.projects import Project

TOY = {
    "stages": {
        "first": {
            "cmd": "python double.py numbers.txt first",
            "deps": ["numbers.txt", "double.py"],
            "params": ["factor"],
            "outs": ["first"],
        },
        "second": {
            "cmd": "python double.py first/result.txt second",
            "deps": ["first", "double.py"],
            "outs": ["second"],
            "metrics": [{"second.json": {"cache": False}}],
        },
        "aside": {"cmd": "python double.py numbers.txt aside", "deps": ["numbers.txt"], "outs": ["aside"]},
    },
}
"""Three stages without any learning: what the ledger does with them takes milliseconds."""

DOUBLE = """
import json, pathlib, sys

source, out = map(pathlib.Path, sys.argv[1:])
number = 2 * int(source.read_text())
out.mkdir()
(out / "result.txt").write_text(str(number))
if out.name == "second":
    pathlib.Path("second.json").write_text(json.dumps({"number": number}))
"""

DEPLOY = "from pathlib import Path; from heredity.orchestration.serve import deploy; deploy(Path.cwd())"
"""What `heredity serve` does between the start of the server and that of the worker."""


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One Prefect server with a database of its own."""
    os.environ["WANDB_MODE"] = "disabled"
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="module")
def free_port():
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def new_toy(tmp_path_factory):
    """Make a project of three quick stages; tests copy it."""
    project = Project(tmp_path_factory.mktemp("toy"))
    for name, text in (("double.py", DOUBLE), ("numbers.txt", "3"), ("params.yaml", "factor: 2\n")):
        (project.path / name).write_text(text)
    with (project.path / "dvc.yaml").open("w") as file:
        YAML().dump(TOY, file)
    project.run("git", "init", "-q")
    project.run("dvc", "init", "-q")
    return project


@pytest.fixture
def toy(new_toy, tmp_path):
    """Return a project of three quick stages that a test may change."""
    return new_toy.copy(tmp_path / "toy")


@pytest.fixture(scope="session")
def flown(kept_new, server, tmp_path_factory):
    """The tiny study, run by a flow of this process; the second value is its flow run's id."""
    project = kept_new.copy(tmp_path_factory.mktemp("flown") / "project")
    state = study(project=str(project.path), return_state=True)
    assert state.is_completed(), state.message
    return project, state.state_details.flow_run_id


@pytest.fixture(scope="session")
def deployed(kept_new, server, tmp_path_factory):
    """The tiny study, run through a deployment by a worker; the second value is its flow run's id."""
    project = kept_new.copy(tmp_path_factory.mktemp("deployed") / "project")
    project.environment["PREFECT_API_URL"] = PREFECT_API_URL.value()
    project.run(sys.executable, "-c", DEPLOY)
    with run_worker(project):
        run = run_deployment("study/by-hand", timeout=180, poll_interval=1)
    assert run.state.is_completed(), run.state
    return project, run.id


@contextmanager
def run_worker(project):
    command = ("prefect", "worker", "start", "--pool", "heredity", "--type", "process")
    with (project.path / "worker.log").open("w") as log:
        worker = subprocess.Popen(
            command, cwd=project.path.parent, env=project.environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            worker.terminate()
            try:
                worker.wait(10)
            except subprocess.TimeoutExpired:  # as it does where a flow run ends at that very moment
                worker.kill()
                worker.wait()


def task_runs(flow_run):
    """Return the names and states of a flow run's task runs, those of the flow runs below it included."""
    waiting, found = [flow_run], {}
    with get_client(sync_client=True) as client:
        while waiting:
            within = FlowRunFilter(id=FlowRunFilterId(any_=[waiting.pop()]))
            for run in client.read_task_runs(flow_run_filter=within, limit=200):
                found[run.name] = run.state.name
                waiting += [run.state.state_details.child_flow_run_id] * run.name.startswith("generation")
    return found


def artifact(key):
    """Return the latest artifact with a key."""
    with get_client(sync_client=True) as client:
        return client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))[-1]
