"""Learning curves, as charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import altair as alt
import numpy as np

from heredity.report.arms import ArmResults
from heredity.report.charts.common import (
    EDGE,
    arm_colour,
    data,
    legend_of,
    six_digits,
    steps_axis,
    threshold_rule,
    toggled,
    with_shown_arms,
    zoom,
)
from heredity.report.results import Outcome
from heredity.report.spread import MANY, quantile_curves
from heredity.study.lineages import ALONE, by_lineage
from heredity.training.curves import as_arrays

POINTS = 100
"""Points kept of a drawn curve, first and last among them; every number is computed from all of them."""

Row = dict[str, Any]


MEDIAN_TOOLTIP = [
    alt.Tooltip("arm:N", title="median of"),
    alt.Tooltip("steps:Q", format=","),
    alt.Tooltip("median:Q", format=".3f"),
    alt.Tooltip("low:Q", title="lower quartile", format=".3f"),
    alt.Tooltip("high:Q", title="upper quartile", format=".3f"),
]


NINETY = [
    alt.Tooltip("lowest:Q", title="5 % are below", format=".3f"),
    alt.Tooltip("highest:Q", title="5 % are above", format=".3f"),
]
"""What the median of many members says besides."""


@dataclass(frozen=True)
class Line:
    """What is drawn of a member, or on average of a lineage: float64[points]; source: the steps before it learns."""

    name: str
    steps: np.ndarray[Any, Any]
    returns: np.ndarray[Any, Any]
    source: int


def learning_curves(outcome: Outcome, *, strong: bool) -> alt.LayerChart:
    """Draw both arms of one generation: median, interquartile band, every member; strong charges ancestors' steps.

    Of many members no lines are drawn, but the band between the lowest and the highest twentieth. The axis ends where
    the arms are compared until.
    """
    charged, arms = [(arm, _before(outcome, arm, strong=strong)) for arm in outcome.arms], outcome.arms
    many = has_many(outcome)
    medians = [row for arm, source_steps in charged for row in median_rows(arm, source_steps, many=many)]
    horizon = outcome.transfer.horizons[strong] if outcome.transfer and outcome.transfer.horizons else None
    last = max((row["steps"] for row in medians), default=None)
    x = steps_axis("steps", last if many and horizon is None else horizon)
    returns = f"mean return of the last {outcome.node.train.window} episodes"
    y = partial(alt.Y, title=returns, scale=alt.Scale(zero=False, padding=EDGE))
    colour, shown, several = arm_colour(arms, outcome.labels), legend_of("arm"), len(arms) > 1
    middle = alt.Chart(data(medians)).encode(x="steps:Q", color=colour, tooltip=MEDIAN_TOOLTIP + NINETY * many)
    middle = with_shown_arms(middle, shown, several)
    if many:
        ninety = middle.encode(x=x, y=y("lowest:Q"), y2="highest:Q").mark_area(opacity=0.13, clip=True, tooltip=None)
        below, above = [ninety], list[alt.Chart]()
    else:
        thin = alt.Chart(data([])).encode(x=x, y=y("return:Q"), color=colour, detail="line:N")
        below, above = _member_layers(charged, with_shown_arms(thin, shown, several), strong=strong)
    band, line = middle.encode(y=alt.Y("low:Q", title=returns), y2="high:Q"), middle.encode(y="median:Q")
    said = ", the steps of its ancestors charged" if strong else ""
    return alt.layer(
        band.mark_area(opacity=0.16, clip=True, tooltip=None),
        band.mark_rule(opacity=0, strokeWidth=7, clip=True),
        *below,
        line.mark_line(strokeWidth=2.6, clip=True, tooltip=None),
        *above,
        line.mark_point(size=90, opacity=0, filled=True, clip=True)
        .properties(name="median")
        .add_params(zoom(), *toggled(shown, several)),
        *threshold_rule(outcome.threshold),
    ).properties(
        name="learning",
        height=280,
        description=f"Learning curves of {outcome.name}: {' and '.join(arm.label for arm in arms)}{said}",
    )


def _before(outcome: Outcome, arm: ArmResults, *, strong: bool) -> dict[str, int]:
    """Return by member the steps that are charged before it learns: of ranking its parents, strong of its ancestors."""
    ancestors = outcome.source_steps if strong and arm.name == "inherited" else {}
    return {member: ancestors.get(member, 0) + arm.ranking.get(member, 0) for member in arm.curves}


def _member_layers(
    charged: Sequence[tuple[ArmResults, Mapping[str, int]]], thin: alt.Chart, *, strong: bool
) -> tuple[list[alt.Chart], list[alt.Chart]]:
    """Return every member's line (dotted before a charged one begins); and where it stopped, what a pointer finds."""
    members = [row for arm, source_steps in charged for row in member_rows(arm, source_steps)]
    waits = [row for arm, source_steps in charged for row in waiting_rows(arm, source_steps)]
    # not `nearest`: its tooltips lose every nominal field (Vega-Lite 6.4)
    hover = alt.selection_point(name="hover", fields=["line"], on="pointerover", clear="pointerout", empty=False)
    thin = thin.properties(data=data(members))
    tooltip = [
        alt.Tooltip("line:N", title="member"),
        alt.Tooltip("own:Q", title="steps", format=","),
        alt.Tooltip("return:Q", format=".3f"),
        *([alt.Tooltip("source:Q", title="steps before", format=",")] if strong or waits else []),
    ]
    opacity = alt.when(hover).then(alt.value(1)).otherwise(alt.value(0.4))
    lines = [
        thin.mark_line(strokeWidth=0.9, clip=True).encode(opacity=opacity),
        *([thin.properties(data=data(waits)).mark_line(strokeWidth=1, strokeDash=[1, 4], clip=True)] if waits else []),
    ]
    last = thin.properties(data=data([row for row in members if row["last"]]))
    points = thin.properties(name="pointed").mark_point(size=120, opacity=0, filled=True, clip=True)
    ends = last.mark_circle(size=26, opacity=1, clip=True)
    return lines, [ends, points.encode(tooltip=tooltip).add_params(hover)]


def member_rows(arm: ArmResults, source_steps: Mapping[str, int]) -> list[Row]:
    """Return the drawn points of every line, its steps counted from those before; `last` marks where it stopped."""
    rows = []
    for line in drawn_lines(arm, source_steps):
        indices = np.unique(np.linspace(0, len(line.steps) - 1, POINTS).round().astype(int))
        rows += [
            {
                "arm": arm.label,
                "line": f"{arm.label} {line.name}",
                "own": int(line.steps[index]),
                "source": line.source,
                "steps": int(line.steps[index]) + line.source,
                "return": six_digits(line.returns[index]),
                "last": bool(index == len(line.steps) - 1),
            }
            for index in indices
        ]
    return rows


def waiting_rows(arm: ArmResults, source_steps: Mapping[str, int]) -> list[Row]:
    """Return, per line before which steps are charged, their two ends."""
    return [
        {"arm": arm.label, "line": f"{arm.label} {line.name}", "steps": step, "return": six_digits(line.returns[0])}
        for line in drawn_lines(arm, source_steps)
        for step in (0, line.source)
        if line.source
    ]


def median_rows(arm: ArmResults, source_steps: Mapping[str, int], *, many: bool = False) -> list[Row]:
    """Return median and quartiles over lines, from where half have begun to where the last one stopped.

    One that has yet to begin counts with its first return, one that has stopped with its last. many: over members, of
    whichever lineages, and with them what the lowest and the highest twentieth are beyond.
    """
    lines = member_lines(arm, source_steps) if many else drawn_lines(arm, source_steps)
    names = ("lowest", "low", "median", "high", "highest") if many else ("low", "median", "high")
    shares = [0.05, 0.25, 0.5, 0.75, 0.95] if many else [0.25, 0.5, 0.75]
    curves = [(line.steps + line.source, line.returns) for line in lines]
    if not curves:
        return []
    return [
        {"arm": arm.label, "steps": round(step), **dict(zip(names, map(six_digits, at), strict=True))}
        for step, at in zip(*quantile_curves(curves, shares, POINTS), strict=True)
    ]


def has_many(outcome: Outcome) -> bool:
    """Whether an arm of a generation has more members than a chart has lines."""
    return any(len(arm.curves) > MANY for arm in outcome.arms)


def drawn_lines(arm: ArmResults, source_steps: Mapping[str, int]) -> list[Line]:
    """Return a line per member that is compared and finished an episode; of several lineages the mean of each."""
    members = member_lines(arm, source_steps)
    lineages = by_lineage({line.name: line for line in members})
    return members if ALONE in lineages else [_mean(name, [*each.values()]) for name, each in lineages.items()]


def member_lines(arm: ArmResults, source_steps: Mapping[str, int]) -> list[Line]:
    """Return a line per member that is compared and finished an episode."""
    arrays = {member: as_arrays(curve, arm.window) for member, curve in arm.compared.items()}
    return [
        Line(member, steps, returns, source_steps.get(member, 0))
        for member, (steps, returns) in arrays.items()
        if len(steps)
    ]


def _mean(lineage: str, members: Sequence[Line]) -> Line:
    steps = np.linspace(0, max(line.steps[-1] for line in members), POINTS)
    returns = np.mean([np.interp(steps, line.steps, line.returns) for line in members], axis=0)
    return Line(lineage, steps, returns, round(np.mean([line.source for line in members])))
