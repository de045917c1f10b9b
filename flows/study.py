"""The whole study as a flow: every generation after the one it descends from, independent ones side by side.

python -m flows.study [--project DIRECTORY] [--params FILE] [--set gate.confidence=0.9] [--executor dask]
"""

import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Annotated, Any, NoReturn

import psutil
import typer
from dvc.exceptions import DvcException
from dvc.utils.hydra import apply_overrides
from prefect import flow, runtime

from flows import project_root
from flows.artifacts import show_verdict
from flows.executors import Kind
from flows.generation import WEEK_SECONDS, generation
from flows.room import Room, entered
from flows.server import need_server, through_restarts
from flows.stage import stage
from heredity.errors import HeredityError, StudyError
from heredity.params import Study, load_study
from stages.common import INTERRUPTED, INTERRUPTED_MESSAGE

PARAMS = Path("params.yaml")

GRACE_SECONDS = 3
"""How long an interrupted flow may take to tell the server."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def _run_name() -> str:
    """Return the study's name and what is changed in it; a file that is no study gives its own name."""
    given = runtime.flow_run.parameters
    try:
        name = load_study(Path(given["project"] or project_root(), given["params"]), check=False).study
    except HeredityError:
        name = given["params"]
    return " ".join([name, *given["overrides"]])


@flow(flow_run_name=_run_name)
def study(
    params: str = "params.yaml",
    overrides: tuple[str, ...] = (),
    executor: Kind = "processes",
    address: str | None = None,
    project: str | None = None,
    approval_timeout_seconds: int = WEEK_SECONDS,
) -> None:
    """Run a study, doing only what dvc.lock says is left to do.

    Args:
        params: the study's file; another one than params.yaml takes its place in the project
        overrides: changes written to params.yaml first, such as gate.confidence=0.9
        executor: where shards are computed
        address: the address of a Dask scheduler or Ray cluster; local workers are started where left out
        project: the directory of the study; the one that the flow runs in where left out
        approval_timeout_seconds: how long a gate that asks waits for an answer
    """
    with entered(project, executor, address) as room:
        set_params(Path(params), overrides)
        stage("study")
        planned = load_study(check=False)
        stage("founders")
        for root in planned.children("founders"):
            stage(f"inherit@{root}")
        branches = [partial(_branch, planned, root, approval_timeout_seconds) for root in planned.children("founders")]
        controls = [partial(stage, f"control@{name}") for name in planned.control.generations]
        side_by_side([*branches, *controls])
        for name in _left(room):
            stage(name)
        show_verdict(planned)


def _branch(planned: Study, name: str, approval_timeout_seconds: int) -> None:
    """Run one generation, then those that come after it, side by side."""
    generation(name, approval_timeout_seconds=approval_timeout_seconds)
    side_by_side(partial(_branch, planned, child, approval_timeout_seconds) for child in planned.children(name))


def _left(room: Room) -> Iterable[str]:
    """Yield what dvc.yaml has besides generations and controls, and whatever a later step made stale, in order."""
    for name in room.ledger.stages():
        if name not in room.visited or room.ledger.changed(name):
            yield name


def side_by_side(calls: Iterable[Callable[[], Any]]) -> None:
    """Make every call in a thread of its own, again if the server was gone; at the end, raise the first error."""
    waiting = list(calls)
    if not waiting:
        return
    with ThreadPoolExecutor(len(waiting)) as threads:
        futures = [threads.submit(copy_context().run, through_restarts, call) for call in waiting]
    for future in futures:
        future.result()


def set_params(chosen: Path, overrides: Iterable[str]) -> None:
    """Make params.yaml say what was asked for, as `dvc exp run --set-param` would; a refused change changes nothing."""
    changes = list(overrides)
    load_study(chosen, check=False)
    if not changes and chosen.resolve() == PARAMS.resolve():
        return
    with tempfile.TemporaryDirectory() as directory:
        draft = Path(shutil.copy(chosen, Path(directory) / PARAMS.name))
        try:
            apply_overrides(draft, changes)
        except DvcException as error:
            raise StudyError(f"overrides: expected key=value, got {' '.join(changes)}: {error}") from None
        load_study(draft, check=False)
        if not PARAMS.exists() or draft.read_bytes() != PARAMS.read_bytes():
            shutil.copy(draft, PARAMS)


def _interrupted(*_: object) -> NoReturn:
    """End as Ctrl-C does, without Prefect's account of everything that it cuts short, nor waiting for it for long."""
    logging.disable()
    last = Timer(GRACE_SECONDS, _leave)
    last.daemon = True
    last.start()
    raise KeyboardInterrupt


def _leave() -> NoReturn:
    """Say how to go on, and end workers, a temporary server and this process; whatever is half done is done again."""
    print(f"{INTERRUPTED_MESSAGE} python -m flows.study", file=sys.stderr, flush=True)
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has ended by itself meanwhile
            child.terminate()
    os._exit(INTERRUPTED)


@app.command()
def run(
    params: str = "params.yaml",
    override: Annotated[list[str], typer.Option("--set", help="A change such as gate.confidence=0.9.")] = [],  # noqa: B006
    executor: Annotated[Kind, typer.Option(help="Where shards are computed.")] = "processes",
    address: Annotated[str | None, typer.Option(help="A Dask scheduler or Ray cluster.")] = None,
    project: Annotated[str | None, typer.Option(help="The directory of the study.")] = None,
) -> None:
    """Run a study as a Prefect flow; a temporary server is started where none is configured."""
    try:
        need_server()
        signal.signal(signal.SIGINT, _interrupted)
        study(params, tuple(override), executor, address, project)
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        _leave()


if __name__ == "__main__":
    app()
