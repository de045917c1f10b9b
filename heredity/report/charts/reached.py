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
    two_colours,
    with_shown_arms,
    zoom,
)
from heredity.report.results import Outcome
from heredity.transfer.survival import Shares

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
    colour = arm_colour(outcome.arms, outcome.labels)
    drawn = _stepped(reached_rows(outcome), colour, several=len(outcome.arms) > 1, charged=charged)
    said = f"Share of the members of {outcome.name} that have reached the threshold, by environment steps"
    return drawn.properties(name="survival", description=said)


def branch_curves(one: Outcome, other: Outcome) -> alt.LayerChart:
    """Draw the same of two branches that learn one task, steps counted on the task."""
    names = [one.name, other.name]
    rows = _rows([(each.name, COUNTED[0], each.survival.weak[each.members.name]) for each in (one, other)])
    drawn = _stepped(rows, two_colours(*names), several=True, charged=False)
    said = f"Share of the members of {' and of '.join(names)} that have reached the threshold, by environment steps"
    return drawn.properties(name="branches", description=said)


def _stepped(rows: list[dict[str, Any]], colour: alt.Color, *, several: bool, charged: bool) -> alt.LayerChart:
    """Draw the rows of every arm; several: whether a legend chooses among arms. charged: whether steps count twice."""
    horizon = max(row["steps"] for row in rows)
    rows = rows + [{**row, "steps": horizon} for row in rows if row["share"] == 1]
    share = alt.Y("share:Q", title="share that reached the threshold", scale=alt.Scale(domain=[0, 1], padding=EDGE))
    shown = legend_of("arm")
    base = with_shown_arms(
        alt.Chart(data(rows)).encode(x=steps_axis("steps"), y=share.axis(format="%"), color=colour), shown, several
    )
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
        .add_params(zoom(), *toggled(shown, several)),
    ).properties(height=220)


def reached_rows(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the stored shares of each arm as steps from 0 to the last, and of heirs with their ancestors' steps."""
    survival = outcome.survival
    curves = [(arm.label, COUNTED[0], survival.weak[arm.name]) for arm in outcome.arms if arm.name in survival.weak]
    if survival.strong and any(outcome.source_steps.values()):
        curves.insert(1, (outcome.members.label, COUNTED[1], survival.strong))
    return _rows(curves)


def _rows(curves: Iterable[tuple[str, str, Shares]]) -> list[dict[str, Any]]:
    """Return the steps of shares; curves: by label, how their steps are counted."""
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
