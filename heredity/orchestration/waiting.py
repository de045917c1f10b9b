"""A gate that waits for a person, shown on the run of the whole study and told wherever people want to be told.

The pause itself is of the generation's run, one level below the one that people look at.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import httpx
import prefect.blocks.notifications  # noqa: F401 - a block is loaded where the class of its type is known
from prefect import get_client, runtime
from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger
from prefect.logging.loggers import flow_run_logger
from prefect.states import Running
from prefect.utilities.urls import url_for

from heredity.errors import one_line, printable
from heredity.orchestration.session import session

BLOCK = "heredity"
"""What the notification blocks are called that are told: of any type that Prefect has, Slack's or a webhook's."""

WAITING = "Waiting for approval"
"""The name of the study's state meanwhile; its type stays Running, so that it keeps the limit of concurrent runs."""


@contextmanager
def shown_waiting(generation: str, study: str, question: str) -> Iterator[None]:
    """Show until the block ends that a gate waits, and tell people once. Neither can fail the study.

    question: what is asked, in Markdown.
    """
    current = session()
    with current.waiting_lock:
        current.waiting[generation] = runtime.flow_run.id
        _show(current.run_id, current.waiting)
    try:
        link = url_for("flow-run", runtime.flow_run.id) or ""
        _log(current.run_id, f"the gate of {generation} waits for an answer: {link}")
        tell(f"{study}: the gate of {generation} waits for an answer", "\n\n".join([question, link]))
        yield
    finally:
        with current.waiting_lock:
            del current.waiting[generation]
            _show(current.run_id, current.waiting)


def tell(subject: str, body: str) -> None:
    """Send a message through every notification block called `BLOCK`; what fails is a line of the run's log."""
    try:
        for block in _blocks():
            block.notify(body, subject)
    except Exception as error:  # of a service that is somebody else's, by way of libraries of all sorts
        get_run_logger().warning("nobody was told: %s", printable(one_line(error)))


def _log(run_id: str, line: str) -> None:
    """Write a line into the log of the study's run, where it is looked for, and not of the generation's."""
    with suppress(httpx.HTTPError, ObjectNotFound), get_client(sync_client=True) as client:
        flow_run_logger(client.read_flow_run(UUID(run_id))).warning("%s", line)


def _blocks() -> list[Any]:
    """Return the blocks to tell, whose `notify` waits for the answer here and is a coroutine in an event loop."""
    with get_client(sync_client=True) as client:
        named = {"block_documents": {"name": {"any_": [BLOCK]}}, "include_secrets": False}
        found = client.request("POST", "/block_documents/filter", json=named).json()
    loaded = [Block.load_from_ref(each["id"]) for each in found]
    return [each for each in loaded if isinstance(each, NotificationBlock)]


def _show(run_id: str, waiting: Iterable[str]) -> None:
    """Name the state of the study's run after what waits; a run that ends or is cancelled meanwhile is left alone."""
    if run_id == runtime.flow_run.id:  # a generation that runs by itself is paused, and shown so
        return
    names = ", ".join(waiting)
    said = f"{names}: an answer is asked for; open the paused run and resume it"
    state: State[None] = Running(name=WAITING, message=said) if waiting else Running()
    with suppress(httpx.HTTPError, ObjectNotFound), get_client(sync_client=True) as client:
        now = client.read_flow_run(UUID(run_id)).state
        if now is not None and now.is_running():
            client.set_flow_run_state(UUID(run_id), state)
