"""Reaching a Prefect server, or saying in one line what to start."""

import atexit
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import httpx
from prefect import get_client
from prefect.context import refresh_global_settings_context
from prefect.settings import PREFECT_API_URL, get_current_settings

from heredity.errors import HeredityError
from heredity.orchestration.local_server import local_server, warn_of_open_server

R = TypeVar("R")

RESTART_SECONDS = 300
"""How long a flow waits for a server that went away."""

ROOM_BYTES = 1 << 20
"""What a temporary server's database needs at least."""


class ServerError(HeredityError):
    """No Prefect server answers, or none can be started."""


def need_server(root: Path | None = None) -> None:
    """Make sure that a server answers: the configured one, else a temporary one that ends with this process.

    root: the project, which is where a temporary server runs. Raises ServerError with what to start, or what stands in
    the way of starting it.
    """
    url, home = PREFECT_API_URL.value(), get_current_settings().home
    if not url:
        _start_temporary(root or Path.cwd(), home)
        return
    with get_client(sync_client=True) as client:
        trouble = client.api_healthcheck()
        if trouble is not None:
            raise ServerError(
                f"expected a Prefect server at {url}, got no answer ({trouble}); start one with: make ui, or unset "
                "PREFECT_API_URL and the flow starts a temporary one"
            )
        try:
            client.request("POST", "/flows/count", json={})
        except httpx.HTTPStatusError as error:
            answer = f"{error.response.status_code} {error.response.reason_phrase}"
            raise ServerError(
                f"expected the Prefect server at {url} to let this command in, got {answer}; set "
                "PREFECT_API_AUTH_STRING to its login"
            ) from None
    warn_of_open_server(url)


def through_restarts(call: Callable[[], R]) -> R:
    """Make a call again after the server was gone and came back; what DVC has recorded by then is not done again.

    Prefect itself waits for a server in mid-conversation, but not where it begins a new one.
    Raises ServerError when the server stays away.
    """
    while True:
        try:
            return call()
        except httpx.TransportError:
            _wait_for_server()


def _wait_for_server() -> None:
    deadline = time.monotonic() + RESTART_SECONDS
    while time.monotonic() < deadline:
        with get_client(sync_client=True) as client:
            if client.api_healthcheck() is None:
                return
        time.sleep(1)
    raise ServerError(
        f"the Prefect server at {PREFECT_API_URL.value()} went away and did not come back; start it again"
    )


def _start_temporary(root: Path, home: Path) -> None:
    """Start a server behind the project's login, and point this process to it until it ends.

    Prefect's own temporary server outlives a flow that is killed, and answers everybody.
    """
    until_the_end = ExitStack()
    try:
        _write_something(home)
        place = until_the_end.enter_context(local_server(root, home, port=0, temporary=True))
    except (OSError, HeredityError) as error:
        raise ServerError(
            f"a temporary Prefect server cannot start: {error}; it keeps its database in {home} (PREFECT_HOME): "
            "is there room, and may it be written?"
        ) from None
    atexit.register(until_the_end.close)  # behind Prefect, which says its last as the interpreter ends
    os.environ.update(place.variables())
    refresh_global_settings_context()  # which every thread sees


def _write_something(home: Path) -> None:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=home) as file:
        file.write(bytes(ROOM_BYTES))
