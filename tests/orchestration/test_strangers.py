"""`heredity serve` as it is typed, and who is kept out of it: another page of the browser, another user's curl."""

import functools
import os
import signal
import subprocess
import sys
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import psutil
import pytest

from tests.orchestration.serving import STARTUP_SECONDS, login, served, signed
from tests.stages.test_secrets import leaks

pytestmark = [pytest.mark.study, pytest.mark.slow]

PAGE = Path(__file__).parent / "web-page.html"
ENDING_SECONDS = 20


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def serving(kept_new, tmp_path_factory, free_port):
    """The tiny study with its UI; the second value is the line that it printed."""
    project = kept_new.copy(tmp_path_factory.mktemp("serving") / "project")
    with served(project, free_port) as (_, line, family):
        project.family = family
        yield project, line


@pytest.fixture
def api(free_port):
    return f"http://127.0.0.1:{free_port}/api"


def test_a_web_page_of_another_origin_can_neither_read_nor_start_anything(serving, api, browser, tmp_path):
    page = PAGE.read_text().replace("API", api).replace("FILE", str(tmp_path / "was-here"))
    (tmp_path / "index.html").write_text(page)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        tab = browser.new_page()
        tab.goto(f"http://localhost:{server.server_port}/index.html")
        tab.wait_for_function("document.title")
        assert tab.title() == "refused: TypeError: Failed to fetch"
        tab.close()
        server.shutdown()
    time.sleep(10)  # a worker looks for runs every few seconds
    assert not (tmp_path / "was-here").exists()


def test_the_line_to_copy_has_address_and_login_and_the_login_page_takes_it(serving, api, browser):
    project, line = serving
    assert line == f"The Prefect UI is at {api[:-4]} and its login is {login(project)} (Ctrl-C ends it)"
    tab, elsewhere = browser.new_page(), []
    tab.on("requestfinished", lambda request: elsewhere.append(request.url))
    tab.goto(f"{api[:-4]}/deployments")
    tab.locator("input").first.fill(line.split()[10])
    tab.keyboard.press("Enter")
    tab.get_by_text("by-hand").first.wait_for(timeout=30_000)
    assert [url for url in elsewhere if not url.startswith((api[:-4], "data:", "blob:"))] == []
    tab.close()


def test_curl_without_the_login_reads_and_starts_nothing(serving, api):
    assert httpx.post(f"{api}/deployments/filter", json={}).status_code == 401
    assert httpx.post(f"{api}/deployments/filter", json={}, auth=("heredity", "guess")).status_code == 401
    assert httpx.get(f"{api}/admin/settings").status_code == 401


def test_a_name_rebound_to_this_machine_is_served_nothing(serving, api):
    for place in (api[:-4], f"{api}/health"):
        assert httpx.get(place, headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "variables",
    [{"command": "touch was-here"}, {"env": {"A": "b"}}, {"env.A": "b"}, {"working_dir": "/"}, {"name": "x"}],
)
def test_a_run_brings_no_command_environment_or_directory(serving, api, variables):
    with httpx.Client(auth=signed(serving[0])) as client:
        deployment = client.post(f"{api}/deployments/filter", json={}).json()[0]["id"]
        asked = {"job_variables": variables}
        answer = client.post(f"{api}/deployments/{deployment}/create_flow_run", json=asked)
    assert answer.status_code == 422
    assert "Additional properties are not allowed" in answer.json()["detail"]


def test_a_command_in_another_terminal_that_is_pointed_there_is_let_in(serving, api):
    project, _ = serving
    kept = {name: value for name, value in project.environment.items() if not name.startswith("PREFECT_")}
    project.environment = {**kept, "PREFECT_API_URL": api}
    said = project.run(sys.executable, "-m", "heredity.cli.main", "gc", "--dry-run")
    assert "Prefect flow runs: 0 would go" in said


def test_the_login_is_in_no_argument_and_in_no_file_but_its_own(serving, monkeypatch):
    project, _ = serving
    secret = login(project).partition(":")[2]
    words = [word for process in psutil.Process().children(recursive=True) for word in process.cmdline()]
    assert "heredity.orchestration.door" in words
    assert not [word for word in words if secret in word]
    monkeypatch.setattr("tests.stages.test_secrets.CANARY", secret)
    assert leaks(project.path) == [".prefect/heredity/login"]


@pytest.mark.parametrize(
    ("how", "background"),
    [
        ((signal.SIGTERM,), True),
        ((signal.SIGINT,), False),
        ((signal.SIGINT,) * 3, False),
        ((signal.SIGHUP,), False),
        ((signal.SIGKILL,), False),
    ],
    ids=["SIGTERM with &", "Ctrl-C", "Ctrl-C thrice", "SIGHUP", "SIGKILL"],
)
def test_it_ends_with_its_server_and_its_worker(new_project, free_port, how, background):
    """In the background a shell hands it SIGINT ignored."""
    ignoring = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh") if background else ()
    with served(new_project, free_port + 1, *ignoring) as (process, _, family):
        assert len(family) == 3
        for each in how:
            process.send_signal(each)
            time.sleep(0.3)
        process.wait(ENDING_SECONDS)
        _, left = psutil.wait_procs(family[1:], timeout=3)
        assert left == []
        assert process.returncode == (-signal.SIGKILL if signal.SIGKILL in how else 0)


def test_a_flow_that_is_killed_takes_its_temporary_server_along(new_project):
    environment = {name: value for name, value in new_project.environment.items() if not name.startswith("PREFECT_")}
    log = (new_project.path.parent / "flow.log").open("w")
    flow = subprocess.Popen(
        [sys.executable, "-m", "flows.study"], cwd=new_project.path, env=environment, stdout=log, stderr=log
    )
    until = time.monotonic() + STARTUP_SECONDS
    while not (new_project.path / "study" / "name.txt").exists():
        assert time.monotonic() < until
        time.sleep(0.2)
    family = psutil.Process(flow.pid).children(recursive=True)
    door = next(each for each in family if "heredity.orchestration.door" in each.cmdline())
    port = next(each.laddr.port for each in door.net_connections("inet") if each.status == psutil.CONN_LISTEN)
    assert httpx.post(f"http://127.0.0.1:{port}/api/flow_runs/filter", json={}).status_code == 401
    assert httpx.get(f"http://127.0.0.1:{port}/", headers={"host": "evil.example"}).status_code == 400
    os.kill(flow.pid, signal.SIGKILL)
    flow.wait()
    log.close()
    _, left = psutil.wait_procs(family, timeout=5)
    assert left == []
