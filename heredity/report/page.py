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

from heredity.report import branches, tables, transfer_tables
from heredity.report.best import best_table
from heredity.report.charts.common import DRAWN_LINEAGES
from heredity.report.charts.compute import compute_bars
from heredity.report.charts.continual import continual_map
from heredity.report.charts.equal_compute import equal_compute
from heredity.report.charts.gate import gate_dots
from heredity.report.charts.heritability import family_rows, family_scatter
from heredity.report.charts.learning import learning_curves, reached_curves
from heredity.report.charts.pedigree import family_tree
from heredity.report.charts.theme import theme
from heredity.report.gate_words import gate_sentence
from heredity.report.methods import methods, versions
from heredity.report.results import Results, comparisons
from heredity.report.verdict import fewest_units, interval_text, is_known, number, of_models, ratio, verdict
from heredity.transfer.comparison import FEW
from heredity.transfer.estimates import Transfer

HERE = Path(__file__).parent
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


@dataclass(frozen=True)
class Figure:
    """A number worth printing large; `value` and `bounds` as text."""

    value: str
    bounds: str
    meaning: str


def charts(results: Results) -> dict[str, dict[str, Any]]:
    """Return every chart of the report as a Vega-Lite specification without size, colours or fonts, by name."""
    drawn: dict[str, alt.LayerChart] = {}
    with debug_mode(False):  # tests validate every chart; validating the numbers again would take most of the time
        for outcome in results.outcomes:
            drawn[f"learning-{outcome.name}"] = learning_curves(outcome, strong=False)
            if any(outcome.source_steps.values()):
                drawn[f"learning-strong-{outcome.name}"] = learning_curves(outcome, strong=True)
            drawn[f"survival-{outcome.name}"] = reached_curves(outcome)
            drawn[f"gate-{outcome.name}"] = gate_dots(outcome)
            if rows := family_rows(results, outcome):
                drawn[f"heritability-{outcome.name}"] = family_scatter(outcome, rows)
        drawn["pedigree"] = family_tree(results)
        if results.continual:
            drawn["continual"] = continual_map(results.continual)
        for outcome in results.outcomes:
            if outcome.transfer:
                spent = results.spending.generations[outcome.name]
                drawn[f"equal-compute-{outcome.name}"] = equal_compute(outcome, spent)
        drawn["compute"] = compute_bars(results)
        return {name: _specification(chart) for name, chart in drawn.items()}


def page(results: Results, drawn: Mapping[str, dict[str, Any]]) -> str:
    """Return the whole page as HTML; equal results give equal text.

    drawn: what `charts` returned for the same results. Text of the study is escaped, in HTML and in JSON.
    """
    loader = jinja2.FileSystemLoader(HERE)
    template = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("page.html")
    bundle, script = _bundle(), (HERE / "page.js").read_text(encoding="utf-8")
    first, *others = verdicts(results)
    return template.render(
        results=results,
        verdict=_unbroken(first),
        others=[_unbroken(sentence) for sentence in others],
        figures=figures(comparisons(results.compared[-1].outcome)[0].transfer) if results.compared else [],
        charts={name: {**spec, "width": "container"} for name, spec in drawn.items()},
        themes={"light": theme(dark=False), "dark": theme(dark=True)},
        tables=tables,
        best=best_table(results),
        gate_sentence=gate_sentence,
        transfer_tables=transfer_tables,
        branches=branches,
        drawn_lineages=DRAWN_LINEAGES,
        methods=methods(results),
        versions=versions(),
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        scripts=[bundle, script],
        hashes=[_source_hash(bundle), _source_hash(script)],
    )


def verdicts(results: Results) -> list[str]:
    """Return what is said of the study: was it worth inheriting, the last generation first, and then, selecting?

    Of a generation its first control comes first, and where the study has none that it has none.
    """
    told = [comparison for outcome in results.latest for comparison in comparisons(outcome)]
    said = [verdict(comparison.place, comparison.transfer) for comparison in told] or [verdict("The study", None)]
    return said + [branches.contrast_verdict(results.study, contrast) for contrast in results.contrasts]


def figures(transfer: Transfer) -> list[Figure]:
    """Return the numbers that the head of the page shows beside the verdict, without undefined ones.

    Of too few runs for a verdict, only how many reached the threshold.
    """
    weak, strong, jumpstart = transfer.time_to_threshold, transfer.time_to_threshold_strong, transfer.jumpstart
    meanings = [(weak, "speed-up over the control"), (strong, "speed-up, ancestors' steps charged")]
    meanings = meanings[:1] if of_models(transfer) else meanings
    ratios = [(*ratio(times.speed_up), meaning) for times, meaning in meanings if is_known(times)]
    speed_ups = [
        Figure(f"{value.replace('more than', '>').replace('less than', '<')}×", bounds, meaning)
        for value, bounds, meaning in ratios
    ]
    bounds = interval_text(jumpstart.low, jumpstart.high, 2)
    gained = Figure(number(jumpstart.value, 2), bounds, "jumpstart: return gained before training")
    shares = f"{weak.inherited.reached}/{weak.inherited.of} · {weak.control.reached}/{weak.control.of}"
    claims = [*speed_ups, gained] if fewest_units(transfer) >= FEW and transfer.unit != "parents" else []
    return [*claims, Figure(shares, "", "reached the threshold: inherited · control")]


def _unbroken(sentence: str) -> str:
    """Keep an interval, and a p-value, on one line."""
    return re.sub(r"([\[(]\S+), (\S+[\])])", "\\1,\u00a0\\2", sentence).replace("p = ", "p\u00a0=\u00a0")


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
