"""Learning curves and the share of members that have learned, as charts."""

from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
import numpy as np
import scipy

from heredity.curves import CurveRow, as_arrays
from heredity.report.marks import arm_colour, data, steps_axis, threshold_rule
from heredity.report.story import Arm, Outcome

POINTS = 100
"""Points kept of a drawn curve, first and last among them; every number is computed from all of them."""

Row = dict[str, Any]


def learning_curves(outcome: Outcome, *, strong: bool) -> alt.LayerChart:
    """Draw both arms of one generation: median, interquartile band, every member; strong charges ancestors' steps."""
    offsets = outcome.source_steps if strong else {}
    members = [row for arm in outcome.arms for row in member_rows(arm, _offsets(arm, offsets))]
    medians = [row for arm in outcome.arms for row in median_rows(arm, _offsets(arm, offsets))]
    ends = [row for row in members if row["last"]]
    waits = [row for arm in outcome.arms for row in waiting_rows(arm, _offsets(arm, offsets))]
    # not `nearest`: its tooltips lose every nominal field (Vega-Lite 6.4)
    hover = alt.selection_point(name="hover", fields=["line"], on="pointerover", clear="pointerout", empty=False)
    thin = alt.Chart(data(members)).encode(
        x=steps_axis("steps"),
        y=alt.Y("return:Q", title="mean return", scale=alt.Scale(zero=False)),
        color=arm_colour(outcome.arms),
        detail="line:N",
    )
    tooltip = [
        alt.Tooltip("line:N", title="member"),
        alt.Tooltip("own:Q", title="steps", format=","),
        alt.Tooltip("return:Q", format=".3f"),
        *([alt.Tooltip("source:Q", title="ancestors' steps", format=",")] if offsets else []),
    ]
    middle = alt.Chart(data(medians)).encode(x="steps:Q", color=arm_colour(outcome.arms))
    layers = [
        middle.mark_area(opacity=0.16).encode(y=alt.Y("low:Q", title="mean return"), y2="high:Q"),
        thin.mark_line(strokeWidth=0.9).encode(opacity=alt.when(hover).then(alt.value(1)).otherwise(alt.value(0.4))),
        *([thin.properties(data=data(waits)).mark_line(strokeWidth=1, strokeDash=[1, 4])] if waits else []),
        middle.mark_line(strokeWidth=2.6).encode(y="median:Q"),
        thin.properties(data=data(ends)).mark_circle(size=26, opacity=1),
        thin.properties(name="pointed")
        .mark_point(size=120, opacity=0, filled=True)
        .encode(tooltip=tooltip)
        .add_params(hover),
        *threshold_rule(outcome.threshold),
    ]
    arms = " and ".join(arm.label for arm in outcome.arms)
    charged = ", the steps of its ancestors charged" if strong else ""
    return alt.layer(*layers).properties(
        name="learning", height=280, description=f"Learning curves of {outcome.name}: {arms}{charged}"
    )


def reached_curves(outcome: Outcome) -> alt.LayerChart:
    """Draw the share of members that have reached the threshold by each step (Kaplan and Meier, 1958)."""
    told: list[tuple[Arm, Mapping[str, int], str]] = [(arm, {}, "on the task") for arm in outcome.arms]
    if any(outcome.source_steps.values()):
        told.insert(1, (outcome.members, outcome.source_steps, "+ ancestors' steps"))
    rows = [row for arm, offsets, counted in told for row in reached_rows(arm, outcome.threshold, offsets, counted)]
    horizon = max(row["steps"] for row in rows)
    rows += [{**row, "steps": horizon} for row in rows if row["share"] == 1]
    base = alt.Chart(data(rows)).encode(
        x=steps_axis("steps"),
        y=alt.Y("share:Q", title="share that reached the threshold", scale=alt.Scale(domain=[0, 1])).axis(format="%"),
        color=arm_colour(outcome.arms),
    )
    counts = alt.StrokeDash(
        "counted:N",
        sort=None,
        scale=alt.Scale(domain=["on the task", "+ ancestors' steps"], range=[[1, 0], [5, 4]]),
        legend=alt.Legend() if any(outcome.source_steps.values()) else None,
    )
    tooltip = [
        alt.Tooltip("arm:N"),
        alt.Tooltip("counted:N", title="steps counted"),
        alt.Tooltip("steps:Q", format=","),
        alt.Tooltip("share:Q", format=".0%"),
    ]
    return alt.layer(
        base.mark_line(interpolate="step-after", strokeWidth=2.2).encode(strokeDash=counts),
        base.mark_point(size=120, opacity=0, filled=True).encode(tooltip=tooltip),
    ).properties(
        name="survival",
        height=220,
        description=f"Share of the members of {outcome.name} that have reached the threshold, by environment steps",
    )


def member_rows(arm: Arm, offsets: Mapping[str, int]) -> list[Row]:
    """Return the drawn points of every member, its steps counted from its offset; `last` marks where it stopped."""
    rows = []
    for member, steps, returns in _arrays(arm):
        kept = np.unique(np.linspace(0, len(steps) - 1, POINTS).round().astype(int))
        source = offsets.get(member, 0)
        rows += [
            {
                "arm": arm.label,
                "line": f"{arm.label} {member}",
                "own": int(steps[index]),
                "source": source,
                "steps": int(steps[index]) + source,
                "return": _rounded(returns[index]),
                "last": bool(index == len(steps) - 1),
            }
            for index in kept
        ]
    return rows


def waiting_rows(arm: Arm, offsets: Mapping[str, int]) -> list[Row]:
    """Return, per member with ancestors, the two ends of the steps that passed before it began."""
    return [
        {"arm": arm.label, "line": f"{arm.label} {member}", "steps": step, "return": _rounded(returns[0])}
        for member, _, returns in _arrays(arm)
        for step in (0, offsets.get(member, 0))
        if offsets.get(member, 0)
    ]


def median_rows(arm: Arm, offsets: Mapping[str, int]) -> list[Row]:
    """Return median and quartiles over members, from where all have begun to where the last one stopped.

    A member that has stopped keeps its last return.
    """
    curves = [(steps + offsets.get(member, 0), returns) for member, steps, returns in _arrays(arm)]
    if not curves:
        return []
    grid = np.linspace(max(steps[0] for steps, _ in curves), max(steps[-1] for steps, _ in curves), POINTS)
    low, median, high = np.quantile([np.interp(grid, *curve) for curve in curves], [0.25, 0.5, 0.75], axis=0)
    return [
        {"arm": arm.label, "steps": round(step), "low": _rounded(a), "median": _rounded(b), "high": _rounded(c)}
        for step, a, b, c in zip(grid, low, median, high, strict=True)
    ]


def reached_rows(arm: Arm, threshold: float, offsets: Mapping[str, int], counted: str) -> list[Row]:
    """Return the Kaplan-Meier estimate of the share that has reached the threshold, as steps from 0 to the last."""
    times = {member: time_to_threshold(curve, threshold) for member, curve in arm.curves.items()}
    moved = {member: (steps + offsets.get(member, 0), reached) for member, (steps, reached) in times.items()}
    sample = scipy.stats.CensoredData(
        uncensored=[steps for steps, reached in moved.values() if reached],
        right=[steps for steps, reached in moved.values() if not reached],
    )
    share = scipy.stats.ecdf(sample).cdf
    known = dict(zip(share.quantiles.tolist(), share.probabilities.tolist(), strict=True))
    points = {0.0: 0.0, **known}
    return [
        {"arm": arm.label, "counted": counted, "steps": round(steps), "share": _rounded(value)}
        for steps, value in sorted(points.items())
    ]


def time_to_threshold(curve: Iterable[CurveRow], threshold: float) -> tuple[int, bool]:
    """Return the first step at which the curve is at the threshold and True, or its last step and False."""
    steps, returns = as_arrays(curve)
    at = np.flatnonzero(returns >= threshold)
    return (int(steps[at[0]]), True) if len(at) else (int(steps[-1]) if len(steps) else 0, False)


def _offsets(arm: Arm, offsets: Mapping[str, int]) -> Mapping[str, int]:
    return {} if arm.label == "control" else offsets


def _arrays(arm: Arm) -> Iterable[tuple[str, Any, Any]]:
    """Yield (member, steps, returns) of every member that finished an episode."""
    for member, curve in arm.curves.items():
        steps, returns = as_arrays(curve)
        if len(steps):
            yield member, steps, returns


def _rounded(number: float) -> float:
    """Keep six digits: more than a screen shows, fewer than a file has to carry."""
    return float(f"{number:.6g}")
