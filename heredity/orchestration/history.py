"""Flow runs that ended long ago, removed from Prefect's database, and those that were killed, ended in it."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, StateType
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, get_current_settings
from prefect.states import Crashed

from heredity.orchestration.dvc_lock import flow_lock
from heredity.orchestration.server import need_server
from heredity.pipeline.claims import ClaimError, claimed
from heredity.pipeline.garbage import Cleared

OURS = FlowFilter(name=FlowFilterName(any_=["study", "generation"]))
"""By the names of their flows: a server may have others' as well."""

FILE = "prefect.db"
PAGE = 100
AT_WORK = (StateType.RUNNING, StateType.PAUSED, StateType.PENDING, StateType.CANCELLING)
NO_DATABASE = "Prefect: no database at {}, nothing to remove"


def clear_history(oldest: datetime, *, dry_run: bool) -> Cleared | str:
    """Remove this project's flow runs that ended before a time; where there is no database, say so.

    The configured server is asked, else a temporary one over the project's database. Raises ServerError when none is.
    """
    database = get_current_settings().home / FILE
    if not PREFECT_API_URL.value() and not database.exists():
        return NO_DATABASE.format(database)
    need_server()
    bytes_before = _size_bytes(database)
    with get_client(sync_client=True) as client:
        old = _ended_before(oldest)
        every = client.count_flow_runs(flow_filter=OURS)
        removed = client.count_flow_runs(flow_filter=OURS, flow_run_filter=old) if dry_run else _remove(client, old)
    left_bytes = _size_bytes(database)
    note = "the database uses their room again" if removed and not dry_run else ""
    freed_bytes = max(bytes_before - left_bytes, 0)
    return Cleared("Prefect flow runs", removed, freed_bytes, every - removed, left_bytes, dry_run, note)


def close_dead_runs(project: Path) -> int:
    """End the flow runs that a server thinks are at work, of a project that no flow works on; return how many.

    They were killed, with the server or without it, and could not say so: they would keep the limit of concurrent runs
    until their lease is over, and be shown as waiting for an answer for ever. For a server of the project's own.
    """
    states = FlowRunFilterState(type=FlowRunFilterStateType(any_=list(AT_WORK)))
    dead, closed = FlowRunFilter(state=states), 0
    if not (project / ".dvc").is_dir():  # no flow has worked there, and nothing is written there for one
        return closed
    with suppress(ClaimError), claimed(flow_lock(project), "serve"), get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_filter=OURS, flow_run_filter=dead):
            with suppress(ObjectNotFound):
                client.set_flow_run_state(run.id, Crashed(message="killed, or its server was; start it again"))
                closed += 1
    return closed


def _ended_before(oldest: datetime) -> FlowRunFilter:
    """Return what matches runs that are over; a run that waits or works has no end, but one that is retried has."""
    states = FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES)))
    return FlowRunFilter(state=states, end_time=FlowRunFilterEndTime(before_=oldest))


def _remove(client: SyncPrefectClient, old: FlowRunFilter) -> int:
    removed = 0
    while runs := client.read_flow_runs(flow_filter=OURS, flow_run_filter=old, limit=PAGE):
        for run in runs:
            with suppress(ObjectNotFound):  # somebody else has removed it meanwhile
                client.delete_flow_run(run.id)
        removed += len(runs)
    return removed


def _size_bytes(database: Path) -> int:
    """Return the size of a database with its journals; 0 where the server keeps it elsewhere."""
    return sum(path.stat().st_size for path in database.parent.glob(f"{FILE}*"))
