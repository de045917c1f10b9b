"""Bad weather: no server, no room for its database, a worker that lacks a package, a server that comes back."""

import os
import pickle
import signal
import subprocess
import sys
import time

import pytest

from heredity.errors import HeredityError
from heredity.orchestration.executors import _compute
from heredity.orchestration.local_server import wait_for

pytestmark = pytest.mark.study


def flow(project, **variables):
    """Start `python -m flows.study` in a project, on the server that the variables name."""
    environment = {**project.environment, **variables}
    command = [sys.executable, "-m", "flows.study"]
    return subprocess.Popen(
        command, cwd=project.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_named_with_what_to_start(new_project, tmp_path):
    started = flow(new_project, PREFECT_API_URL="http://127.0.0.1:9/api")
    said = started.communicate(timeout=120)[0]
    assert started.returncode == 2
    assert said.startswith("error: expected a Prefect server at http://127.0.0.1:9/api, got no answer")
    assert "start one with: make ui" in said
    assert len(said.splitlines()) == 1
    assert not (new_project.path / "dvc.lock").exists()


@pytest.mark.slow
def test_a_server_that_answers_everybody_is_used_as_it_is_with_a_warning(new_project, tmp_path, free_port):
    url = f"http://127.0.0.1:{free_port}/api"
    running = server(free_port, str(tmp_path / "home"))
    try:
        new_project.environment |= {"PREFECT_API_URL": url, "PREFECT_HOME": str(tmp_path / "home")}
        said = new_project.run(sys.executable, "-m", "heredity.cli.main", "gc", "--dry-run")
    finally:
        running.terminate()
        running.wait()
    assert f"warning: the Prefect server at {url} answers without a login: whoever reaches it" in said
    assert "Prefect flow runs: 0 would go" in said


@pytest.mark.slow
def test_a_home_that_cannot_be_written_is_named(new_project, tmp_path):
    (tmp_path / "file").write_text("in the way")
    started = flow(new_project, PREFECT_API_URL="", PREFECT_HOME=str(tmp_path / "file" / "home"))
    said = started.communicate(timeout=120)[0]
    assert started.returncode == 2
    assert str(tmp_path / "file" / "home") in said
    assert "Traceback" not in said


def test_a_worker_that_lacks_a_package_names_it(tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def work(item):\n    return item\n")
    with monkeypatch.context() as here:
        here.syspath_prepend(tmp_path)
        packed = pickle.dumps((__import__("only_here").work, 1, False))
        del sys.modules["only_here"]
    with pytest.raises(HeredityError, match="a worker lacks the module only_here; install the same packages"):
        _compute(packed)


@pytest.mark.slow
def test_a_server_that_is_restarted_costs_a_flow_nothing(new_project, tmp_path, free_port):
    url, home = f"http://127.0.0.1:{free_port}/api", str(tmp_path / "home")
    first = server(free_port, home)
    try:
        running = flow(new_project, PREFECT_API_URL=url)
        waited = time.monotonic() + 100
        while not (new_project.path / "lineage" / "first" / "heirs").exists():
            assert time.monotonic() < waited
            time.sleep(0.1)
        first.send_signal(signal.SIGKILL)
        first.wait()
        time.sleep(3)
        first = server(free_port, home)
        said = running.communicate(timeout=200)[0]
    finally:
        first.terminate()
        first.wait()
    assert running.returncode == 0, said
    assert "up to date" in new_project.run("dvc", "status")


def server(port, home):
    """Start a server and wait until it answers."""
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--log-level", "CRITICAL"]
    url = f"http://127.0.0.1:{port}/api"
    environment = {**os.environ, "PREFECT_HOME": home, "PREFECT_API_URL": url}
    started = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(url, started)
    return started
