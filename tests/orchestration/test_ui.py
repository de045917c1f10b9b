"""The Prefect UI as a person opens it, in a headless browser."""

import psutil
import pytest
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

from heredity.errors import HeredityError
from heredity.orchestration.secret import project_login
from heredity.orchestration.serve import server as ui_server
from tests.orchestration.conftest import artifact

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ui(server, free_port, tmp_path_factory):
    """Return address and login of a UI, as `make ui` starts it, over the database of the session's server."""
    root = tmp_path_factory.mktemp("ui")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", PREFECT_API_DATABASE_CONNECTION_URL.value())
        patch.setenv("PREFECT_HOME", str(root))
        patch.setenv("PREFECT_API_URL", "")
        with ui_server(root, free_port) as url:
            yield url.removesuffix("/api"), project_login(root)


@pytest.fixture
def opened(browser, ui):
    """Return a function that opens a page of the UI, to which one has logged in, and waits for a text on it."""
    address, login = ui
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(f"localStorage.setItem('prefect-password', btoa('{login}'))")
    tab = context.new_page()

    def open_page(place, text):
        tab.goto(f"{address}/{place}")
        tab.get_by_text(text).first.wait_for(timeout=30_000)
        return tab

    yield open_page
    context.close()


def test_the_run_shows_its_stages(deployed, opened):
    tab = opened(f"runs/flow-run/{deployed[1]}", "Task Runs")
    assert "tiny" in tab.inner_text("body")
    tab.get_by_text("Task Runs").last.click()
    for stage in ("founders", "inherit@first", "control@second"):
        tab.get_by_text(stage).first.wait_for()


def test_a_gates_table_is_an_artifact(deployed, opened):
    tab = opened(f"artifacts/artifact/{artifact('tiny-first-gate').id}", "m00")
    shown = tab.inner_text("body")
    assert "m01" in shown
    assert "may have heirs; threshold 20" in shown


def test_a_port_that_a_server_has_is_not_taken_again(ui, tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "")
    address, _ = ui
    port = int(address.rsplit(":", 1)[1])
    with pytest.raises(HeredityError, match=f"a Prefect server is at {address}/api already"), ui_server(tmp_path, port):
        pass


def test_the_server_listens_on_this_machine_only(ui):
    port = int(ui[0].rsplit(":", 1)[1])
    listening = {
        each.laddr.ip
        for each in psutil.net_connections("inet")
        if each.status == psutil.CONN_LISTEN and each.laddr.port == port
    }
    assert listening == {"127.0.0.1"}
