"""What every generation's survivors know of every task, as a heat map."""

from typing import Any

import altair as alt

from heredity.report.charts.common import data
from heredity.transfer.continual import ContinualMatrix

ROW = 44
"""Pixels per generation."""

COLOUR = alt.Color(
    "score:Q",
    scale=alt.Scale(domain=[0, 1], range="ramp", clamp=True),
    legend=alt.Legend(
        orient="bottom",
        labelExpr="datum.value ? 'threshold' : 'fresh weights'",
        gradientLength=150,
        gradientThickness=8,
        labelOffset=5,
        values=[0, 1],
    ),
)
TOOLTIP = [
    alt.Tooltip("generation:N", title="survivors of"),
    alt.Tooltip("task:N", title="task of"),
    alt.Tooltip("mean:Q", title="mean return", format=".3f"),
    alt.Tooltip("survivors:Q"),
    alt.Tooltip("fresh:Q", title="fresh weights", format=".3f"),
    alt.Tooltip("threshold:Q"),
]


def continual_map(continual: ContinualMatrix) -> alt.LayerChart:
    """Draw the mean return of every generation's survivors on every task; each one's own task has a ring."""
    rows = continual_rows(continual)
    tasks, nodes = list(continual.thresholds), list(continual.nodes)
    x = alt.X("task:N", sort=tasks, title="task of", axis=alt.Axis(orient="top", labelAngle=0))
    base = alt.Chart(data(rows)).encode(x=x, y=alt.Y("generation:N", sort=nodes, title="survivors of"))
    strong = [row for row in rows if (row["score"] or 0) > 0.5]
    weak = [row for row in rows if row not in strong]
    ringed = base.properties(data=data([row for row in rows if row["own"]]))
    return alt.layer(
        base.mark_rect(style="tile").encode(color=COLOUR, tooltip=TOOLTIP),
        ringed.mark_rect(style="own"),
        *[
            base.properties(data=data(cells)).mark_text(style=style).encode(text=alt.Text("mean:Q", format=".3~g"))
            for style, cells in (("on-strong", strong), ("on-weak", weak))
            if cells
        ],
    ).properties(
        name="continual",
        height=ROW * len(nodes),
        description="Mean return of every generation's survivors on every task of the study",
    )


def continual_rows(continual: ContinualMatrix) -> list[dict[str, Any]]:
    """Return one row per generation and task that its survivors can play."""
    thresholds, fresh = continual.thresholds, continual.fresh
    return [
        {
            "generation": name,
            "task": task,
            "mean": (mean := sum(members.values()) / len(members)),
            "survivors": len(members),
            "fresh": fresh[task],
            "threshold": thresholds[task],
            "score": (mean - fresh[task]) / span if (span := thresholds[task] - fresh[task]) > 0 else None,
            "own": task == node.task,
        }
        for name, node in continual.nodes.items()
        for task, members in node.returns.items()
        if members
    ]
