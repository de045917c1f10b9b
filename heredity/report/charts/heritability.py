"""Do good parents have good children? Parent and offspring, as a scatter with its slope."""

from typing import Any

import altair as alt
import numpy as np

from heredity.report.charts.common import data, six_digits
from heredity.report.results import Outcome, Results
from heredity.report.spread import MANY
from heredity.transfer.estimates import Regression
from heredity.transfer.families import measured_by

MEASURES = ["zero-shot", "trained"]
"""A child's fitness before and after training on its task."""


TOOLTIP = [
    alt.Tooltip("child:N"),
    alt.Tooltip("parents:N"),
    alt.Tooltip("measure:N"),
    alt.Tooltip("parent:Q", title="parents' mean on their task", format=".3f"),
    alt.Tooltip("fitness:Q", format=".3f"),
]

FAMILY = [*TOOLTIP[1:4], alt.Tooltip("children:Q", format=","), alt.Tooltip("fitness:Q", title="mean", format=".3f")]


def family_rows(results: Results, outcome: Outcome) -> list[dict[str, Any]]:
    """Return two rows (zero-shot, trained) per child: its fitness, and the mean fitness of its parents on their task.

    Parents have the fitness that their children are fitted on. Empty where fewer than three children, or fewer than two
    parents of different fitness, are known.
    """
    before = next((one for one in results.outcomes if one.name == outcome.node.after), None)
    members, fitness = outcome.members, before.members.evaluated if before else {}
    families = {
        child: birth.parents
        for child, birth in results.pedigree.of(outcome.name).items()
        if birth.parents
        and all(parent in fitness for parent in birth.parents)
        and child in members.evaluated  # else it failed, or lost a race
        and child in members.curves
        and members.curves[child][0].return_mean is not None
    }
    if before and outcome.node.inherit.donors != "random":
        confirmed = {name: each.mean for name, each in before.confirmations.items()}
        fitness = measured_by(fitness, confirmed, {name for couple in families.values() for name in couple})
    rows = []
    for child, couple in families.items():
        mean = float(np.mean([fitness[name] for name in couple]))
        shared = {"child": child, "parents": ", ".join(couple), "parent": mean}
        values = zip(MEASURES, (members.curves[child][0].return_mean, members.evaluated[child]), strict=True)
        rows += [{**shared, "measure": measure, "fitness": value} for measure, value in values]
    distinct = {row["parent"] for row in rows}
    return rows if len(rows) >= 3 * len(MEASURES) and len(distinct) > 1 else []


def of_families(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per family (children of the same parents) and measure: its mean, over how many children."""
    families: dict[tuple[str, str, float], list[float]] = {}
    for row in rows:
        families.setdefault((row["measure"], row["parents"], row["parent"]), []).append(row["fitness"])
    return [
        {"measure": measure, "parents": parents, "parent": parent, "children": len(values)}
        | {"fitness": six_digits(float(np.mean(values)))}
        for (measure, parents, parent), values in families.items()
    ]


def lines(outcome: Outcome) -> dict[str, Regression]:
    """Return the fitted line of each measure that has one."""
    if (heritability := outcome.heritability) is None:
        return {}
    regressions = heritability.zero_shot.regression, heritability.trained.regression
    return {measure: line for measure, line in zip(MEASURES, regressions, strict=True) if line}


def family_scatter(outcome: Outcome, rows: list[dict[str, Any]]) -> alt.LayerChart:
    """Draw every child against its parents, of many the mean of every family, with one fitted line per measure."""
    across = (min(row["parent"] for row in rows), max(row["parent"] for row in rows))
    ends = [
        {"measure": measure, "parent": parent, "fitness": line.intercept + (line.slope.value or 0.0) * parent}
        for measure, line in lines(outcome).items()
        for parent in across
    ]
    tooltip, size, opacity, whose = TOOLTIP, 60, 0.9, "child's fitness"
    if len(rows) > MANY * len(MEASURES):
        rows, tooltip, size, opacity, whose = of_families(rows), FAMILY, 36, 0.7, "mean fitness of a family"
    base = alt.Chart(data(rows)).encode(
        x=alt.X("parent:Q", title="parents' mean on their task", scale=alt.Scale(zero=False)),
        y=alt.Y("fitness:Q", title=whose, scale=alt.Scale(zero=False)),
        color=alt.Color("measure:N", scale=alt.Scale(domain=MEASURES[::-1], range="ordinal"), legend=alt.Legend()),
    )
    slopes = [base.properties(data=data(ends)).mark_line(strokeWidth=2, opacity=0.8)] if ends else []
    return alt.layer(
        *slopes,
        base.mark_point(size=size, filled=True, opacity=opacity).encode(tooltip=tooltip),
    ).properties(
        name="heritability",
        height=260,
        description=f"Fitness of the children in {outcome.name} against their parents'",
    )
