"""The charts as files for a paper: SVG and PNG, on white."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vl_convert

from heredity.files import new_directory, write_bytes, write_text
from heredity.report.charts.theme import theme
from heredity.report.page import VEGA_LITE

WIDTH = 560
"""Pixels between the axes' ends."""

FONT = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"


def write_figures(directory: Path, drawn: Mapping[str, dict[str, Any]]) -> None:
    """Replace a directory by <name>.svg and <name>.png (at twice the size) of every chart."""
    look = {**theme(dark=False), "background": "white", "font": FONT, "padding": 12}
    with new_directory(directory) as new:
        for name, spec in drawn.items():
            sized = {**spec, "width": WIDTH}
            svg = _tidied(vl_convert.vegalite_to_svg(sized, vl_version=VEGA_LITE, config=look, allowed_base_urls=[]))
            write_text(new / f"{name}.svg", svg)
            write_bytes(new / f"{name}.png", vl_convert.svg_to_png(svg, scale=2))


def _tidied(svg: str) -> str:
    """Drop the invisible points that answer a pointer, and count gradients and clips from 0.

    Vega counts them through a whole process, so that equal charts would differ.
    """
    names: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        return names.setdefault(match[0], f"{match[1]}{len(names)}")

    visible = re.sub(r'<path [^<>]* opacity="0"[^<>]*/>', "", svg)
    return re.sub(r'(?:(?<= id=")|(?<=url\(#))(gradient_|clip)\d+', rename, visible)
