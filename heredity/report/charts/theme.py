"""The look of every chart, light and dark, as Vega-Lite configurations; the charts themselves name no colour.

Arms take the `category` range (heirs, the first control, members who inherited nothing, other controls), a gate's
answers the `ordinal` range, fitness the `ramp` range. The first three colours are of Okabe and Ito (2008), told apart
under the common colour-vision deficiencies, lightened for the dark page.
"""

from dataclasses import dataclass
from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """The colours of one scheme: text, what is said quietly, grid lines, the ground, and three ranges."""

    ink: str
    quiet: str
    grid: str
    paper: str
    arms: tuple[str, ...]
    answers: tuple[str, ...]
    ramp: tuple[str, ...]


LIGHT = Palette(
    ink="#1c1d1f",
    quiet="#686b70",
    grid="#e9e7e2",
    paper="#ffffff",
    arms=("#d1530b", "#1f6fb2", "#00816a", "#a3478c", "#8a6a00", "#5b6770"),
    answers=("#00816a", "#8a8d91"),
    ramp=("#e6e3ef", "#9fb8d6", "#3d9aa3", "#1f6c74", "#123c4d"),
)
DARK = Palette(
    ink="#e8e6e1",
    quiet="#a3a19b",
    grid="#2e3033",
    paper="#16181b",
    arms=("#f0894a", "#62b0ea", "#35b597", "#dd8fc6", "#d8b53c", "#a9b4bd"),
    answers=("#35b597", "#a3a19b"),
    ramp=("#3a3550", "#4f6f9c", "#45a7a0", "#a8d96c", "#fdf0a0"),
)


def theme(*, dark: bool) -> dict[str, Any]:
    """Return the Vega-Lite configuration of one colour scheme."""
    palette = DARK if dark else LIGHT
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": _axis(palette),
        "axisQuantitative": {"labelOverlap": "parity", "labelSeparation": 8},
        "legend": _legend(palette),
        "range": {"category": list(palette.arms), "ordinal": list(palette.answers), "ramp": list(palette.ramp)},
        "style": _styles(palette),
    }


def _axis(palette: Palette) -> dict[str, Any]:
    return {
        "domain": False,
        "gridColor": palette.grid,
        "labelColor": palette.quiet,
        "labelFontSize": 11,
        "labelPadding": 6,
        "tickColor": palette.grid,
        "ticks": False,
        "titleColor": palette.quiet,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 10,
    }


def _legend(palette: Palette) -> dict[str, Any]:
    return {
        "labelColor": palette.ink,
        "labelFontSize": 12,
        "layout": {"top": {"anchor": "start", "direction": "vertical", "margin": 6}},
        "orient": "top",
        "symbolBaseFillColor": palette.quiet,
        "symbolOpacity": 1,
        "symbolStrokeColor": palette.quiet,
        "symbolStrokeWidth": 2.5,
        "titleLimit": 300,
        "title": None,
        "titleColor": palette.quiet,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    }


def _styles(palette: Palette) -> dict[str, Any]:
    ink, quiet, paper = palette.ink, palette.quiet, palette.paper
    return {
        "threshold": {"color": ink, "strokeDash": [2, 3], "strokeWidth": 1.2},
        "threshold-label": {"color": quiet, "fontSize": 11},
        "name": {"color": quiet, "fontSize": 11},
        "halo": {"stroke": paper, "strokeWidth": 5, "strokeJoin": "round", "fontSize": 11},
        "heading": {"color": ink, "fontSize": 13, "fontWeight": 600},
        "link": {"color": quiet, "strokeWidth": 1.1},
        "survivor": {"color": ink, "strokeWidth": 1.8, "filled": False},
        "edge": {"stroke": quiet},
        "tile": {"stroke": paper, "strokeWidth": 2},
        "own": {"color": ink, "strokeWidth": 2.5, "filled": False},
        "on-strong": {"color": paper, "fontSize": 12},
        "on-weak": {"color": ink, "fontSize": 12},
    }
