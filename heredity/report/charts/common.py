"""Parts that several charts share: data, axes, the colour of an arm, the threshold."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from heredity.report.arms import ArmResults

DRAWN_LINEAGES = 6
"""More would make a chart of a thousand rows where every member has one: the first show the shape of all."""


SQUARE = "square"
"""What stands in a legend for a filled bar."""

EDGE = 4
"""Pixels beyond the data, so that a mark at their end is whole."""


def data(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Return rows as a chart's data."""
    return alt.InlineData(values=list(rows))


def steps_axis(field: str, until: float | None = None) -> alt.X:
    """Return an axis of environment steps: 0, 50k, 100k. until: where it ends, None for where the data do."""
    label = "datum.value ? format(datum.value, '~s') : '0'"
    axis = alt.Axis(labelExpr=label, grid=False, tickCount=6)
    ends = {} if until is None else {"domain": [0, until]}
    scale = alt.Scale(nice=False, padding=EDGE, **ends)
    return alt.X(f"{field}:Q", title="environment steps", axis=axis, scale=scale)


def zoom() -> alt.Parameter:
    """Zoom both axes by Ctrl and the wheel, or by pinching, so that a page scrolls as usual; a double click undoes it.

    Whoever has this parameter needs a name: altair's own are counted through a whole process.
    """
    return alt.selection_interval(name="zoom", bind="scales", zoom="wheel![event.ctrlKey]")


def legend_of(field: str) -> alt.Parameter:
    """Let a click on a legend's entry show it alone, a further one another beside it, and one more hide it again."""
    return alt.selection_point(name="shown", fields=[field], bind="legend", toggle="true")


def arm_colour(arms: Sequence[ArmResults], controls: Sequence[str], *, symbol: str = "stroke") -> alt.Color:
    """Colour by arm, the same colour for an arm in every chart; the legend names those that are drawn.

    controls: the labels of all controls of the study.
    """
    drawn, (first, *others) = [arm.label for arm in arms], controls or ("control",)
    edge = {"symbolStrokeColor": "transparent"} if symbol == SQUARE else {}
    legend = alt.Legend(values=drawn, symbolType=symbol, symbolOpacity=1, **edge) if len(drawn) > 1 else None
    return alt.Color("arm:N", scale=alt.Scale(domain=["inherited", first, "members", *others]), legend=legend)


def two_colours(first: str, second: str) -> alt.Color:
    """Colour by arm where there are two that are no control: as heirs the first, the second as nobody else is."""
    legend = alt.Legend(values=[first, second], symbolType="stroke", symbolOpacity=1)
    return alt.Color("arm:N", scale=alt.Scale(domain=[first, " ", "  ", second]), legend=legend)


def threshold_rule(threshold: float, *, across: str = "y") -> tuple[alt.Chart, alt.Chart]:
    """Draw the threshold as a dotted rule, its value at the end, across the vertical ("y") or horizontal ("x") axis."""
    base = alt.Chart(data([{"threshold": threshold, "label": f"{threshold:g}"}]))
    if across == "x":
        text = base.mark_text(style="threshold-label", dy=-7, clip=False)
        return (
            base.mark_rule(style="threshold").encode(x="threshold:Q"),
            text.encode(x="threshold:Q", y=alt.value(0), text="label:N"),
        )
    text = base.mark_text(style="threshold-label", align="left", dx=5, clip=False)
    return (
        base.mark_rule(style="threshold").encode(y="threshold:Q"),
        text.encode(y="threshold:Q", x=alt.value("width"), text="label:N"),
    )


def with_shown_arms(chart: alt.Chart, shown: alt.Parameter, several: bool) -> alt.Chart:
    """Keep the rows of arms that the legend shows, where there are several, and so a legend."""
    return chart.transform_filter(shown) if several else chart


def toggled(shown: alt.Parameter, several: bool) -> list[alt.Parameter]:
    """Return what a legend's entries are clicked for, where there are several."""
    return [shown] if several else []


def six_digits(number: float) -> float:
    """Keep six digits: more than a screen shows, fewer than a file has to carry."""
    return float(f"{number:.6g}")


def standing_colour(title: str) -> alt.Color:
    """Return the colour of who stands where between the lowest, 0, and the highest, 1; title: of its legend."""
    return alt.Color(
        "standing:Q",
        title=title,
        scale=alt.Scale(domain=[0, 1], range="ramp", clamp=True),
        legend=alt.Legend(
            labelExpr="datum.value ? 'highest' : 'lowest'",
            gradientLength=150,
            gradientThickness=8,
            labelOffset=5,
            values=[0, 1],
        ),
    )
