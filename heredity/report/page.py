"""The page: one HTML file that holds its style, its scripts and its numbers, and asks the network for nothing."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import vl_convert
from altair.utils.schemapi import debug_mode

from heredity.report import tables
from heredity.report.family import family_tree
from heredity.report.gates import gate_dots
from heredity.report.kinship import kinship_rows, kinship_scatter
from heredity.report.learning import learning_curves, reached_curves
from heredity.report.ledger import ledger_bars
from heredity.report.memory import memory_map
from heredity.report.methods import methods, versions
from heredity.report.story import Outcome, Story
from heredity.report.theme import theme
from heredity.report.verdict import fewest_runs, interval, is_known, number, ratio, verdict
from heredity.transfer.comparison import FEW

HERE = Path(__file__).parent
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


@dataclass(frozen=True)
class Figure:
    """A number worth printing large; `value` and `bounds` as text."""

    value: str
    bounds: str
    meaning: str


def charts(story: Story) -> dict[str, dict[str, Any]]:
    """Return every chart of the report as a Vega-Lite specification without size, colours or fonts, by name."""
    drawn: dict[str, alt.LayerChart] = {}
    with debug_mode(False):  # tests validate every chart; validating the numbers again would take most of the time
        for outcome in story.outcomes:
            drawn[f"learning-{outcome.name}"] = learning_curves(outcome, strong=False)
            if any(outcome.source_steps.values()):
                drawn[f"learning-strong-{outcome.name}"] = learning_curves(outcome, strong=True)
            drawn[f"survival-{outcome.name}"] = reached_curves(outcome)
            drawn[f"gate-{outcome.name}"] = gate_dots(outcome)
            if rows := kinship_rows(story, outcome):
                drawn[f"kinship-{outcome.name}"] = kinship_scatter(outcome, rows)
        drawn["pedigree"] = family_tree(story)
        if story.continual:
            drawn["memory"] = memory_map(story.continual)
        drawn["ledger"] = ledger_bars(story)
        return {name: _specification(chart) for name, chart in drawn.items()}


def page(story: Story, drawn: Mapping[str, dict[str, Any]]) -> str:
    """Return the whole page as HTML; equal stories give equal text.

    drawn: what `charts` returned for the same story. Text of the study is escaped, in HTML and in JSON.
    """
    loader = jinja2.FileSystemLoader(HERE)
    template = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("page.html")
    bundle, script = _bundle(), (HERE / "page.js").read_text(encoding="utf-8")
    headline = story.compared[-1] if story.compared else None
    return template.render(
        story=story,
        place=place,
        verdict=_unbroken(verdict(place(headline), headline.transfer) if headline else verdict("The study", None)),
        others=[_unbroken(verdict(place(one), one.transfer)) for one in story.compared[:-1]],
        figures=figures(headline) if headline else [],
        charts={name: {**spec, "width": "container"} for name, spec in drawn.items()},
        themes={"light": theme(dark=False), "dark": theme(dark=True)},
        tables=tables,
        methods=methods(story),
        versions=versions(),
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        scripts=[bundle, script],
        hashes=[_source_hash(bundle), _source_hash(script)],
    )


def place(outcome: Outcome) -> str:
    """Name a generation with its task."""
    return f"{outcome.name} ({outcome.node.env.id})"


def figures(outcome: Outcome) -> list[Figure]:
    """Return the numbers that the head of the page shows beside the verdict, without undefined ones.

    Of too few runs for a verdict, only how many reached the threshold.
    """
    if outcome.transfer is None:
        return []
    weak, strong = outcome.transfer["time_to_threshold"], outcome.transfer["time_to_threshold_strong"]
    jumpstart = outcome.transfer["jumpstart"]
    meanings = ((weak, "speed-up over the control"), (strong, "speed-up, ancestors' steps charged"))
    found = [(*ratio(times["speed_up"]), meaning) for times, meaning in meanings if is_known(times)]
    speed_ups = [Figure(f"{value}×", bounds, meaning) for value, bounds, meaning in found]
    bounds = interval(jumpstart["low"], jumpstart["high"], 2)
    gained = Figure(number(jumpstart["value"], 2), bounds, "jumpstart: return gained before training")
    inherited, control = weak["inherited"], weak["control"]
    shares = f"{inherited['reached']}/{inherited['of']} · {control['reached']}/{control['of']}"
    claims = [*speed_ups, gained] if fewest_runs(outcome.transfer) >= FEW else []
    return [*claims, Figure(shares, "", "reached the threshold: inherited · control")]


def _unbroken(sentence: str) -> str:
    """Keep an interval on one line."""
    return re.sub(r"([\[(]\S+), (\S+[\])])", "\\1,\u00a0\\2", sentence)


def _specification(chart: alt.LayerChart) -> dict[str, Any]:
    """Return a chart without altair's own look and without the address of its schema."""
    spec: dict[str, Any] = chart.to_dict()
    return {key: value for key, value in spec.items() if key not in ("config", "$schema")}


@cache
def _bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, safe inside a script element."""
    bundle: str = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _source_hash(script: str) -> str:
    """Return a script's hash for the page's Content-Security-Policy, which lets no other script run."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
