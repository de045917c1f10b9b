"""Do good parents have good children? Parent and offspring, as a scatter with its slope."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
from scipy import stats

from heredity.report.marks import data
from heredity.report.story import Outcome, Story

MEASURES = ["zero-shot", "trained"]
"""A child's fitness before and after training on its task."""


@dataclass(frozen=True)
class Slope:
    """Least-squares slope of child on parent with its 95 % interval, over `n` children."""

    measure: str
    value: float
    low: float
    high: float
    n: int
    intercept: float


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
        first = outcome.members.curves[child][0].return_mean
        shared = {"child": child, "parents": ", ".join(link.parents), "parent": parent}
        if first is not None and child in outcome.members.fitness:
            rows += [
                {**shared, "measure": MEASURES[0], "fitness": first},
                {**shared, "measure": MEASURES[1], "fitness": outcome.members.fitness[child]},
            ]
    known = {row["parent"] for row in rows}
    return rows if len(rows) >= 3 * len(MEASURES) and len(known) > 1 else []


def slopes(rows: list[dict[str, Any]]) -> list[Slope]:
    """Fit one line per measure."""
    fitted = []
    for measure in MEASURES:
        parents = [row["parent"] for row in rows if row["measure"] == measure]
        children = [row["fitness"] for row in rows if row["measure"] == measure]
        line = stats.linregress(parents, children)
        reach = stats.t.ppf(0.975, len(parents) - 2) * line.stderr
        fitted.append(Slope(measure, line.slope, line.slope - reach, line.slope + reach, len(parents), line.intercept))
    return fitted


def kinship_scatter(outcome: Outcome, rows: list[dict[str, Any]]) -> alt.LayerChart:
    """Draw every child against its parents, with one fitted line per measure."""
    across = (min(row["parent"] for row in rows), max(row["parent"] for row in rows))
    ends = [
        {"measure": line.measure, "parent": parent, "fitness": line.intercept + line.value * parent}
        for line in slopes(rows)
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
