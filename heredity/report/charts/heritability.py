"""Do good parents have good children? Parent and offspring, as a scatter with its slope."""

from typing import Any

import altair as alt
import numpy as np

from heredity.heritability.estimates import Regression
from heredity.report.marks import data
from heredity.report.story import Outcome, Story

MEASURES = ["zero-shot", "trained"]
"""A child's fitness before and after training on its task."""


def kinship_rows(story: Story, outcome: Outcome) -> list[dict[str, Any]]:
    """Return two rows (zero-shot, trained) per child: its fitness, and the mean fitness of its parents on their task.

    Empty where fewer than three children, or fewer than two parents of different fitness, are known.
    """
    parents = {one.name: one.members.fitness for one in story.outcomes}.get(outcome.node.after, {})
    rows = []
    for child, link in story.links(outcome.name).items():
        if not link.parents or not all(parent in parents for parent in link.parents):
            continue
        parent = float(np.mean([parents[name] for name in link.parents]))
        shared = {"child": child, "parents": ", ".join(link.parents), "parent": parent}
        if child not in outcome.members.fitness:  # it failed, or lost a race
            continue
        if (first := outcome.members.curves[child][0].return_mean) is not None:
            rows += [
                {**shared, "measure": MEASURES[0], "fitness": first},
                {**shared, "measure": MEASURES[1], "fitness": outcome.members.fitness[child]},
            ]
    known = {row["parent"] for row in rows}
    return rows if len(rows) >= 3 * len(MEASURES) and len(known) > 1 else []


def lines(outcome: Outcome) -> dict[str, Regression]:
    """Return the fitted line of each measure that has one."""
    found = outcome.heritability
    told = {MEASURES[0]: found.zero_shot.regression, MEASURES[1]: found.trained.regression} if found else {}
    return {measure: line for measure, line in told.items() if line}


def kinship_scatter(outcome: Outcome, rows: list[dict[str, Any]]) -> alt.LayerChart:
    """Draw every child against its parents, with one fitted line per measure."""
    across = (min(row["parent"] for row in rows), max(row["parent"] for row in rows))
    ends = [
        {"measure": measure, "parent": parent, "fitness": line.intercept + (line.slope.value or 0.0) * parent}
        for measure, line in lines(outcome).items()
        for parent in across
    ]
    base = alt.Chart(data(rows)).encode(
        x=alt.X("parent:Q", title="parents' mean fitness, on their task", scale=alt.Scale(zero=False)),
        y=alt.Y("fitness:Q", title="child's fitness", scale=alt.Scale(zero=False)),
        color=alt.Color("measure:N", scale=alt.Scale(domain=MEASURES[::-1], range="ordinal"), legend=alt.Legend()),
    )
    tooltip = [
        alt.Tooltip("child:N"),
        alt.Tooltip("parents:N"),
        alt.Tooltip("measure:N"),
        alt.Tooltip("parent:Q", title="parents' fitness", format=".3f"),
        alt.Tooltip("fitness:Q", format=".3f"),
    ]
    return alt.layer(
        base.properties(data=data(ends)).mark_line(strokeWidth=2, opacity=0.8),
        base.mark_point(size=60, filled=True, opacity=0.9).encode(tooltip=tooltip),
    ).properties(
        name="kinship", height=260, description=f"Fitness of the children in {outcome.name} against their parents'"
    )
