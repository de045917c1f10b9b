"""`heredity publish`."""

from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.advice import fitting_advice
from heredity.cli.options import DEFAULT_LAYOUT, DEFAULT_PARAMS, Lineage, Params, Report, resolved_study, say_if_stale
from heredity.errors import HeredityError
from heredity.layout import Layout
from heredity.study.load import read_params


def publish(
    params: Params = DEFAULT_PARAMS,
    root: Lineage = DEFAULT_LAYOUT.lineage,
    report: Report = DEFAULT_LAYOUT.report,
    wandb_report: Annotated[
        bool, typer.Option("--report", help="Save a W&B Report as well, which needs a login.")
    ] = False,
    tensorboard: Annotated[
        Path | None, typer.Option(help="Write TensorBoard's events to this directory, and nothing to W&B.")
    ] = None,
) -> None:
    """Write a study that has run to W&B, from its stored files; what is there already is not written again."""
    study, layout = resolved_study(params), Layout(root, report)
    say_if_stale(params, layout)
    if tensorboard is not None:
        if wandb_report:
            raise HeredityError("expected --report, which is W&B's, or --tensorboard, got both")
        from heredity.report.tracking.stored import stored_runs
        from heredity.report.tracking.tensorboard import write_events

        written, present = write_events(stored_runs(study, layout), tensorboard)
        print(f"{written} runs written to {tensorboard}, {present} were there already")
        return
    from heredity.report.tracking.publish import publish_study
    from heredity.report.tracking.runs import let_go, logged_in

    entity = logged_in() if wandb_report else ""
    with fitting_advice(layout.project):
        written, present = publish_study(study, layout)
    print(f"{written} runs written to W&B, {present} were there already")
    if wandb_report:
        from heredity.report.results import read_results
        from heredity.report.tracking.stored import stored_runs
        from heredity.report.tracking.wandb_report import save_report

        results = read_results(study, read_params(params), layout)
        print(f"W&B Report: {save_report(results, stored_runs(study, layout), entity)}")
    let_go()
