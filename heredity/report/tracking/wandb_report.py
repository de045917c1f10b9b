"""A study as a W&B Report: verdict, curves by arm, gates, transfer and pedigree, from the same numbers as elsewhere.

Its panels show the runs that `heredity publish` wrote of the study as it is stored, and no others of the project.
"""

import io
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from heredity.errors import HeredityError, in_markdown, one_line
from heredity.report import tables
from heredity.report.methods import methods
from heredity.report.page import verdicts
from heredity.report.results import Outcome, Results
from heredity.report.terminal import drawn_pedigree
from heredity.report.tracking.runs import project_of
from heredity.report.tracking.stored_run import POPULATION, StoredRun
from heredity.report.transfer_tables import continual_table, test_sentence, transfer_table
from heredity.report.verdict import place

HALF, HEIGHT = 12, 9
"""Size of a panel on W&B's grid, which is 24 wide."""


def save_report(results: Results, runs: Iterable[StoredRun], entity: str) -> str:
    """Save the study's Report in its W&B project and return its address; every call makes a new one.

    runs: what `stored_runs` returns. entity: whose project it is, as `logged_in` returns it. Raises HeredityError when
    W&B refuses the Report.
    """
    try:
        saved = wandb_report(results, runs, entity).save()
    except HeredityError:
        raise
    except Exception as error:  # the library raises bare ones
        raise HeredityError(f"W&B did not take the Report: {one_line(error)[:300]}") from None
    return str(saved.url)


def wandb_report(results: Results, runs: Iterable[StoredRun], entity: str = "") -> Any:
    """Return the Report, which nobody has to be logged in to build."""
    import wandb_workspaces.reports.v2 as wr

    blocks = [
        *(wr.P(sentence) for sentence in verdicts(results)),
        *_generations(results, list(runs)),
        *_transfers(results),
        *([wr.H2("Memory"), _table(continual_table(results.continual))] if results.continual else []),
        *(wr.H2("Pedigree"), wr.CodeBlock(code=_tree(results), language="markdown")),
        *(wr.H2("Compute"), _table(tables.compute_table(results))),
        *(wr.H2("Methods"), wr.P(methods(results))),
    ]
    study = results.study.study
    project, title = project_of(study), f"{study}: what the inheritance was worth"
    return wr.Report(project=project, entity=entity, title=title, blocks=blocks, width="fluid")


def _generations(results: Results, runs: list[StoredRun]) -> list[Any]:
    """Return every generation's curves, then every generation's gate."""
    import wandb_workspaces.reports.v2 as wr

    blocks: list[Any] = [wr.H2("Learning curves")]
    for outcome in results.outcomes:
        blocks += [wr.H3(place(outcome.name, outcome.task)), _curves(outcome, runs)]
    blocks.append(wr.H2("Gate"))
    for outcome in results.outcomes:
        blocks += [wr.H3(outcome.name), _table(tables.gate_table(outcome.gate, outcome.confirmations))]
    return blocks


def _transfers(results: Results) -> list[Any]:
    """Return every comparison with a control, and of branches; nothing for a study without any."""
    import wandb_workspaces.reports.v2 as wr

    compared = [(comparison.title, comparison.transfer) for comparison in results.compared]
    compared += [(contrast.title, contrast.transfer) for contrast in results.contrasts]
    blocks: list[Any] = [wr.H2("Transfer")] if compared else []
    for title, transfer in compared:
        notes = [test_sentence(transfer), *transfer.notes]
        blocks += [
            wr.H3(title),
            _table(transfer_table(transfer)),
            *(wr.P(note) for note in notes),
        ]
    return blocks


def _curves(outcome: Outcome, runs: list[StoredRun]) -> Any:
    """Return a grid of one generation's curves, a set of runs per arm."""
    import wandb_workspaces.reports.v2 as wr

    ids: dict[str, list[str]] = {}
    for run in runs:
        if run.group == outcome.name:
            ids.setdefault(run.config["arm"], []).append(run.run_id)
    # of very many members the run of all of them has the curves
    whole = {run.config["arm"]: [run.run_id] for run in runs if (run.group, run.job_type) == (outcome.name, POPULATION)}
    labels = {arm.name: arm.label for arm in outcome.arms}
    sets = [
        wr.Runset(name=labels.get(arm, arm), filters=f"ID in {those}", groupby=["config.arm"])
        for arm, those in (ids | whole).items()
    ]
    panels = [
        wr.LinePlot(
            title=title, x="env_steps", y=[metric], title_x="environment steps", groupby_aggfunc="median",
            layout=wr.Layout(x=column * HALF, y=0, w=HALF, h=HEIGHT),
        )
        for column, (metric, title) in enumerate((("return_mean", "mean return"), ("success_rate", "success rate")))
    ]  # fmt: skip
    return wr.PanelGrid(runsets=sets, panels=panels)


def _table(content: tables.Table) -> Any:
    """Return a table of the report in Markdown; numbers stand right."""
    import wandb_workspaces.reports.v2 as wr

    rule = ["---" if column in content.words else "---:" for column in content.columns]
    head, *rows = ([in_markdown(cell) for cell in row] for row in (content.columns, *content.rows))
    return wr.MarkdownBlock("\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows)))


def _tree(results: Results) -> str:
    text = io.StringIO()
    Console(file=text, width=120).print(drawn_pedigree(results))
    return text.getvalue()
