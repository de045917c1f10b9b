"""A study as a W&B Report: verdict, curves by arm, gates, transfer and pedigree, from the same numbers as elsewhere.

Its panels show the runs that `heredity publish` wrote of the study as it is stored, and no others of the project.
"""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console

from heredity.errors import HeredityError
from heredity.publish import StoredRun, stored_runs
from heredity.report import tables
from heredity.report.methods import methods
from heredity.report.page import place
from heredity.report.story import Outcome, Story
from heredity.report.verdict import verdict
from heredity.show import drawn_tree
from heredity.task import one_line

HALF, HEIGHT = 12, 9
"""Size of a panel on W&B's grid, which is 24 wide."""


def save_board(story: Story, lineage: Path, report: Path, entity: str) -> str:
    """Save the study's Report in its W&B project and return its address; every call makes a new one.

    entity: whose project it is, as `logged_in` returns it. Raises HeredityError when W&B refuses the Report.
    """
    try:
        saved = board(story, stored_runs(story.study, lineage, report), lineage, entity).save()
    except Exception as error:  # the library raises bare ones
        raise HeredityError(f"W&B did not take the Report: {one_line(error)[:300]}") from None
    return str(saved.url)


def board(story: Story, runs: Iterable[StoredRun], lineage: Path, entity: str = "") -> Any:
    """Return the Report, which nobody has to be logged in to build."""
    import wandb_workspaces.reports.v2 as wr

    verdicts = [verdict(place(one), one.transfer) for one in reversed(story.compared)] or [verdict("The study", None)]
    known = list(runs)
    blocks: list[Any] = [*(wr.P(told) for told in verdicts), wr.H2("Learning curves")]
    for outcome in story.outcomes:
        blocks += [wr.H3(place(outcome)), _curves(outcome, known)]
    blocks.append(wr.H2("Gate"))
    for outcome in story.outcomes:
        blocks += [wr.H3(outcome.name), _table(tables.gate_table(outcome))]
    if story.compared:
        blocks.append(wr.H2("Transfer"))
    for outcome in story.compared:
        transfer = outcome.transfer or {}
        notes = [tables.test_sentence(transfer), *transfer["notes"]]
        blocks += [wr.H3(outcome.name), _table(tables.transfer_table(transfer)), *(wr.P(note) for note in notes)]
    if story.continual:
        blocks += [wr.H2("Memory"), _table(tables.continual_table(story.continual))]
    blocks += [wr.H2("Pedigree"), wr.CodeBlock(code=_tree(story, lineage), language="markdown")]
    blocks += [wr.H2("Compute"), _table(tables.compute_table(story)), wr.H2("Methods"), wr.P(methods(story))]
    title = f"{story.study.study}: what the inheritance was worth"
    return wr.Report(project=story.study.study, entity=entity, title=title, blocks=blocks, width="fluid")


def _curves(outcome: Outcome, runs: list[StoredRun]) -> Any:
    """Return a grid of one generation's curves, a set of runs per arm."""
    import wandb_workspaces.reports.v2 as wr

    own = [run for run in runs if run.group == outcome.name]
    sets = [
        wr.Runset(name=arm, filters=f"ID in {ids}", groupby=["config.arm"])
        for arm in dict.fromkeys(run.config["arm"] for run in own)
        if (ids := [run.run_id for run in own if run.config["arm"] == arm])
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
    rows = [[cell.replace("|", "\\|") for cell in row] for row in (content.columns, rule, *content.rows)]
    return wr.MarkdownBlock("\n".join(f"| {' | '.join(row)} |" for row in rows))


def _tree(story: Story, lineage: Path) -> str:
    drawn = io.StringIO()
    Console(file=drawn, width=120).print(drawn_tree(story.study, story.pedigree, lineage))
    return drawn.getvalue()
