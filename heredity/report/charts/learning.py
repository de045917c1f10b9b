"""Learning curves and the share of members that have learned, as charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from heredity.report.arms import ArmResults
from heredity.report.charts.common import EDGE, arm_colour, data, legend_of, steps_axis, threshold_rule, zoom
from heredity.report.results import Outcome
from heredity.study.lineages import ALONE, by_lineage
from heredity.training.curves import as_arrays

POINTS = 100
"""Points kept of a drawn curve, first and last among them; every number is computed from all of them."""

Row = dict[str, Any]


COUNTED = ["on the task", "+ ancestors' steps"]
"""How steps are counted."""

SHARE_TOOLTIP = [
    alt.Tooltip("arm:N"),
    alt.Tooltip("counted:N", title="steps counted"),
    alt.Tooltip("steps:Q", format=","),
    alt.Tooltip("share:Q", format=".0%"),
]


MEDIAN_TOOLTIP = [
    alt.Tooltip("arm:N", title="median of"),
    alt.Tooltip("steps:Q", format=","),
    alt.Tooltip("median:Q", format=".3f"),
    alt.Tooltip("low:Q", title="lower quartile", format=".3f"),
    alt.Tooltip("high:Q", title="upper quartile", format=".3f"),
]


@dataclass(frozen=True)
class Line:
    """What is drawn of a member, or on average of a lineage: float64[points]; source: the steps before it learns."""

    name: str
    steps: np.ndarray[Any, Any]
    returns: np.ndarray[Any, Any]
    source: int


def learning_curves(outcome: Outcome, *, strong: bool) -> alt.LayerChart:
    """Draw both arms of one generation: median, interquartile band, every member; strong charges ancestors' steps.

    The axis ends where the arms are compared until.
    """
    charged = [(arm, _before(outcome, arm, strong=strong)) for arm in outcome.arms]
    medians = [row for arm, source_steps in charged for row in median_rows(arm, source_steps)]
    colour, shown = arm_colour(outcome.arms, outcome.labels), legend_of("arm")
    horizons = outcome.transfer.horizons if outcome.transfer else None
    x = steps_axis("steps", horizons[strong] if horizons else None)
    returns = f"mean return of the last {outcome.node.train.window} episodes"
    y = alt.Y("return:Q", title=returns, scale=alt.Scale(zero=False, padding=EDGE))
    thin = _shown(alt.Chart(data([])).encode(x=x, y=y, color=colour, detail="line:N"), outcome, shown)
    middle = _shown(alt.Chart(data(medians)).encode(x="steps:Q", color=colour, tooltip=MEDIAN_TOOLTIP), outcome, shown)
    lines, ends, pointed = _member_layers(charged, thin, strong=strong)
    band = middle.encode(y=alt.Y("low:Q", title=returns), y2="high:Q")
    line = middle.encode(y="median:Q")
    arms = " and ".join(arm.label for arm in outcome.arms)
    said = ", the steps of its ancestors charged" if strong else ""
    return alt.layer(
        band.mark_area(opacity=0.16, clip=True, tooltip=None),
        band.mark_rule(opacity=0, strokeWidth=7, clip=True),
        *lines,
        line.mark_line(strokeWidth=2.6, clip=True, tooltip=None),
        ends,
        pointed,
        line.mark_point(size=90, opacity=0, filled=True, clip=True)
        .properties(name="median")
        .add_params(zoom(), *_toggled(outcome, shown)),
        *threshold_rule(outcome.threshold),
    ).properties(name="learning", height=280, description=f"Learning curves of {outcome.name}: {arms}{said}")


def _shown(chart: alt.Chart, outcome: Outcome, shown: alt.Parameter) -> alt.Chart:
    """Keep the rows of arms that the legend shows, where there is a legend."""
    return chart.transform_filter(shown) if len(outcome.arms) > 1 else chart


def _toggled(outcome: Outcome, shown: alt.Parameter) -> list[alt.Parameter]:
    return [shown] if len(outcome.arms) > 1 else []


def _before(outcome: Outcome, arm: ArmResults, *, strong: bool) -> dict[str, int]:
    """Return by member the steps that are charged before it learns: of ranking its parents, strong of its ancestors."""
    ancestors = outcome.source_steps if strong and arm.name == "inherited" else {}
    return {member: ancestors.get(member, 0) + arm.ranking.get(member, 0) for member in arm.curves}


def _member_layers(
    charged: Sequence[tuple[ArmResults, Mapping[str, int]]], thin: alt.Chart, *, strong: bool
) -> tuple[list[alt.Chart], alt.Chart, alt.Chart]:
    """Return every member's line (dotted before a charged one begins), where it stopped, and what a pointer finds."""
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
    return lines, last.mark_circle(size=26, opacity=1, clip=True), points.encode(tooltip=tooltip).add_params(hover)


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
    base = _shown(base, outcome, shown)
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
        .add_params(zoom(), *_toggled(outcome, shown)),
    ).properties(
        name="survival",
        height=220,
        description=f"Share of the members of {outcome.name} that have reached the threshold, by environment steps",
    )


def reached_rows(outcome: Outcome) -> list[Row]:
    """Return the stored shares of each arm as steps from 0 to the last, and of heirs with their ancestors' steps."""
    survival = outcome.survival
    curves = [(arm.label, COUNTED[0], survival.weak[arm.name]) for arm in outcome.arms if arm.name in survival.weak]
    if survival.strong and any(outcome.source_steps.values()):
        curves.insert(1, (outcome.members.label, COUNTED[1], survival.strong))
    return [
        {"arm": label, "counted": counted, "steps": round(steps), "share": _rounded(share)}
        for label, counted, shares in curves
        for steps, share in zip(shares.steps, shares.reached, strict=True)
    ]


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
                "return": _rounded(line.returns[index]),
                "last": bool(index == len(line.steps) - 1),
            }
            for index in indices
        ]
    return rows


def waiting_rows(arm: ArmResults, source_steps: Mapping[str, int]) -> list[Row]:
    """Return, per line before which steps are charged, their two ends."""
    return [
        {"arm": arm.label, "line": f"{arm.label} {line.name}", "steps": step, "return": _rounded(line.returns[0])}
        for line in drawn_lines(arm, source_steps)
        for step in (0, line.source)
        if line.source
    ]


def median_rows(arm: ArmResults, source_steps: Mapping[str, int]) -> list[Row]:
    """Return median and quartiles over lines, from where all have begun to where the last one stopped.

    One that has stopped keeps its last return.
    """
    curves = [(line.steps + line.source, line.returns) for line in drawn_lines(arm, source_steps)]
    if not curves:
        return []
    grid = np.linspace(max(steps[0] for steps, _ in curves), max(steps[-1] for steps, _ in curves), POINTS)
    low, median, high = np.quantile([np.interp(grid, *curve) for curve in curves], [0.25, 0.5, 0.75], axis=0)
    return [
        {"arm": arm.label, "steps": round(step), "low": _rounded(a), "median": _rounded(b), "high": _rounded(c)}
        for step, a, b, c in zip(grid, low, median, high, strict=True)
    ]


def drawn_lines(arm: ArmResults, source_steps: Mapping[str, int]) -> list[Line]:
    """Return a line per member that is compared and finished an episode; of several lineages the mean of each."""
    arrays = {member: as_arrays(curve, arm.window) for member, curve in arm.compared.items()}
    members = [
        Line(member, steps, returns, source_steps.get(member, 0))
        for member, (steps, returns) in arrays.items()
        if len(steps)
    ]
    lineages = by_lineage({line.name: line for line in members})
    return members if ALONE in lineages else [_mean(name, [*each.values()]) for name, each in lineages.items()]


def _mean(lineage: str, members: Sequence[Line]) -> Line:
    steps = np.linspace(0, max(line.steps[-1] for line in members), POINTS)
    returns = np.mean([np.interp(steps, line.steps, line.returns) for line in members], axis=0)
    return Line(lineage, steps, returns, round(np.mean([line.source for line in members])))


def _rounded(number: float) -> float:
    """Keep six digits: more than a screen shows, fewer than a file has to carry."""
    return float(f"{number:.6g}")
