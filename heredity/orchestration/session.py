"""What the flows of one study share while they run: the project, its dvc.lock, the executor, and whose turn it is."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Semaphore
from uuid import UUID

import httpx
from prefect import get_client, runtime
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled

from heredity.errors import HeredityError, printable
from heredity.extras import environment
from heredity.orchestration.dvc_lock import DvcLock
from heredity.orchestration.executors import Executor, Kind, open_executor
from heredity.orchestration.interruption import answer_signals
from heredity.orchestration.server import need_server
from heredity.orchestration.settings import project_root
from heredity.study.load import load_study
from heredity.study.paths import look_first_in

_current: ContextVar["Session | None"] = ContextVar("session", default=None)


@dataclass
class Session:
    """One project, open for one flow run and the runs below it."""

    dvc_lock: DvcLock
    executor: Executor
    slots: Semaphore
    """One per shard that may be computed at a time."""
    code_lock: Lock = field(default_factory=Lock)
    """Held by the one stage whose own code runs: libraries draw from random generators that threads share."""
    gate_lock: Lock = field(default_factory=Lock)
    """Held while a gate is recorded or an answer is written, so that approvals.yaml stays put below a gate."""
    visited: set[str] = field(default_factory=set)
    ran: bool = False
    """Whether any stage did something."""
    run_id: str = ""
    """The flow run that opened the project."""
    waiting_lock: Lock = field(default_factory=Lock)
    waiting: dict[str, str] = field(default_factory=dict)
    """The generations whose gates wait for an answer, and their paused flow runs."""

    def left(self) -> Iterator[str]:
        """Yield the stages that no flow has visited, and whatever a later one made stale, in dvc.yaml's order."""
        for name in self.dvc_lock.stages():
            if name not in self.visited or self.dvc_lock.changed(name):
                yield name

    @contextmanager
    def released(self) -> Iterator[None]:
        """Let other stages' code run while this one waits for its shards."""
        self.code_lock.release()
        try:
            yield
        finally:  # also where a shard failed: the `with` that holds the lock around the stage lets it go
            self.code_lock.acquire()


def session() -> Session:
    """Return the session of the running flow. Raises HeredityError outside of one."""
    if current := _current.get():
        return current
    raise HeredityError("expected to run inside a flow; type: python -m flows.study")


@contextmanager
def entered(project: str | None, executor: Kind, address: str | None) -> Iterator[Session]:
    """Yield the session of the flow above, or open one and work in its project directory until the block ends."""
    if current := _current.get():
        yield current
        return
    answer_signals()  # here, inside of the flow: as it begins Prefect puts a handler that waits for what is under way
    root = project_root(project)
    quiet = environment({"TTY_COMPATIBLE": "0"})  # several stages at once would draw over each other
    with quiet, DvcLock(root) as dvc_lock, open_executor(executor, address) as computing:
        places = [*sys.path]
        look_first_in(root)  # where `dvc repro` finds a study's environments, whatever directory this is typed in
        opened = Session(dvc_lock, computing, Semaphore(computing.size), run_id=runtime.flow_run.id or "")
        token = _current.set(opened)
        try:
            yield opened
        finally:
            _cancel(opened.waiting.values())  # of a run that is cancelled: nobody is there for an answer
            _current.reset(token)
            sys.path[:] = places


def _cancel(flow_runs: Iterable[str]) -> None:
    for each in list(flow_runs):
        with suppress(httpx.HTTPError, ObjectNotFound), get_client(sync_client=True) as client:
            client.set_flow_run_state(UUID(each), Cancelled(message="the run of the whole study has ended"))


def need_project(project: str | None) -> None:
    """Make sure that a flow can begin: a project that DVC can work on, and a server that answers.

    Raises HeredityError with what is missing and what to type, before a server is started for nothing.
    """
    root = project_root(project)
    with DvcLock(root):
        pass
    need_server(root)


def run_name() -> str:
    """Return a flow run's name: the study's, and what is changed in it; a file that is no study gives its own name."""
    parameters = runtime.flow_run.parameters
    try:
        name = load_study(Path(project_root(parameters["project"]), parameters["params"])).study
    except HeredityError:
        name = parameters["params"]
    return printable(" ".join([name, *parameters["overrides"]]))
