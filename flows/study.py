"""The whole study as a flow: every generation after the one it descends from, independent ones side by side.

python -m flows.study [--project DIRECTORY] [--params FILE] [--set gate.confidence=0.9] [--executor dask]
"""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from prefect import flow

from flows.generation import WEEK_SECONDS, generation
from heredity.errors import HeredityError
from heredity.lifetime import signalled, unwinding
from heredity.orchestration.artifacts import show_charts, show_verdict
from heredity.orchestration.executors import Kind
from heredity.orchestration.going_on import go_on_where_changed
from heredity.orchestration.interruption import HOW_TO_GO_ON
from heredity.orchestration.parallel import side_by_side
from heredity.orchestration.params import params_of_run
from heredity.orchestration.session import entered, need_project, run_name
from heredity.orchestration.stage import stage
from heredity.pipeline.checked import checked_study
from heredity.study.load import load_study
from heredity.study.study import Study

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@flow(flow_run_name=run_name)
def study(
    params: str = "params.yaml",
    overrides: tuple[str, ...] = (),
    executor: Kind = "processes",
    address: str | None = None,
    project: str | None = None,
    approval_timeout_seconds: int = WEEK_SECONDS,
    from_survivors: bool = False,
) -> None:
    """Run a study, doing only what dvc.lock says is left to do.

    Args:
        params: the study's file; another one than params.yaml takes its place in the project
        overrides: changes written to params.yaml first, such as gate.confidence=0.9
        executor: where shards are computed
        address: the address of a Dask scheduler or Ray cluster; local workers are started where left out
        project: the directory of the study; the one that the flow runs in where left out
        approval_timeout_seconds: how long a gate that asks waits for an answer
        from_survivors: whether to begin with the last survivors where the environment has changed since
    """
    with (
        entered(project, executor, address) as session,
        params_of_run(Path(params), overrides, lambda: session.ran, checked_study),
    ):
        if from_survivors:
            go_on_where_changed(session.dvc_lock)
        stage("study")
        planned = load_study()
        stage("founders")
        roots = planned.children("founders")
        for root in roots:
            stage(f"inherit@{root}")
        branches = [partial(_branch, planned, root, approval_timeout_seconds) for root in roots]
        side_by_side([*branches, *(partial(stage, f"control@{name}") for name in planned.controlled)])
        for name in session.left():
            stage(name)
        show_verdict(planned)
        show_charts(planned)


def _branch(planned: Study, name: str, approval_timeout_seconds: int) -> None:
    """Run one generation, then those that come after it, side by side."""
    generation(name, approval_timeout_seconds=approval_timeout_seconds)
    side_by_side(partial(_branch, planned, child, approval_timeout_seconds) for child in planned.children(name))


@app.command()
def run(
    params: str = "params.yaml",
    override: Annotated[list[str], typer.Option("--set", help="A change such as gate.confidence=0.9.")] = [],  # noqa: B006
    executor: Annotated[Kind, typer.Option(help="Where shards are computed.")] = "processes",
    address: Annotated[str | None, typer.Option(help="A Dask scheduler or Ray cluster.")] = None,
    project: Annotated[str | None, typer.Option(help="The directory of the study.")] = None,
) -> None:
    """Run a study as a Prefect flow; a temporary server is started where none is configured."""
    with unwinding(HOW_TO_GO_ON):
        try:
            need_project(project)
            study(params, tuple(override), executor, address, project)
        except HeredityError as error:
            if not signalled():
                print(f"error: {error}", file=sys.stderr)
            raise typer.Exit(2) from None


if __name__ == "__main__":
    app()
