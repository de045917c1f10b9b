"""What every generation's survivors know of every task, as a heat map."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from heredity.report.marks import data

ROW = 44
"""Pixels per generation."""


def memory_map(continual: Mapping[str, Any]) -> alt.LayerChart:
    """Draw the mean return of every generation's survivors on every task; each one's own task has a ring."""
    rows = memory_rows(continual)
    tasks, nodes = list(continual["thresholds"]), list(continual["nodes"])
    x = alt.X("task:N", sort=tasks, title="task of", axis=alt.Axis(orient="top", labelAngle=0))
    y = alt.Y("generation:N", sort=nodes, title="survivors of")
    colour = alt.Color(
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
    tooltip = [
        alt.Tooltip("generation:N", title="survivors of"),
        alt.Tooltip("task:N", title="task of"),
        alt.Tooltip("mean:Q", title="mean return", format=".3f"),
        alt.Tooltip("survivors:Q"),
        alt.Tooltip("fresh:Q", title="fresh weights", format=".3f"),
        alt.Tooltip("threshold:Q"),
    ]
    base = alt.Chart(data(rows)).encode(x=x, y=y)
    strong = [row for row in rows if (row["score"] or 0) > 0.5]
    weak = [row for row in rows if row not in strong]
    own = base.properties(data=data([row for row in rows if row["own"]]))
    return alt.layer(
        base.mark_rect(style="tile").encode(color=colour, tooltip=tooltip),
        own.mark_rect(style="own"),
        *[
            base.properties(data=data(shown)).mark_text(style=style).encode(text=alt.Text("mean:Q", format=".3~g"))
            for style, shown in (("on-strong", strong), ("on-weak", weak))
            if shown
        ],
    ).properties(
        name="memory",
        height=ROW * len(nodes),
        description="Mean return of every generation's survivors on every task of the study",
    )


def memory_rows(continual: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row per generation and task that its survivors can play."""
    thresholds, fresh = continual["thresholds"], continual["fresh"]
    return [
        {
            "generation": name,
            "task": task,
            "mean": (mean := sum(members.values()) / len(members)),
            "survivors": len(members),
            "fresh": fresh[task],
            "threshold": thresholds[task],
            "score": (mean - fresh[task]) / span if (span := thresholds[task] - fresh[task]) > 0 else None,
            "own": task == node["task"],
        }
        for name, node in continual["nodes"].items()
        for task, members in node["returns"].items()
        if members
    ]
