"""Do good parents have good children? Parent and offspring, as a scatter with its slope."""

from typing import Any

import altair as alt
import numpy as np

from heredity.report.charts.common import data
from heredity.report.results import Outcome, Results
from heredity.transfer.estimates import Regression

MEASURES = ["zero-shot", "trained"]
"""A child's fitness before and after training on its task."""


TOOLTIP = [
    alt.Tooltip("child:N"),
    alt.Tooltip("parents:N"),
    alt.Tooltip("measure:N"),
    alt.Tooltip("parent:Q", title="parents' mean seen by their gate", format=".3f"),
    alt.Tooltip("fitness:Q", format=".3f"),
]


def family_rows(results: Results, outcome: Outcome) -> list[dict[str, Any]]:
    """Return two rows (zero-shot, trained) per child: its fitness, and the mean fitness of its parents on their task.

    Empty where fewer than three children, or fewer than two parents of different fitness, are known.
    """
    parents = {one.name: one.members.evaluated for one in results.outcomes}.get(outcome.node.after, {})
    members = outcome.members
    rows = []
    for child, birth in results.pedigree.of(outcome.name).items():
        if not birth.parents or not all(parent in parents for parent in birth.parents):
            continue
        if child not in members.evaluated or child not in members.curves:  # it failed, or lost a race
            continue
        mean = float(np.mean([parents[name] for name in birth.parents]))
        shared = {"child": child, "parents": ", ".join(birth.parents), "parent": mean}
        if (first := members.curves[child][0].return_mean) is not None:
            fitness = zip(MEASURES, (first, members.evaluated[child]), strict=True)
            rows += [{**shared, "measure": measure, "fitness": value} for measure, value in fitness]
    distinct = {row["parent"] for row in rows}
    return rows if len(rows) >= 3 * len(MEASURES) and len(distinct) > 1 else []


def lines(outcome: Outcome) -> dict[str, Regression]:
    """Return the fitted line of each measure that has one."""
    if (heritability := outcome.heritability) is None:
        return {}
    regressions = heritability.zero_shot.regression, heritability.trained.regression
    return {measure: line for measure, line in zip(MEASURES, regressions, strict=True) if line}


def family_scatter(outcome: Outcome, rows: list[dict[str, Any]]) -> alt.LayerChart:
    """Draw every child against its parents, with one fitted line per measure."""
    across = (min(row["parent"] for row in rows), max(row["parent"] for row in rows))
    ends = [
        {"measure": measure, "parent": parent, "fitness": line.intercept + (line.slope.value or 0.0) * parent}
        for measure, line in lines(outcome).items()
        for parent in across
    ]
    base = alt.Chart(data(rows)).encode(
        x=alt.X("parent:Q", title="parents' mean on their task, seen by their gate", scale=alt.Scale(zero=False)),
        y=alt.Y("fitness:Q", title="child's fitness", scale=alt.Scale(zero=False)),
        color=alt.Color("measure:N", scale=alt.Scale(domain=MEASURES[::-1], range="ordinal"), legend=alt.Legend()),
    )
    return alt.layer(
        base.properties(data=data(ends)).mark_line(strokeWidth=2, opacity=0.8),
        base.mark_point(size=60, filled=True, opacity=0.9).encode(tooltip=TOOLTIP),
    ).properties(
        name="heritability",
        height=260,
        description=f"Fitness of the children in {outcome.name} against their parents'",
    )
