"""One generation as a flow: train → evaluate → gate → inherit."""

from prefect import flow

from heredity.orchestration.approval import ask
from heredity.orchestration.artifacts import show_gate
from heredity.orchestration.executors import Kind
from heredity.orchestration.session import entered
from heredity.orchestration.stage import stage
from heredity.study.load import load_study

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
    with entered(project, executor, address) as session:
        stage(f"train@{name}")
        stage(f"evaluate@{name}")
        stage(f"extend@{name}")
        ask(name, approval_timeout_seconds)
        with session.gate_lock:
            stage(f"gate@{name}")
        show_gate(name)
        stage(f"confirm@{name}")
        for child in load_study().children(name):
            stage(f"inherit@{child}")
