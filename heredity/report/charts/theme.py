"""The look of every chart, light and dark, as Vega-Lite configurations; the charts themselves name no colour.

Arms take the `category` range, a gate's answers the `ordinal` range, fitness the `ramp` range. The colours are of
Okabe and Ito (2008), told apart under the common colour-vision deficiencies, lightened for the dark page.
"""

from typing import Any

ARMS = ["inherited", "control", "members"]
"""Order of the arms in the `category` range."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def theme(*, dark: bool) -> dict[str, Any]:
    """Return the Vega-Lite configuration of one colour scheme."""
    ink, quiet, grid, paper = (
        ("#e8e6e1", "#a3a19b", "#2e3033", "#16181b") if dark else ("#1c1d1f", "#686b70", "#e9e7e2", "#ffffff")
    )
    arms = ["#f0894a", "#62b0ea", "#35b597"] if dark else ["#d1530b", "#1f6fb2", "#00816a"]
    answers = ["#35b597", "#a3a19b"] if dark else ["#00816a", "#8a8d91"]
    ramp = (
        ["#3a3550", "#4f6f9c", "#45a7a0", "#a8d96c", "#fdf0a0"]
        if dark
        else ["#e6e3ef", "#9fb8d6", "#3d9aa3", "#1f6c74", "#123c4d"]
    )
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "gridColor": grid,
            "labelColor": quiet,
            "labelFontSize": 11,
            "labelPadding": 6,
            "tickColor": grid,
            "ticks": False,
            "titleColor": quiet,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "titlePadding": 10,
        },
        "legend": {
            "labelColor": ink,
            "labelFontSize": 12,
            "layout": {"top": {"anchor": "start", "direction": "vertical", "margin": 6}},
            "orient": "top",
            "symbolBaseFillColor": quiet,
            "symbolOpacity": 1,
            "symbolStrokeColor": quiet,
            "symbolStrokeWidth": 2.5,
            "titleLimit": 300,
            "title": None,
            "titleColor": quiet,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
        },
        "range": {"category": arms, "ordinal": answers, "ramp": ramp},
        "style": {
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
        },
    }
