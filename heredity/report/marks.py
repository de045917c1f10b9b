"""Parts that several charts share: data, axes, the colour of an arm, the threshold."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from heredity.report.story import Arm
from heredity.report.theme import ARMS


def data(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Return rows as a chart's data."""
    return alt.InlineData(values=list(rows))


def steps_axis(field: str) -> alt.X:
    """Return an axis of environment steps: 0, 50k, 100k."""
    return alt.X(f"{field}:Q", title="environment steps").axis(format="~s", grid=False, tickCount=6)


def arm_colour(arms: Sequence[Arm]) -> alt.Color:
    """Colour by arm, the same colour for an arm in every chart; the legend names those that are drawn."""
    drawn = [arm.label for arm in arms]
    legend = alt.Legend(values=drawn, symbolType="stroke") if len(drawn) > 1 else None
    return alt.Color("arm:N", scale=alt.Scale(domain=ARMS), legend=legend)


def threshold_rule(threshold: float, *, across: str = "y") -> tuple[alt.Chart, alt.Chart]:
    """Draw the threshold as a dotted rule with its value, across the vertical ("y") or the horizontal ("x") axis."""
    rows = data([{"threshold": threshold, "label": f"threshold {threshold:g}"}])
    rule = alt.Chart(rows).mark_rule(style="threshold")
    if across == "x":
        text = alt.Chart(rows).mark_text(style="threshold-label", align="right", dx=-5)
        return rule.encode(x="threshold:Q"), text.encode(x="threshold:Q", y=alt.value(-8), text="label:N")
    text = alt.Chart(rows).mark_text(style="threshold-label", align="right", dy=-7)
    return rule.encode(y="threshold:Q"), text.encode(y="threshold:Q", x=alt.value("width"), text="label:N")
