"""The Prefect UI for a project: a server on this machine, the deployments of prefect.yaml, and a worker for them.

    heredity serve [--port 4200]

Works from any directory below the project. A server configured by PREFECT_API_URL is used as it is.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from heredity.errors import HeredityError
from heredity.orchestration.settings import project_root

POOL = "heredity"
STARTUP_SECONDS = 120
HOST = "127.0.0.1"


def deploy(root: Path) -> None:
    """Make the work pool and the deployments of prefect.yaml. Raises HeredityError with what Prefect says."""
    _prefect(root, "work-pool", "create", POOL, "--type", "process", "--overwrite")
    _prefect(root, "deploy", "--all")


@contextmanager
def server(root: Path, port: int) -> Iterator[str]:
    """Yield the address of the configured server, or start one on loopback until the block ends.

    Raises HeredityError when it does not come up.
    """
    if url := os.environ.get("PREFECT_API_URL"):
        yield url
        return
    url = f"http://{HOST}:{port}/api"
    if _answers(url):
        raise HeredityError(f"a Prefect server is at {url} already; use it (PREFECT_API_URL={url}), or another --port")
    os.environ["PREFECT_API_URL"] = url
    with _running(root, "server", "start", "--host", HOST, "--port", str(port), "--log-level", "WARNING") as process:
        _wait_for(url, process)
        yield url


def serve(port: Annotated[int, typer.Option(help="Where the UI listens, on this machine only.")] = 4200) -> None:
    """Start the UI, the deployments and a worker, until Ctrl-C."""
    root = project_root()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends what it started, as Ctrl-C does
    try:
        with server(root, port) as url:
            deploy(root)
            print(f"The Prefect UI is at {url.removesuffix('/api')}; Ctrl-C ends it.", flush=True)
            with _running(root, "worker", "start", "--pool", POOL, "--type", "process") as worker:
                worker.wait()
    except KeyboardInterrupt:
        pass
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "prefect", "--no-prompt", *words]


def _prefect(root: Path, *words: str) -> None:
    done = subprocess.run(_command(*words), cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        output = " ".join((done.stdout + done.stderr).split())
        raise HeredityError(f"prefect {' '.join(words)}: {output[-400:]}")


@contextmanager
def _running(root: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(_command(*words), cwd=root)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(url):
            return
        time.sleep(0.3)
    home = os.environ["PREFECT_HOME"]
    raise HeredityError(
        f"the Prefect server does not come up at {url}; is the port taken (try --port), or {home} (PREFECT_HOME) full?"
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False
