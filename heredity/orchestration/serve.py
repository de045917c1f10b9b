"""The Prefect UI for a project: a server on this machine, the deployments of prefect.yaml, and a worker for them.

    heredity serve [--port 4200]

Works from any directory below the project. A server configured by PREFECT_API_URL is used as it is.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import psutil
import typer

from heredity.errors import HeredityError
from heredity.extras import environment
from heredity.lifetime import SIGNALS, end_children
from heredity.orchestration.local_server import (
    GRACE_SECONDS,
    LOGIN,
    Server,
    command,
    local_server,
    running,
    warn_of_open_server,
)
from heredity.orchestration.secret import forget_address, note_address
from heredity.orchestration.settings import project_root

POOL = "heredity"
WORKER = ("worker", "start", "--pool", POOL, "--type", "process")
POLL_SECONDS = 0.5


def deploy(root: Path, *, own: bool = False) -> None:
    """Make the work pool and the deployments of prefect.yaml; on a server of its `own`, runs killed before are ended.

    Raises HeredityError with what Prefect says.
    """
    from heredity.orchestration import deployments, history  # and Prefect, which reads where the server is as it comes

    if own:
        history.close_dead_runs(root)

    with tempfile.NamedTemporaryFile("w", suffix=".json") as template:
        json.dump(job_template(root), template)
        template.flush()
        given = ("--type", "process", "--overwrite", "--base-job-template", template.name)
        deployments.prefect_command(root, "work-pool", "create", POOL, *given)
    deployments.make_deployments(root)


def job_template(root: Path) -> dict[str, object]:
    """Return how the pool's worker starts a run: one command, in the project, in which a run can change nothing.

    Prefect's own template lets whoever starts a run bring a command, an environment and a directory; here the server
    refuses a run that brings any.
    """
    run = [sys.executable, "-m", "heredity.orchestration.child", "0", "prefect.engine"]
    fixed = {"command": shlex.join(run), "working_dir": str(root), "env": {}, "stream_output": True}
    variables = {"type": "object", "properties": {}, "additionalProperties": False}
    return {"job_configuration": fixed, "variables": variables}


@contextmanager
def server(root: Path, port: int) -> Iterator[str]:
    """Yield the address of the configured server, or start one on loopback until the block ends.

    What is started inside is told address and login by its environment. Raises HeredityError when it does not come up.
    """
    with _server(root, port) as place:
        yield place.url


def serve(port: Annotated[int, typer.Option(help="Where the UI listens, on this machine only.")] = 4200) -> None:
    """Start the UI, the deployments and a worker, until Ctrl-C, SIGTERM or a closed terminal."""
    root, own_login = project_root(), os.environ.get(LOGIN)
    _end_on_signals()
    try:
        with _server(root, port) as place:
            deploy(root, own=place.process is not None)
            print(_greeting(place, own_login), flush=True)
            with running(command("prefect", "--no-prompt", *WORKER), root) as worker:
                _watch(place, worker)
    except KeyboardInterrupt:
        pass
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None


@contextmanager
def _server(root: Path, port: int) -> Iterator[Server]:
    if url := os.environ.get("PREFECT_API_URL"):
        warn_of_open_server(url)
        yield Server(url)
        return
    home = Path(os.environ["PREFECT_HOME"])
    with local_server(root, home, port) as place, environment(place.variables()):
        note_address(home, place.url)
        try:
            yield place
        finally:
            forget_address(home)


def _greeting(place: Server, own_login: str | None) -> str:
    """Return the line that says where the UI is and how to log in; a login of the user's own is not repeated."""
    login = "" if place.login is None else f" and its login is {f'what {LOGIN} says' if own_login else place.login}"
    return f"The Prefect UI is at {place.url.removesuffix('/api')}{login} (Ctrl-C ends it)"


def _end_on_signals() -> None:
    """Let the first signal end everything, and further ones not cut that short; what is ignored stays so (nohup, &)."""
    heeded = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]

    def end(*_: object) -> None:
        for each in heeded:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in heeded:
        signal.signal(each, end)


def _watch(place: Server, worker: "subprocess.Popen[bytes]") -> None:
    """Wait until a signal. Raises HeredityError where worker or server end by themselves."""
    try:
        while True:
            for name, process in (("worker", worker), ("server", place.process)):
                if process is not None and (code := process.poll()) is not None:
                    raise HeredityError(f"the Prefect {name} has ended (exit code {code}); type: heredity serve")
            time.sleep(POLL_SECONDS)
    finally:
        _end_runs(worker)


def _end_runs(worker: "subprocess.Popen[bytes]") -> None:
    """End the flow runs of a worker while it and the server are there to record how they ended."""
    with suppress(psutil.Error):
        runs = psutil.Process(worker.pid).children()
        for run in runs:
            with suppress(psutil.Error):
                run.terminate()
        psutil.wait_procs(runs, timeout=GRACE_SECONDS)
    end_children(worker.pid)
