"""The page: one HTML file that holds its style, its scripts and its numbers, and asks the network for nothing."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
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
from heredity.report.charts.gate import gate_bars, gate_dots
from heredity.report.charts.heritability import family_rows, family_scatter
from heredity.report.charts.learning import has_many, learning_curves
from heredity.report.charts.lineages import MOST_LINEAGES_DRAWN, lineage_map
from heredity.report.charts.pedigree import family_tree
from heredity.report.charts.reached import branch_curves, reached_curves
from heredity.report.charts.theme import theme
from heredity.report.endings import endings, gate_endings
from heredity.report.gate_words import gate_sentence
from heredity.report.headline import first_sentence, foremost
from heredity.report.headline import verdicts as verdicts
from heredity.report.learning_words import twin_sentence
from heredity.report.methods import methods, versions
from heredity.report.results import Outcome, Results
from heredity.report.task_words import task_text
from heredity.report.verdict import delay_text, fewest_units, is_known, nobody_within, number, of_models, ratio
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
            gate = gate_bars if has_many(outcome) else gate_dots
            drawn[f"gate-{outcome.name}"] = gate(outcome, _heirs(results, outcome))
            if rows := family_rows(results, outcome):
                drawn[f"heritability-{outcome.name}"] = family_scatter(outcome, rows)
        drawn["pedigree"] = (lineage_map if any(map(has_many, results.outcomes)) else family_tree)(results)
        if results.continual:
            drawn["continual"] = continual_map(results.continual)
        for outcome in results.outcomes:
            if outcome.transfer:
                spent = results.spending.generations[outcome.name]
                drawn[f"equal-compute-{outcome.name}"] = equal_compute(outcome, spent)
        by_name = {outcome.name: outcome for outcome in results.outcomes}
        for each in results.contrasts:
            branches_drawn = branch_curves(by_name[each.generation], by_name[each.against])
            drawn[f"branches-{each.generation}-against-{each.against}"] = branches_drawn
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
    first, sentence = foremost(results), first_sentence(results)
    return template.render(
        results=results,
        headline=_unbroken(sentence),
        foremost=first,
        endings=endings(results),
        verdicts=[_unbroken(said) for said in verdicts(results) if said != sentence],
        wide=_wide([(outcome.name, f"learning-strong-{outcome.name}" in drawn) for outcome in results.outcomes]),
        twins=twin_sentence(results),
        figures=figures(first.transfer) if first else [],
        charts={name: {**spec, "width": "container"} for name, spec in drawn.items()},
        themes={"light": theme(dark=False), "dark": theme(dark=True)},
        tables=tables,
        best=best_table(results),
        gate_sentence=gate_sentence,
        gate_endings=gate_endings,
        task_text=task_text,
        transfer_tables=transfer_tables,
        branches=branches,
        many=any(map(has_many, results.outcomes)),
        drawn_lineages=DRAWN_LINEAGES,
        most_lineages=MOST_LINEAGES_DRAWN,
        methods=methods(results),
        versions=versions(results.study),
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        scripts=[bundle, script],
        hashes=[_source_hash(bundle), _source_hash(script)],
    )


def figures(transfer: Transfer) -> list[Figure]:
    """Return the numbers that the head of the page shows below its headline, each with the steps that it holds for.

    Of too few runs for a verdict, only how many reached the threshold. A speed-up, which is of medians, stands there
    where it is known and lies on the side of the means that the headline tells; else the means do.
    """
    weak, strong, labels = transfer.time_to_threshold, transfer.time_to_threshold_strong, " · ".join(transfer.arms)
    within, of_both = f"within {number(weak.restricted_to, 0)} steps", weak.restricted_mean
    shares = f"{weak.inherited.reached:,}/{weak.inherited.of:,} · {weak.control.reached:,}/{weak.control.of:,}"
    reached = Figure(shares, "", f"reached the threshold {within}: {labels}")
    if fewest_units(transfer) < FEW or transfer.unit == "parents":
        return [reached]
    nearest = weak.speed_up.nearest or 0.0
    if is_known(weak) and (nearest > 1) == (of_both.difference.value < 0):
        value, bounds = ratio(weak.speed_up)
        value = f"{value.replace('more than', '>').replace('less than', '<')}×"
        first = Figure(value, bounds, f"as fast to the threshold as the control, by medians {within}")
    else:
        means = f"{number(of_both.inherited.value or 0, 0)} · {number(of_both.control.value or 0, 0)}"
        first = Figure(means, "", f"mean steps to the threshold {within}: {labels}")
    if of_models(transfer) or nobody_within(strong):
        return [first, reached]
    value, side = delay_text(strong).split(" steps ")
    side, _, bounds = side.partition(" ")
    charged = f"steps {side} to the threshold with ancestors' steps charged, within {number(strong.restricted_to, 0)}"
    return [first, Figure(value, bounds, charged), reached]


def _heirs(results: Results, outcome: Outcome) -> Counter[str]:
    """Count the members of later generations by their parents in one."""
    births = results.pedigree.births.values()
    return Counter(parent for birth in births if birth.after == outcome.name for parent in birth.parents)


def _wide(charts: Iterable[tuple[str, bool]]) -> set[str]:
    """Return whose charts take a row of their own, of two to a row: pairs, and whoever would stand alone in one."""
    wide = set()
    for paired, those in groupby(charts, key=itemgetter(1)):
        names = [name for name, _ in those]
        wide |= {*names} if paired else {*names[len(names) // 2 * 2 :]}
    return wide


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
