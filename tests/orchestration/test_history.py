"""Flow runs that ended long ago are removed through Prefect; others stay."""

import time
from datetime import UTC, datetime

import pytest
from prefect import flow, get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter, FlowRunFilterId
from prefect.states import Completed, Failed, Running

from heredity.orchestration import history
from heredity.orchestration.history import OURS, clear_history, close_dead_runs


@pytest.fixture
def runs(server, monkeypatch):
    """Return a time, and ids of runs by what is true of them; flows are called otherwise than those of other tests.

    A server stamps what it is told by its own clock, so what is old was told it before what is young.
    """
    monkeypatch.setattr(history, "OURS", FlowFilter(name=FlowFilterName(any_=["past study", "past generation"])))

    def empty():
        """Do nothing."""

    def told(what, name, state):
        ids[what] = client.create_flow_run(flow(empty, name=name), state=state).id

    ids = {}
    with get_client(sync_client=True) as client:
        told("old", "past study", Completed())
        told("old, failed", "past generation", Failed())
        told("running", "past study", Running())
        told("somebody else's", "other", Completed())
        time.sleep(0.1)
        before = datetime.now(UTC)
        time.sleep(0.1)
        told("young", "past study", Completed())
        yield before, ids
        for run_id in left(ids).values():
            client.delete_flow_run(run_id)


def left(ids):
    """Return which runs are still there."""
    with get_client(sync_client=True) as client:
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=list(ids.values())))
        stored = {run.id for run in client.read_flow_runs(flow_run_filter=wanted)}
    return {what: run_id for what, run_id in ids.items() if run_id in stored}


@pytest.mark.study
def test_what_ended_long_ago_goes_and_nothing_else(runs):
    before, ids = runs
    would = clear_history(before, dry_run=True)
    assert would.removed == 2
    assert left(ids) == ids
    cleared = clear_history(before, dry_run=False)
    assert (cleared.removed, cleared.left) == (2, would.left) == (2, 2)
    assert str(cleared).startswith("Prefect flow runs: 2 removed")
    assert set(left(ids)) == {"young", "running", "somebody else's"}
    assert clear_history(before, dry_run=False).removed == 0


@pytest.mark.study
def test_runs_that_were_killed_are_ended_where_no_flow_is_at_work(runs, tmp_path):
    _, ids = runs
    with get_client(sync_client=True) as client:
        assert close_dead_runs(tmp_path) == 0  # no flow has ever worked there
        (tmp_path / ".dvc").mkdir()
        assert close_dead_runs(tmp_path) == 1
        killed = client.read_flow_run(ids["running"]).state
        assert (killed.name, killed.message) == ("Crashed", "killed, or its server was; start it again")
        assert client.read_flow_run(ids["young"]).state.is_completed()
        assert close_dead_runs(tmp_path) == 0


def test_the_flows_are_called_so():
    from flows.generation import generation
    from flows.study import study

    assert FlowFilter(name=FlowFilterName(any_=[study.name, generation.name])) == OURS
