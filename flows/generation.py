"""One generation as a flow: train → evaluate → gate → inherit."""

from prefect import flow

from flows.approval import ask
from flows.artifacts import show_gate
from flows.executors import Kind
from flows.room import entered
from flows.stage import stage
from heredity.params import load_study

WEEK_SECONDS = 7 * 24 * 3600


@flow(flow_run_name="{name}")
def generation(
    name: str,
    project: str | None = None,
    executor: Kind = "processes",
    address: str | None = None,
    approval_timeout_seconds: int = WEEK_SECONDS,
) -> None:
    """Train, evaluate and gate one generation whose heirs are there, then make the heirs of those that come after it.

    Args:
        name: a generation of params.yaml
        project: the directory of the study; the one that the flow runs in where left out
        executor: where shards are computed
        address: the address of a Dask scheduler or Ray cluster; local workers are started where left out
        approval_timeout_seconds: how long a gate that asks waits for an answer
    """
    with entered(project, executor, address) as room:
        study = load_study(check=False)
        stage(f"train@{name}")
        stage(f"evaluate@{name}")
        ask(study, name, approval_timeout_seconds)
        with room.gates:
            stage(f"gate@{name}")
        show_gate(study, name)
        for child in study.children(name):
            stage(f"inherit@{child}")
