"""The gate's answers, as a dot plot."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import altair as alt

from heredity.gate.confirmation import Confirmation
from heredity.gate.record import GateRecord
from heredity.report.charts.common import DRAWN_LINEAGES, SQUARE, data, six_digits, threshold_rule
from heredity.report.results import Outcome
from heredity.report.spread import bins
from heredity.report.tables import confirmed_text
from heredity.study.lineages import lineage_of

ANSWERS = ["passed", "failed"]

PARENTS = ["had heirs", "no heirs"]

ANSWER = alt.Color("answer:N", scale=alt.Scale(domain=ANSWERS, range="ordinal"), legend=alt.Legend())
TOOLTIP = [
    alt.Tooltip("member:N"),
    alt.Tooltip("answer:N"),
    alt.Tooltip("mean:Q", title="mean seen by the gate", format=".3f"),
    alt.Tooltip("bound:Q", title="lower bound", format=".3f"),
    alt.Tooltip("episodes:Q"),
    alt.Tooltip("confirmed:N"),
    alt.Tooltip("heirs:Q"),
    alt.Tooltip("reason:N"),
]


BINS = 30

BINNED = [
    alt.Tooltip("answer:N"),
    alt.Tooltip("members:Q", format=","),
    alt.Tooltip("low:Q", title="mean from", format=".4~g"),
    alt.Tooltip("high:Q", title="to", format=".4~g"),
    alt.Tooltip("parents:Q", title="of whom had heirs", format=","),
]


def gate_bars(outcome: Outcome, heirs: Mapping[str, int]) -> alt.LayerChart:
    """Draw how many members have which mean, by the gate's answer, against the threshold.

    heirs: by member, how many members of later generations it is a parent of.
    """
    bars = (
        alt.Chart(data(bar_rows(outcome.gate, heirs)))
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X(
                "low:Q",
                bin="binned",
                title="mean seen by the gate",
                scale=alt.Scale(zero=False, nice=False, padding=10),
            ),
            x2="high:Q",
            y=alt.Y("members:Q", title="members", axis=alt.Axis(tickMinStep=1)),
            color=ANSWER.legend(symbolType=SQUARE, symbolStrokeColor="transparent"),
            order=alt.Order("rank:Q"),
            tooltip=BINNED,
        )
    )
    bar = outcome.threshold if outcome.gate.bar is None else outcome.gate.bar
    return alt.layer(bars, *threshold_rule(bar, across="x")).properties(
        name="gate_bars", height=220, description=f"Gate of {outcome.name}: how many members have which mean return"
    )


def bar_rows(decision: GateRecord, heirs: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return, per bin of means and answer that somebody got there, how many did, and how many of them had heirs."""
    rows = []
    for each in bins({name: candidate.mean for name, candidate in decision.candidates.items()}, BINS):
        for rank, answer in enumerate(ANSWERS):
            those = [name for name in each.members if decision.candidates[name].passed == (answer == ANSWERS[0])]
            ends = {"low": six_digits(each.low), "high": six_digits(each.high)}
            counts = {"members": len(those), "parents": sum(name in heirs for name in those)}
            rows += [{**ends, "answer": answer, "rank": rank, **counts}] if those else []
    return rows


def gate_dots(outcome: Outcome, heirs: Mapping[str, int]) -> alt.LayerChart:
    """Draw every member's mean and lower bound against the threshold; who passed is filled, a parent is a triangle.

    heirs: by member, how many members of later generations it is a parent of.
    """
    rows = dot_rows(outcome.gate, outcome.confirmations, heirs)
    shape = alt.Shape(
        "parent:N",
        scale=alt.Scale(domain=PARENTS, range=["triangle-right", "circle"]),
        legend=alt.Legend(symbolStrokeWidth=1.4) if heirs else None,
    )
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("member:N", title=None, sort=[row["member"] for row in rows]), color=ANSWER, tooltip=TOOLTIP
    )
    title = "mean seen by the gate, and lower bound"
    mean, bound = (
        alt.X("mean:Q", title=title, scale=alt.Scale(zero=False, nice=False, padding=10)),
        alt.X("bound:Q", title=title),
    )
    passed = base.properties(data=data([row for row in rows if row["answer"] == ANSWERS[0]]))
    bounded = base.properties(data=data([row for row in rows if row["bound"] is not None]))
    layers = [
        base.mark_point(size=85, strokeWidth=2).encode(x=mean, shape=shape),
        bounded.mark_rule(strokeWidth=2).encode(x=bound, x2="mean:Q"),
        bounded.mark_tick(thickness=2, size=11).encode(x=bound),
        passed.mark_point(size=85, filled=True, opacity=1).encode(x=mean, shape=shape),
    ]
    bar = outcome.threshold if outcome.gate.bar is None else outcome.gate.bar
    return alt.layer(
        *[layer for layer in layers if layer.data.values],
        *threshold_rule(bar, across="x"),
    ).properties(
        name="gate_dots",
        height=24 * len(rows),
        description=f"Gate of {outcome.name}: mean return and lower bound of every member against the threshold",
    )


def dot_rows(
    decision: GateRecord, confirmations: Mapping[str, Confirmation], heirs: Mapping[str, int] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Return one row per member, best mean first; null policies, and many lineages, are left to the table."""
    left_out = list(decision.lineages)[DRAWN_LINEAGES:]
    return [
        {
            "member": member,
            "episodes": candidate.episodes,
            "mean": candidate.mean,
            "bound": candidate.bound,
            "confirmed": confirmed_text(confirmations.get(member)),
            "heirs": heirs.get(member, 0),
            "parent": PARENTS[member not in heirs],
            "reason": candidate.reason,
            "answer": ANSWERS[not candidate.passed],
        }
        for member, candidate in decision.ranked()
        if member in decision.candidates and lineage_of(member) not in left_out
    ]
