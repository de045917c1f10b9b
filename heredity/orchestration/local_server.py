"""A Prefect server of a project's own on this machine: on a port that nobody else has, behind the project's login."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from heredity.errors import HeredityError
from heredity.lifetime import end_children
from heredity.orchestration.secret import LOOPBACK, project_login

HOST = LOOPBACK[0]
STARTUP_SECONDS = 120
GRACE_SECONDS = 5
"""How long a program that is asked to end may take, before it is ended with all below it."""

LOGIN, SERVER_LOGIN = "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"
LEASES = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"
"""Where a server keeps until when a run has the limit: on disk, because in memory a killed one would forget it, and
the limit would be taken for ever."""
ORIGINS = ("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS")


@dataclass(frozen=True)
class Server:
    """Where a server is; of one that was started here also its login and its process."""

    url: str
    login: str | None = None
    process: "subprocess.Popen[bytes] | None" = None

    def variables(self) -> dict[str, str]:
        """Return what tells a program of Prefect's about this server."""
        return {"PREFECT_API_URL": self.url, **({LOGIN: self.login} if self.login else {})}


def command(module: str, *words: str) -> list[str]:
    """Return what runs a module as a program that ends with this process; secrets are none of its words."""
    return [sys.executable, "-m", "heredity.orchestration.child", str(os.getpid()), module, *words]


@contextmanager
def running(
    words: list[str], root: Path, variables: Mapping[str, str] | None = None, sockets: tuple[int, ...] = ()
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program until the block ends, in a group of its own, which a terminal's Ctrl-C does not reach."""
    environment = {**os.environ, **(variables or {})}
    process = subprocess.Popen(
        words, cwd=root, env=environment, stdin=subprocess.DEVNULL, pass_fds=sockets, process_group=0
    )
    try:
        yield process
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a program to end, and end it and all below it where it does not within a few seconds."""
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        end_children(process.pid)
        process.kill()
        process.wait()


@contextmanager
def local_server(root: Path, home: Path, port: int, *, temporary: bool = False) -> Iterator[Server]:
    """Yield a server until the block ends; a temporary one has no UI, and port 0 is any free one.

    root: where it runs; home: Prefect's folder, with the database. Raises HeredityError when it does not come up.
    """
    login = _login(home)
    with _listening(port) as listener:
        url = f"http://{HOST}:{listener.getsockname()[1]}/api"
        descriptor = listener.fileno()
        variables = {**_variables(url, login), **(_TEMPORARY if temporary else {})}
        words = command("heredity.orchestration.door", str(descriptor))
        with running(words, root, variables, (descriptor,)) as process:
            listener.close()  # with the server gone, nobody is left who would let callers wait
            wait_for(url, process)
            yield Server(url, login, process)


_TEMPORARY = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT_SERVER_LOGGING_LEVEL": "ERROR"}


def _login(home: Path) -> str:
    """Return the login that the user's own variables say, else the project's."""
    client, server = os.environ.get(LOGIN, ""), os.environ.get(SERVER_LOGIN, "")
    if client and server and client != server:
        raise HeredityError(f"{LOGIN}: expected what {SERVER_LOGIN} says, got something else; unset one of them")
    return server or client or project_login(home)


def _variables(url: str, login: str) -> dict[str, str]:
    """Return what the server is told by its environment, which other users of the machine cannot read."""
    port = url.removesuffix("/api").rpartition(":")[2]
    origins = {} if os.environ.keys() & {*ORIGINS} else {ORIGINS[0]: ",".join(f"http://{h}:{port}" for h in LOOPBACK)}
    return {
        "PREFECT_API_URL": url,
        LOGIN: login,
        SERVER_LOGIN: login,
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT__SERVER_FINAL": "1",
        **({} if LEASES in os.environ else {LEASES: "prefect.server.concurrency.lease_storage.filesystem"}),
        **origins,
    }


def _listening(port: int) -> socket.socket:
    """Return an open socket, so that the port is this project's from here on, and no stranger's who was faster."""
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        url = f"http://{HOST}:{port}/api"
        if answers(url):
            raise HeredityError(
                f"a Prefect server is at {url} already; use it (PREFECT_API_URL={url}), or another --port"
            ) from None
        raise HeredityError(f"--port: expected a free port, got {port}: {error.strerror}; choose another") from None


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a server answers. Raises HeredityError when it ends instead, or takes too long."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if answers(url):
            return
        time.sleep(0.3)
    home = os.environ.get("PREFECT_HOME")
    raise HeredityError(
        f"the Prefect server does not come up at {url}; is the port taken (try --port), or {home} (PREFECT_HOME) full?"
    )


def answers(url: str) -> bool:
    """Whether a Prefect server is at an address."""
    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def warn_of_open_server(url: str) -> None:
    """Say so in one line where a server of the user's own does what anybody asks it who reaches it."""
    with suppress(httpx.HTTPError):
        if httpx.post(f"{url}/flows/count", json={}, timeout=5).is_success:
            print(
                f"warning: the Prefect server at {url} answers without a login: whoever reaches it, a web page "
                "included, can run commands on its workers; set PREFECT_SERVER_API_AUTH_STRING where it runs, and "
                "PREFECT_API_AUTH_STRING here",
                file=sys.stderr,
            )
