"""Parts that several charts share: data, axes, the colour of an arm, the threshold."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from heredity.report.arms import ArmResults

DRAWN_LINEAGES = 6
"""More would make a chart of a thousand rows where every member has one: the first show the shape of all."""


def data(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Return rows as a chart's data."""
    return alt.InlineData(values=list(rows))


def steps_axis(field: str) -> alt.X:
    """Return an axis of environment steps: 0, 50k, 100k."""
    axis = alt.Axis(labelExpr="datum.value ? format(datum.value, '~s') : '0'", grid=False, tickCount=6)
    return alt.X(f"{field}:Q", title="environment steps", axis=axis, scale=alt.Scale(nice=False))


def arm_colour(arms: Sequence[ArmResults], controls: Sequence[str], *, symbol: str = "stroke") -> alt.Color:
    """Colour by arm, the same colour for an arm in every chart; the legend names those that are drawn.

    controls: the labels of all controls of the study.
    """
    drawn, (first, *others) = [arm.label for arm in arms], controls or ("control",)
    legend = alt.Legend(values=drawn, symbolType=symbol, symbolOpacity=1) if len(drawn) > 1 else None
    return alt.Color("arm:N", scale=alt.Scale(domain=["inherited", first, "members", *others]), legend=legend)


def threshold_rule(threshold: float, *, across: str = "y") -> tuple[alt.Chart, alt.Chart]:
    """Draw the threshold as a dotted rule, its value at the end, across the vertical ("y") or horizontal ("x") axis."""
    base = alt.Chart(data([{"threshold": threshold, "label": f"{threshold:g}"}]))
    if across == "x":
        text = base.mark_text(style="threshold-label", dy=-7)
        return (
            base.mark_rule(style="threshold").encode(x="threshold:Q"),
            text.encode(x="threshold:Q", y=alt.value(0), text="label:N"),
        )
    text = base.mark_text(style="threshold-label", align="left", dx=5)
    return (
        base.mark_rule(style="threshold").encode(y="threshold:Q"),
        text.encode(y="threshold:Q", x=alt.value("width"), text="label:N"),
    )
