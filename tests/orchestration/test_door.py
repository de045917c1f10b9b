"""Prefect's server behind its door: every route of this version, without the login and by wrong names."""

import base64
import logging
import sqlite3
import warnings

import pytest
from prefect.settings import temporary_settings
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from heredity.orchestration.door import BusyDatabase, allowed_hosts, guarded_app, keep_busy_database_quiet, policy

with warnings.catch_warnings():  # it would rather have another version of httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

LOGIN = "heredity:5ec2e7"
UI = "http://127.0.0.1:4200"
OPEN = {"/api/health", "/api/ready"}
"""What Prefect answers to everybody, with a word that says that it is there."""


@pytest.fixture(scope="module")
def app():
    """Return the server as `heredity serve` makes it; its database is not opened."""
    settings = {"server.api.auth_string": LOGIN, "server.api.cors_allowed_origins": f"{UI},http://localhost:4200"}
    with temporary_settings(settings):
        yield guarded_app()


@pytest.fixture
def stranger(app):
    return TestClient(app, base_url=UI, raise_server_exceptions=False)


def basic(login):
    return {"authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


def routes(router, prefix=""):
    """Yield path and route of everything that a router serves, those of the routers in it included."""
    for route in router.routes:
        inner = getattr(route, "original_router", None) or getattr(getattr(route, "app", None), "router", None)
        path = f"{prefix}{getattr(route, 'path', '')}"
        if inner is not None and not getattr(route, "endpoint", None):
            yield from routes(inner, path)
        else:
            yield path, route


def test_every_path_of_the_api_asks_for_the_login(app, stranger):
    paths = [
        (method, path)
        for path, route in routes(app)
        if path.startswith("/api/")
        for method in getattr(route, "methods", None) or ()
    ]
    answers = {f"{method} {path}": stranger.request(method, path).status_code for method, path in paths}
    assert len(answers) > 150
    assert {path.partition(" ")[2] for path, code in answers.items() if code != 401} <= OPEN


@pytest.mark.parametrize(
    "path", ["/api/docs", "/api/openapi.json", "/api/redoc", "/api/static/x", "/api//health", "/api/"]
)
def test_so_does_what_is_described_nowhere(stranger, path):
    assert stranger.get(path).status_code == 401


@pytest.mark.parametrize("login", ["", "heredity:", "heredity:5ec2e", "heredity:5ec2e7 ", "admin:pass"])
def test_another_login_is_none(stranger, login):
    assert stranger.get("/api/version", headers=basic(login)).status_code == 401


def test_with_the_login_the_server_answers(stranger):
    assert stranger.get("/api/version", headers=basic(LOGIN)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4200", "127.0.0.1.evil.example", "0.0.0.0:4200", "[::1]", ""]
)
@pytest.mark.parametrize("path", ["/", "/report/", "/ui-settings", "/api/health", "/api/version", "/docs"])
def test_a_wrong_name_is_served_nothing_even_with_the_login(stranger, host, path):
    answer = stranger.get(path, headers={"host": host, **basic(LOGIN)})
    assert (answer.status_code, answer.text) == (400, "Invalid host header")


def test_a_page_of_another_origin_is_refused_before_it_asks(stranger):
    asks = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    assert stranger.options("/api/deployments/filter", headers=asks).status_code == 400
    assert "access-control-allow-origin" not in stranger.get("/api/health", headers=asks).headers
    own = stranger.options("/api/deployments/filter", headers={**asks, "origin": UI})
    assert own.headers["access-control-allow-origin"] == UI


def test_no_page_may_show_the_ui_in_a_frame_nor_the_ui_talk_to_others(stranger):
    sent = stranger.get("/ui-settings").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in sent
    assert f"connect-src 'self' {UI} " in sent


SOCKETS = [
    "/api/events/in",
    "/api/events/out",
    "/api/logs/out",
    "/api/task_runs/subscriptions/scheduled",
    "/api/work_pools/heredity/workers/connect",
]


def test_these_are_all_the_sockets_there_are(app):
    found = {path for path, route in routes(app) if isinstance(route, WebSocketRoute)}
    assert found == {path.replace("heredity/workers", "{work_pool_name}/workers") for path in SOCKETS}


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize("subprotocols", [[], ["prefect"]])
@pytest.mark.parametrize("first", [{"type": "filter", "filter": {}}, {"type": "auth"}, {"type": "auth", "token": "x"}])
def test_a_socket_closes_before_it_says_anything(stranger, path, subprotocols, first):
    with pytest.raises(WebSocketDisconnect), stranger.websocket_connect(path, subprotocols=subprotocols) as socket:
        socket.send_json(first)
        socket.receive_json()


def test_a_socket_of_a_wrong_name_is_not_opened(stranger):
    with (
        pytest.raises(WebSocketDisconnect),
        stranger.websocket_connect("/api/events/out", subprotocols=["prefect"], headers={"host": "evil.example"}),
    ):
        pass


def test_a_name_that_the_user_allows_is_one_of_the_servers():
    assert allowed_hosts([UI, "https://ui.lab.example"]) == ["127.0.0.1", "localhost", "ui.lab.example"]
    assert "*" in allowed_hosts(["*"])
    assert policy(["*"]) == "connect-src *; frame-ancestors 'none'"


def test_the_report_asks_for_the_login_as_well(stranger):
    assert stranger.get("/report/").status_code == 401
    assert stranger.get("/report/", headers=basic(LOGIN)).status_code in (200, 404)


@pytest.mark.parametrize(
    ("cause", "shown"),
    [
        (sqlite3.OperationalError("database is locked"), False),
        (sqlite3.OperationalError("database table is locked"), False),
        (sqlite3.OperationalError("no such table: flow_run"), True),
        (OSError("no space left on device"), True),
    ],
)
@pytest.mark.parametrize("name", ["prefect.server.services.foreman", "sqlalchemy.pool"])
def test_a_database_that_is_busy_is_not_told_on_the_terminal(cause, shown, name, monkeypatch):
    said = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", said.append)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        keep_busy_database_quiet()
        keep_busy_database_quiet()
        assert len(handler.filters) == 1
        try:
            raise RuntimeError("Encountered an error") from cause
        except RuntimeError:
            logging.getLogger(name).exception("a service failed")
        logging.getLogger(name).error("said so: %s", cause)
    finally:
        root.removeHandler(handler)
    assert len(said) == (2 if shown else 0)


def test_what_has_no_error_is_told():
    assert BusyDatabase().filter(logging.makeLogRecord({"msg": "the port is taken"}))
