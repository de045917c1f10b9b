"""`heredity publish`."""

from typing import Annotated

import typer

from heredity.cli.options import DEFAULT_LAYOUT, DEFAULT_PARAMS, Lineage, Params, Report, resolved_study, say_if_stale
from heredity.layout import Layout
from heredity.study.load import read_params


def publish(
    params: Params = DEFAULT_PARAMS,
    root: Lineage = DEFAULT_LAYOUT.lineage,
    report: Report = DEFAULT_LAYOUT.report,
    wandb_report: Annotated[
        bool, typer.Option("--report", help="Save a W&B Report as well, which needs a login.")
    ] = False,
) -> None:
    """Write a study that has run to W&B, from its stored files; what is there already is not written again."""
    from heredity.report.tracking.publish import publish_study
    from heredity.report.tracking.runs import logged_in

    study, layout = resolved_study(params), Layout(root, report)
    say_if_stale(params, layout)
    entity = logged_in() if wandb_report else ""
    written, present = publish_study(study, layout)
    print(f"{written} runs written to W&B, {present} were there already")
    if wandb_report:
        from heredity.report.results import read_results
        from heredity.report.tracking.stored import stored_runs
        from heredity.report.tracking.wandb_report import save_report

        results = read_results(study, read_params(params), layout)
        print(f"W&B Report: {save_report(results, stored_runs(study, layout), entity)}")
