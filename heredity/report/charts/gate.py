"""The gate's answers, as a dot plot."""

from typing import Any

import altair as alt

from heredity.report.marks import data, threshold_rule
from heredity.report.story import Outcome

ANSWERS = ["passed", "failed"]


def gate_dots(outcome: Outcome) -> alt.LayerChart:
    """Draw every member's mean and lower bound against the threshold; who passed is filled and coloured."""
    rows = gate_rows(outcome)
    answer = alt.Color("answer:N", scale=alt.Scale(domain=ANSWERS, range="ordinal"), legend=alt.Legend())
    tooltip = [
        alt.Tooltip("member:N"),
        alt.Tooltip("answer:N"),
        alt.Tooltip("mean:Q", format=".3f"),
        alt.Tooltip("bound:Q", title="lower bound", format=".3f"),
        alt.Tooltip("episodes:Q"),
        alt.Tooltip("reason:N"),
    ]
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("member:N", title=None, sort=[row["member"] for row in rows]), color=answer, tooltip=tooltip
    )
    title = "mean return and lower bound"
    mean, bound = alt.X("mean:Q", title=title, scale=alt.Scale(zero=False)), alt.X("bound:Q", title=title)
    passed = base.properties(data=data([row for row in rows if row["passed"]]))
    bounded = base.properties(data=data([row for row in rows if row["bound"] is not None]))
    layers = [
        base.mark_point(size=85, strokeWidth=2).encode(x=mean),
        bounded.mark_rule(strokeWidth=2).encode(x=bound, x2="mean:Q"),
        bounded.mark_tick(thickness=2, size=11).encode(x=bound),
        passed.mark_point(size=85, filled=True, opacity=1).encode(x=mean),
    ]
    return alt.layer(
        *[layer for layer in layers if layer.data.values],
        *threshold_rule(outcome.decision.get("bar", outcome.threshold), across="x"),
    ).properties(
        name="gate_dots",
        height=24 * len(rows),
        description=f"Gate of {outcome.name}: mean return and lower bound of every member against the threshold",
    )


def gate_rows(outcome: Outcome) -> list[dict[str, Any]]:
    """Return one row per candidate of gate.json, best mean first; members with equal means by name."""
    candidates = [{"member": member, **seen} for member, seen in outcome.decision["candidates"].items()]
    ranked = sorted(candidates, key=lambda row: (-row["mean"], row["member"]))
    return [{**row, "answer": ANSWERS[not row["passed"]]} for row in ranked]
