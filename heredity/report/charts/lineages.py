"""The pedigree of many members: a cell per lineage and generation."""

from collections import Counter
from collections.abc import Collection
from typing import Any

import altair as alt
import numpy as np

from heredity.inheritance.pedigree import Birth
from heredity.report.charts.common import data, six_digits, standing_colour
from heredity.report.results import Results
from heredity.report.tables import first_survivor_text
from heredity.study.lineages import ALONE, by_lineage, lineage_names, lineage_of, own_name

MOST_LINEAGES_DRAWN = 64

ROW = 22
"""Pixels per lineage."""

NAMED = 4
"""Parents whom a tooltip names, those with most children first."""

COLOUR = standing_colour("mean return")
TOOLTIP = [
    alt.Tooltip("generation:N"),
    alt.Tooltip("lineage:N"),
    alt.Tooltip("members:Q", format=","),
    alt.Tooltip("passed:Q", format=","),
    alt.Tooltip("mean:Q", title="mean return", format=".3f"),
    alt.Tooltip("first:N", title="first survivor"),
    alt.Tooltip("fresh:Q", title="with fresh weights", format=","),
    alt.Tooltip("parents:N", title="parents (their children)"),
]


def lineage_map(results: Results) -> alt.LayerChart:
    """Draw lineages downwards and generations to the right, coloured by mean return; a cell counts who passed."""
    rows = lineage_rows(results)
    names, lineages = [each.name for each in results.outcomes], list(dict.fromkeys(row["lineage"] for row in rows))
    x = alt.X("generation:N", sort=names, title=None, axis=alt.Axis(orient="top", labelAngle=0))
    y = alt.Y("lineage:N", sort=lineages, title=None)
    base = alt.Chart(data(rows)).encode(x=x, y=y)
    strong = [row for row in rows if (row["standing"] or 0) > 0.5]
    weak = [row for row in rows if (row["standing"] or 0) <= 0.5]
    texts = [
        base.properties(data=data(cells)).mark_text(style=style, fontSize=11).encode(text="said:N")
        for style, cells in (("on-strong", strong), ("on-weak", weak))
        if cells
    ]
    return alt.layer(base.mark_rect(style="tile").encode(color=COLOUR, tooltip=TOOLTIP), *texts).properties(
        name="lineages",
        height=ROW * len(lineages),
        description="Pedigree: of every lineage and generation how many members passed, and how many parents they have",
    )


def lineage_rows(results: Results) -> list[dict[str, Any]]:
    """Return one row per generation and lineage with what its cell says and all that hovering shows."""
    drawn = lineage_names(results.study.lineages)[:MOST_LINEAGES_DRAWN]
    rows = []
    for outcome in results.outcomes:
        births, returns = by_lineage(results.pedigree.of(outcome.name)), by_lineage(outcome.members.evaluated)
        passed = Counter(map(lineage_of, outcome.gate.passed))
        means = {name: float(np.mean(list(values.values()))) for name, values in returns.items()}
        low, high = min(means.values(), default=0.0), max(means.values(), default=0.0)
        for name in (each for each in drawn if each in births):
            mean = means.get(name)
            standing = None if mean is None else (mean - low) / (high - low) if high > low else 1.0
            numbers = {"mean": mean, "standing": standing}
            rows.append(
                {"generation": outcome.name, "lineage": "all members" if name == ALONE else name}
                | {key: None if value is None else six_digits(value) for key, value in numbers.items()}
                | _counted(births[name].values(), passed[name])
                | {"first": first_survivor_text(outcome, name)}
            )
    return rows


def _counted(births: Collection[Birth], passed: int) -> dict[str, Any]:
    """Return how many members there are, how many passed, and from how many children of which parents they are."""
    children = Counter(own_name(parent) for birth in births for parent in birth.parents)
    more = f" and {len(children) - NAMED} more" if len(children) > NAMED else ""
    return {
        "members": len(births),
        "passed": passed,
        "fresh": sum(not birth.parents for birth in births),
        "said": f"{passed}/{len(births)}" + (f" · {len(children)}" if children else ""),
        "parents": ", ".join(f"{parent} ({count})" for parent, count in children.most_common(NAMED)) + more,
    }
