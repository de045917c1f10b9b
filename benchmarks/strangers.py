"""What whoever reaches a project's Prefect server gets of it without its login: nothing; and what outlives it: nobody.

python -m benchmarks.strangers [--write docs/reliability.md]

One `heredity serve` of a small study is asked, by everything that its version of Prefect answers to, for what a
stranger would like: *refused* is 401, 400, 422 or a closed socket, *lost* anything else. Then it is ended in the ways
that a process is: *recovered* is that server and worker end with it.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import httpx
import psutil
import typer
import websockets

from benchmarks.outcomes import settle
from heredity.errors import HeredityError
from heredity.orchestration.secret import project_login
from tests.orchestration.serving import login, served, signed
from tests.projects import Project, make_project

PORT = 4377
UI = f"http://127.0.0.1:{PORT}"
OPEN = {"/health", "/ready"}
HOSTS = ("evil.example", f"evil.example:{PORT}", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0", "[::1]")
PLACES = ("/", "/v2/", "/ui-settings", "/docs", "/openapi.json", "/api/health", "/api/version", "/api/admin/settings")
ORIGINS = ("http://evil.example", f"http://127.0.0.1:{PORT + 1}", f"https://127.0.0.1:{PORT}", "null", "file://")
SOCKETS = (
    "/events/in", "/events/out", "/logs/out", "/task_runs/subscriptions/scheduled",
    "/work_pools/heredity/workers/connect",
)  # fmt: skip
FIRST = ({"type": "filter", "filter": {}}, {"type": "auth"}, {"type": "auth", "token": "heredity:guess"}, [], "auth")
VARIABLES = (
    {"command": "touch was-here"}, {"env": {"A": "b"}}, {"env.A": "b"}, {"working_dir": "/"}, {"name": "x"},
    {"stream_output": False}, {"labels": {}}, {"command": None}, {"": 1}, {"job_configuration": {"command": "x"}},
)  # fmt: skip
SECONDS_TO_END = 20


def paths(client: httpx.Client) -> Iterator[tuple[str, str, str]]:
    """Ask for everything that the server describes of itself, without a login and with wrong ones."""
    described = client.get(f"{UI}/openapi.json").json()["paths"]
    for path, method in ((path, method) for path, methods in described.items() for method in methods):
        place = path.removeprefix("/api")
        for kind, auth in (("without a login", None), ("with another login", ("heredity", "guess"))):
            code = client.request(method, f"{UI}/api{place}", auth=auth).status_code
            yield kind, "refused" if code == 401 or place in OPEN else "lost", f"{method} {place}: {code}"


def names(client: httpx.Client, project: Project) -> Iterator[tuple[str, str, str]]:
    for host, place in product(HOSTS, PLACES):
        code = client.get(f"{UI}{place}", headers={"host": host}, auth=signed(project)).status_code
        yield "by a forged name", "refused" if code == 400 else "lost", f"{host} {place}: {code}"


def origins(client: httpx.Client) -> Iterator[tuple[str, str, str]]:
    """Ask as a browser does for a page of another origin."""
    for origin, place in product(ORIGINS, ("/deployments/filter", "/flow_runs/filter", "/admin/settings", "/health")):
        asks = {"origin": origin, "access-control-request-method": "POST"}
        for answer in (client.options(f"{UI}/api{place}", headers=asks), client.get(f"{UI}/api{place}", headers=asks)):
            allowed = "access-control-allow-origin" in answer.headers
            yield "a page of another origin", "lost" if allowed else "refused", f"{origin} {place}"


async def _says(place: str, first: Any, subprotocols: list[Any]) -> bool:
    """Whether a socket answers anything but that it closes."""
    try:
        async with websockets.connect(f"ws{UI[4:]}/api{place}", subprotocols=subprotocols or None) as socket:
            await socket.send(json.dumps(first))
            await asyncio.wait_for(socket.recv(), 5)
            return True
    except (websockets.exceptions.WebSocketException, OSError, TimeoutError):
        return False


def sockets() -> Iterator[tuple[str, str, str]]:
    for place, first, subprotocols in product(SOCKETS, FIRST, ([], ["prefect"])):
        said = asyncio.run(_says(place, first, subprotocols))
        yield "a socket without a login", "lost" if said else "refused", f"{place} {first}"


def variables(client: httpx.Client, project: Project) -> Iterator[tuple[str, str, str]]:
    """Ask with the login for runs that bring something of their own to execute."""
    found = client.post(f"{UI}/api/deployments/filter", json={}, auth=signed(project)).json()
    for deployment, brought in product(found, VARIABLES):
        place, asked = f"{UI}/api/deployments/{deployment['id']}/create_flow_run", {"job_variables": brought}
        code = client.post(place, json=asked, auth=signed(project)).status_code
        yield "a run's own command", "refused" if code == 422 else "lost", f"{brought}: {code}"


def words(project: Project) -> Iterator[tuple[str, str, str]]:
    """Look for the secret in the arguments of every process, which any user of the machine can list."""
    secret = login(project).partition(":")[2]
    for process in psutil.Process().children(recursive=True):
        told = any(secret in word for word in process.cmdline())
        yield "arguments of a process", "lost" if told else "refused", str(process.pid)


def _link(path: Path) -> None:
    path.symlink_to(path.rename(path.with_name("kept")))


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir(0o700)


WAYS: list[Callable[[Path], object]] = [
    partial(Path.chmod, mode=mode) for mode in (0o640, 0o644, 0o604, 0o660, 0o602, 0o777)
]
WAYS += [
    partial(Path.write_text, data=text) for text in ("", "x", "heredity:", "admin:pass", "heredity:" + "\x00" * 64)
]
WAYS += [_link, _pipe, _folder]


def files(directory: Path) -> Iterator[tuple[str, str, str]]:
    """Put the login where others reach it, or something else in its place."""
    for index, way in enumerate(WAYS):
        home = directory / f"home{index}"
        project_login(home)
        way(home / "heredity" / "login")
        try:
            project_login(home)
            yield "a login that others reach", "lost", str(way)
        except HeredityError as error:
            yield "a login that others reach", "refused" if "\n" not in str(error) else "lost", str(way)


def endings(project: Project) -> Iterator[tuple[str, str, str]]:
    ways = {"SIGTERM": [15], "Ctrl-C": [2], "Ctrl-C thrice": [2, 2, 2], "a closed terminal": [1], "SIGKILL": [9]}
    ignoring = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
    for name, before in (*((name, ()) for name in ways), ("SIGTERM", ignoring)):
        with served(project, PORT, *before) as (process, _, family):
            for each in ways[name]:
                process.send_signal(signal.Signals(each))
            gone, left = psutil.wait_procs(family[1:], timeout=SECONDS_TO_END)
            yield f"ended by {name}", "recovered" if gone and not left else "lost", f"{len(left)} left"


def cases(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield every case; one that is lost says on stderr what it was."""
    project = make_project(directory / "project")
    for case in _cases(directory, project):
        if case[1] == "lost":
            print(*case, file=sys.stderr)
        yield case[:2]


def _cases(directory: Path, project: Project) -> Iterator[tuple[str, str, str]]:
    yield from files(directory)
    with served(project, PORT), httpx.Client(timeout=60, trust_env=False) as client:
        for kind in (paths(client), origins(client), sockets(), words(project)):
            yield from kind
        yield from names(client, project)
        yield from variables(client, project)
    yield from endings(project)


def main(write: Annotated[Path | None, typer.Option(help="a document with marks for the table")] = None) -> None:
    with tempfile.TemporaryDirectory() as directory:
        sys.exit(settle("strangers", cases(Path(directory)), write))


if __name__ == "__main__":
    typer.run(main)
