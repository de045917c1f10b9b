"""What every arm cost in environment steps, as stacked bars."""

from typing import Any

import altair as alt

from heredity.report.charts.common import SQUARE, arm_colour, data, steps_axis
from heredity.report.results import Outcome, Results

ROW = 34
"""Pixels per arm."""

KINDS = ["itself", "ancestors", "others"]
"""Whose steps they are: the arm's members', those of their own ancestors, those of the other members beside these."""

SHADES = alt.Opacity(
    "kind:O",
    sort=KINDS,
    scale=alt.Scale(domain=KINDS, range=[1, 0.5, 0.2]),
    legend=alt.Legend(symbolType=SQUARE, symbolStrokeColor="transparent"),
)
TOOLTIP = [
    alt.Tooltip("generation:N"),
    alt.Tooltip("arm:N"),
    alt.Tooltip("kind:N", title="whose steps"),
    alt.Tooltip("steps:Q", format=","),
]


def compute_bars(results: Results) -> alt.LayerChart:
    """Draw what every arm took itself, and before it its ancestors and all who trained beside them."""
    rows = compute_rows(results)
    labels = list(dict.fromkeys(row["label"] for row in rows))
    arms = {arm.label: arm for outcome in results.outcomes for arm in outcome.arms}
    controls = next((outcome.labels for outcome in results.outcomes), ())
    bars = (
        alt.Chart(data(rows))
        .mark_bar(style="tile", height={"band": 0.7})
        .encode(
            x=steps_axis("steps"),
            y=alt.Y("label:N", sort=labels, title=None),
            color=arm_colour(list(arms.values()), controls, symbol=SQUARE),
            opacity=SHADES,
            order=alt.Order("rank:Q"),
            tooltip=TOOLTIP,
        )
    )
    return alt.layer(bars).properties(
        name="compute",
        height=ROW * len(labels),
        description="Environment steps of every generation and arm, and of those before it",
    )


def compute_rows(results: Results) -> list[dict[str, Any]]:
    """Return one row per arm and kind of step; kinds that an arm has none of are left out."""
    rows = []
    for outcome in results.outcomes:
        for arm in outcome.arms:
            spent = results.spent(outcome, arm)
            ancestors = _ancestors_steps(results, outcome) if spent.before else 0
            label = f"{outcome.name}, {arm.label}"
            for rank, steps in enumerate((spent.own, ancestors, spent.before - ancestors)):
                row = {"label": label, "generation": outcome.name, "arm": arm.label, "kind": KINDS[rank], "rank": rank}
                rows += [{**row, "steps": steps}] if steps else []
    return rows


def _ancestors_steps(results: Results, outcome: Outcome) -> int:
    """Return what all ancestors of a generation's members took together, each counted once."""
    generations = results.spending.generations
    ancestors = {
        ancestor for member in outcome.members.curves for ancestor in results.pedigree.ancestors(outcome.name, member)
    }
    return sum(generations[name]["inherited"].members[member] for name, member in ancestors if name in generations)
