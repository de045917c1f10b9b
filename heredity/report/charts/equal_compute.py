"""What an arm returns for all the environment steps that it spent, as curves."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np

from heredity.report.arms import ArmResults
from heredity.report.charts.common import arm_colour, data, legend_of, steps_axis, threshold_rule, zoom
from heredity.report.results import Outcome
from heredity.training.curves import as_arrays
from heredity.transfer.areas import delayed
from heredity.transfer.spending import Spent

POINTS = 100

OF_WHOM = ["mean", "best"]
"""Of the members that are compared, at the same number of steps each."""

TOOLTIP = [
    alt.Tooltip("arm:N"),
    alt.Tooltip("of:N", title="members"),
    alt.Tooltip("steps:Q", title="steps of all members", format=","),
    alt.Tooltip("return:Q", format=".3f"),
]


def equal_compute(outcome: Outcome, spent: Mapping[str, Spent[int]]) -> alt.LayerChart:
    """Draw the mean and the best return of every arm of a generation against what all its members took.

    spent: by arm, what `compare` stored.
    """
    rows = [row for arm in outcome.arms for row in equal_compute_rows(arm, spent[arm.name])]
    dashes = alt.StrokeDash("of:N", sort=None, scale=alt.Scale(domain=OF_WHOM, range=[[1, 0], [3, 3]]))
    returns = f"mean return of the last {outcome.node.train.window} episodes"
    base = alt.Chart(data(rows)).encode(
        x=steps_axis("steps"),
        y=alt.Y("return:Q", title=returns, scale=alt.Scale(zero=False)),
        color=arm_colour(outcome.arms, outcome.labels),
    )
    shown = legend_of("arm")
    base = base.transform_filter(shown)
    return alt.layer(
        base.mark_line(strokeWidth=2.2, clip=True).encode(strokeDash=dashes),
        base.mark_point(size=120, opacity=0, filled=True, clip=True)
        .encode(tooltip=TOOLTIP)
        .properties(name="spent")
        .add_params(zoom(), shown),
        *threshold_rule(outcome.threshold),
    ).properties(
        name="equal-compute",
        height=220,
        description=f"Return of the arms of {outcome.name} by the environment steps of all their members together",
    )


def equal_compute_rows(arm: ArmResults, spent: Spent[int]) -> list[dict[str, Any]]:
    """Return an arm's mean and best return after the steps of all its members together, and all that came before it.

    Members train side by side: after so many steps each, those that stopped or failed earlier took only their own. Who
    has stopped keeps its last return; who failed has none. A member's steps begin with its share of ranking.
    """
    arrays = (
        delayed(as_arrays(curve, arm.window), arm.ranking.get(member, 0)) for member, curve in arm.compared.items()
    )
    curves = [(steps, returns) for steps, returns in arrays if len(steps)]
    if not curves:
        return []
    taken = np.array(list(spent.members.values()))
    grid = np.linspace(max(steps[0] for steps, _ in curves), taken.max(), POINTS)
    together = spent.before + np.minimum(grid[:, None], taken).sum(axis=1)
    returns = np.array([np.interp(grid, *curve) for curve in curves])
    return [
        {"arm": arm.label, "of": whom, "steps": round(steps), "return": float(f"{value:.6g}")}
        for whom, values in zip(OF_WHOM, (returns.mean(axis=0), returns.max(axis=0)), strict=True)
        for steps, value in zip(together, values, strict=True)
    ]
