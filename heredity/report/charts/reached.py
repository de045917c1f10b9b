"""The share of members that have learned, as a chart."""

from collections.abc import Iterable
from typing import Any

import altair as alt
import numpy as np

from heredity.report.charts.common import (
    EDGE,
    arm_colour,
    data,
    legend_of,
    six_digits,
    steps_axis,
    toggled,
    with_shown_arms,
    zoom,
)
from heredity.report.results import Outcome

MOST_STEPS = 250
"""Steps kept of a curve, first and last among them; fewer members than these have no more."""

COUNTED = ["on the task", "+ ancestors' steps"]
"""How steps are counted."""

SHARE_TOOLTIP = [
    alt.Tooltip("arm:N"),
    alt.Tooltip("counted:N", title="steps counted"),
    alt.Tooltip("steps:Q", format=","),
    alt.Tooltip("share:Q", format=".0%"),
]


def reached_curves(outcome: Outcome) -> alt.LayerChart:
    """Draw the share of members that have reached the threshold by each step (Kaplan and Meier, 1958)."""
    charged = any(outcome.source_steps.values())
    rows = reached_rows(outcome)
    horizon = max(row["steps"] for row in rows)
    rows += [{**row, "steps": horizon} for row in rows if row["share"] == 1]
    base = alt.Chart(data(rows)).encode(
        x=steps_axis("steps"),
        y=alt.Y("share:Q", title="share that reached the threshold", scale=alt.Scale(domain=[0, 1], padding=EDGE)).axis(
            format="%"
        ),
        color=arm_colour(outcome.arms, outcome.labels),
    )
    shown = legend_of("arm")
    base = with_shown_arms(base, outcome.arms, shown)
    dashes = alt.StrokeDash(
        "counted:N",
        sort=None,
        scale=alt.Scale(domain=COUNTED, range=[[1, 0], [5, 4]]),
        legend=alt.Legend() if charged else None,
    )
    return alt.layer(
        base.mark_line(interpolate="step-after", strokeWidth=2.2, clip=True).encode(strokeDash=dashes),
        base.mark_point(size=120, opacity=0, filled=True, clip=True)
        .encode(tooltip=SHARE_TOOLTIP)
        .properties(name="reached")
        .add_params(zoom(), *toggled(outcome.arms, shown)),
    ).properties(
        name="survival",
        height=220,
        description=f"Share of the members of {outcome.name} that have reached the threshold, by environment steps",
    )


def reached_rows(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the stored shares of each arm as steps from 0 to the last, and of heirs with their ancestors' steps."""
    survival = outcome.survival
    curves = [(arm.label, COUNTED[0], survival.weak[arm.name]) for arm in outcome.arms if arm.name in survival.weak]
    if survival.strong and any(outcome.source_steps.values()):
        curves.insert(1, (outcome.members.label, COUNTED[1], survival.strong))
    return [
        {"arm": label, "counted": counted, "steps": round(shares.steps[at]), "share": six_digits(shares.reached[at])}
        for label, counted, shares in curves
        for at in _kept(len(shares.steps))
    ]


def _kept(steps: int) -> Iterable[int]:
    """Return which of so many steps are drawn, all where they are few."""
    if steps <= MOST_STEPS:
        return range(steps)
    return [int(at) for at in np.linspace(0, steps - 1, MOST_STEPS).round()]
