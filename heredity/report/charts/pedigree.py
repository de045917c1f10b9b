"""The pedigree as a family tree: generations from left to right, a line from every parent to its children."""

from typing import Any

import altair as alt
import numpy as np

from heredity.inheritance.pedigree import Place
from heredity.report.charts.common import DRAWN_LINEAGES, data, standing_colour
from heredity.report.results import Outcome, Results
from heredity.report.tables import confirmed_interval
from heredity.study.lineages import lineage_names, lineage_of

Positions = dict[Place, tuple[float, float]]
"""Where each member stands: (column, row)."""

ROW = 30
"""Pixels between two members of a generation."""

BIRTHS = ["inherited", "fresh weights"]


COLOUR = standing_colour("fitness")
SHAPE = alt.Shape(
    "birth:N",
    scale=alt.Scale(domain=BIRTHS, range=["circle", "diamond"]),
    legend=alt.Legend(symbolFillColor="transparent", symbolStrokeWidth=1.4),
)
TOOLTIP = [
    alt.Tooltip("generation:N"),
    alt.Tooltip("member:N"),
    alt.Tooltip("fitness:Q", format=".3f"),
    alt.Tooltip("interval:N", title="95 % interval"),
    alt.Tooltip("survivor:N"),
    alt.Tooltip("operator:N"),
    alt.Tooltip("parents:N"),
    alt.Tooltip("zero_shot:Q", title="zero-shot return", format=".3f"),
    alt.Tooltip("parents_zero_shot:Q", title="its parents' zero-shot return", format=".3f"),
    alt.Tooltip("hash:N", title="heir's content hash"),
    alt.Tooltip("seed:N"),
]


def family_tree(results: Results) -> alt.LayerChart:
    """Draw every member as a circle coloured by its fitness; survivors wear a ring, fresh weights are diamonds."""
    places = positions(results)
    members, links = pedigree_rows(results, places), link_rows(results, places)
    width, height = max(x for x, _ in places.values()), max(y for _, y in places.values())
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.35, width + 0.5], nice=False, zero=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[height + 0.6, -1.2], nice=False, zero=False))
    nodes = alt.Chart(data(members)).encode(x=x, y=y)
    lines = alt.Chart(data(links)).mark_line(style="link", interpolate="monotone", opacity=0.55)
    ringed = [row for row in members if row["survivor"] == "yes"]
    layers = [
        lines.encode(x=x, y=y, detail="link:N", order=alt.Order("x:Q")),
        nodes.properties(data=data(ringed)).mark_point(style="survivor", size=430),
        nodes.mark_point(size=210, filled=True, opacity=1, style="edge", strokeWidth=0.6).encode(
            color=COLOUR, shape=SHAPE, tooltip=TOOLTIP
        ),
        *[nodes.mark_text(style=style, align="left", dx=18).encode(text="member:N") for style in ("halo", "name")],
        alt.Chart(data(_headings(places)))
        .mark_text(style="heading", align="left", dx=-8, limit=150)
        .encode(x=x, y=y, text="generation:N"),
    ]
    return alt.layer(*layers).properties(
        name="tree", height=round((height + 1.8) * ROW), description="Pedigree: every member and its parents"
    )


def positions(results: Results) -> Positions:
    """Return (column, row) of every member: the column counts ancestors, generations in one column are stacked.

    Members of a lineage stand in the order of their parents, so that lines cross little.
    """
    left_out = lineage_names(results.study.lineages)[DRAWN_LINEAGES:]
    imported = {
        (birth.after, parent)
        for birth in results.pedigree.births.values()
        for parent in birth.parents
        if birth.after == "founders"
    }
    places: Positions = {founder: (0.0, float(row)) for row, founder in enumerate(sorted(imported))}
    filled: dict[int, float] = {}
    for outcome in results.outcomes:
        column = len(results.study.ancestors(outcome.name)) + bool(imported)
        above = {
            member: [places[birth.after, parent][1] for parent in birth.parents]
            for member, birth in results.pedigree.of(outcome.name).items()
            if lineage_of(member) not in left_out
        }
        middle = {member: float(np.mean(rows or [0])) for member, rows in above.items()}
        ordered = sorted(above, key=lambda member: (lineage_of(member), not above[member], middle[member], member))
        first = filled.get(column, 0.0)
        places.update({(outcome.name, member): (float(column), first + row) for row, member in enumerate(ordered)})
        filled[column] = first + len(ordered) + 1.4
    return places


def pedigree_rows(results: Results, places: Positions) -> list[dict[str, Any]]:
    """Return one row per member with all that hovering shows."""
    outcomes = {outcome.name: outcome for outcome in results.outcomes}
    rows = []
    for (generation, member), (x, y) in places.items():
        birth, outcome = results.pedigree.births.get((generation, member)), outcomes.get(generation)
        row = {"generation": generation, "member": member, "x": x, "y": y, "birth": BIRTHS[0], "survivor": "yes"}
        if birth and outcome:
            row |= {
                "birth": BIRTHS[not birth.parents],
                "survivor": "yes" if member in outcome.gate.survivors else "no",
                "fitness": outcome.fitness.get(member),
                "interval": confirmed_interval(outcome.confirmations[member])
                if member in outcome.confirmations
                else "",
                "standing": standing(outcome, member),
                "operator": birth.operator,
                "parents": ", ".join(birth.parents) or "none",
                "zero_shot": birth.zero_shot,
                "parents_zero_shot": birth.parents_zero_shot,
                "hash": birth.child_hash[:12],
                "seed": str(birth.seed),
            }
        rows.append(row)
    return rows


def standing(outcome: Outcome, member: str) -> float | None:
    """Return where a member's fitness lies between the lowest (0) and the highest (1) of its generation."""
    fitness = outcome.fitness
    if member not in fitness:
        return None
    low, high = min(fitness.values()), max(fitness.values())
    return (fitness[member] - low) / (high - low) if high > low else 1.0


def link_rows(results: Results, places: Positions) -> list[dict[str, Any]]:
    """Return four points per parent and child, which a monotone line joins as a gentle S."""
    rows = []
    for (generation, child), birth in results.pedigree.births.items():
        for parent in birth.parents if (generation, child) in places else ():
            (x0, y0), (x1, y1) = places[birth.after, parent], places[generation, child]
            span = x1 - x0
            bend = [(x0, y0), (x0 + 0.4 * span, y0), (x0 + 0.75 * span, y1), (x1, y1)]
            rows += [{"link": f"{generation} {child} {parent}", "x": x, "y": y} for x, y in bend]
    return rows


def _headings(places: Positions) -> list[dict[str, Any]]:
    """Return every generation's name above its first member."""
    first: dict[str, tuple[float, float]] = {}
    for (generation, _), place in places.items():
        first[generation] = min(first.get(generation, place), place)
    return [{"generation": name, "x": x, "y": y - 0.9} for name, (x, y) in first.items()]
