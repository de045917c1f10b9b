"""Reaching a Prefect server, or saying in one line what to start."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
from prefect import get_client
from prefect.settings import PREFECT_API_URL, get_current_settings

from heredity.errors import HeredityError

R = TypeVar("R")

RESTART_SECONDS = 300
"""How long a flow waits for a server that went away."""

ROOM_BYTES = 1 << 20
"""What a temporary server's database needs at least."""


class ServerError(HeredityError):
    """No Prefect server answers, or none can be started."""


def need_server() -> None:
    """Make sure that a server answers: the configured one, else a temporary one that ends with this process.

    Raises ServerError with what to start, or what stands in the way of starting it.
    """
    url, home = PREFECT_API_URL.value(), get_current_settings().home
    try:
        if not url:
            _write_something(home)
        with get_client(sync_client=True) as client:
            trouble = client.api_healthcheck()
    except (OSError, RuntimeError) as error:
        raise ServerError(
            f"a temporary Prefect server cannot start: {error}; it keeps its database in {home} (PREFECT_HOME): "
            "is there room, and may it be written?"
        ) from None
    if trouble is not None:
        raise ServerError(
            f"expected a Prefect server at {url}, got no answer ({trouble}); start one with: make ui, or unset "
            "PREFECT_API_URL and the flow starts a temporary one"
        )


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


def _write_something(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=home) as file:
        file.write(bytes(ROOM_BYTES))
