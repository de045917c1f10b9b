"""A study's outcome on a terminal: verdict, transfer, spending, pedigree; and two studies side by side."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from heredity.params import Study
from heredity.pedigree import Link, Pedigree
from heredity.report import tables
from heredity.report.page import place
from heredity.report.story import Arm, Outcome, Story, spender
from heredity.report.verdict import verdict
from heredity.settled import ended
from heredity.spending import Spent, total
from heredity.stored import read_gate
from heredity.timings import stored_seconds

Seconds = Mapping[str, Mapping[str, Spent[float]]]
"""Core-seconds by generation and arm, as far as they are known."""


def shown(story: Story, lineage: Path, *, members: bool = False) -> Group:
    """Return everything that `heredity show` prints; members: with what every single member spent."""
    parts: list[RenderableType] = []
    if not story.compared:
        parts.append(Text(verdict("The study", None), style="bold"))
    parts += [Text(f"{name} never came: {reason}.") for name, reason in story.ended.items()]
    for outcome in reversed(story.compared):
        if transfer := outcome.transfer:
            parts += [Text(verdict(place(outcome), transfer), style="bold"), Text("")]
            parts += [drawn_table(tables.transfer_table(transfer)), Text(tables.test_sentence(transfer))]
            parts += [Text(f"- {note}", style="dim") for note in transfer["notes"]]
        if found := outcome.heritability:
            parts += [Text(""), drawn_table(tables.kinship_table(found))]
            parts += [Text(f"- {note}", style="dim") for note in found.notes]
    if story.continual:
        parts += [Text(""), drawn_table(tables.continual_table(story.continual))]
    seconds = stored_seconds(story.study, lineage, story.pedigree)
    parts += [Text(""), Text("Environment steps"), drawn_table(tables.compute_table(story))]
    if total(seconds):
        parts += [Text("Core-seconds of training"), drawn_table(seconds_table(story, seconds))]
    if members:
        parts += [Text("Every member"), drawn_table(member_costs(story, seconds))]
    return Group(*parts, Text(""), drawn_tree(story.study, story.pedigree, lineage))


def drawn_table(content: tables.Table) -> Table:
    """Return a table of the report for a terminal; numbers stand right."""
    drawn = Table(box=box.SIMPLE_HEAD)
    for column in content.columns:
        drawn.add_column(column, justify="left" if column in content.words else "right")
    for row in content.rows:
        drawn.add_row(*(escape(cell) for cell in row))
    return drawn


def seconds_table(story: Story, seconds: Seconds) -> tables.Table:
    """Return the core-seconds of every generation and arm; what was trained on another machine is unknown."""
    rows = []
    for outcome, arm, spent in _spenders(story, seconds):
        cells = [""] * 4
        if spent:
            ranges = (
                tables.span(round(cost, 1) for cost in costs.values()) for costs in (spent.members, spent.ancestors)
            )
            cells = [*ranges, f"{spent.before:,.1f}", f"{spent.own:,.1f}"]
        rows.append((outcome.name, arm.label, *cells))
    rows.append(("All", *[""] * 4, f"{total(seconds):,.1f}"))
    return tables.Table(("Generation", "Arm", *tables.SPENT), tuple(rows), words=("Generation", "Arm"))


def member_costs(story: Story, seconds: Seconds) -> tables.Table:
    """Return what every member of every arm spent, and its own ancestors, in steps and core-seconds."""
    rows = []
    for outcome, arm, spent in _spenders(story, seconds):
        steps = story.spent[outcome.name][spender(arm)]
        for member, own in steps.members.items():
            cells = [f"{own:,}", f"{steps.ancestors.get(member, 0):,}", "", ""]
            if spent:
                cells[2:] = [f"{costs.get(member, 0):,.1f}" for costs in (spent.members, spent.ancestors)]
            rows.append((outcome.name, arm.label, member, *cells))
    words = ("Generation", "Arm", "Member")
    return tables.Table(
        (*words, "Steps", "Ancestors' steps", "Core-seconds", "Ancestors' core-seconds"), tuple(rows), words
    )


def _spenders(story: Story, seconds: Seconds) -> Iterator[tuple[Outcome, Arm, Spent[float] | None]]:
    for outcome in story.outcomes:
        for arm in outcome.arms:
            yield outcome, arm, seconds[outcome.name].get(spender(arm))


def side_by_side(transfers: Mapping[str, Mapping[str, Any]]) -> Group:
    """Return one table per generation that any of the revisions compares, with a column per revision.

    transfers: by revision, its transfer.json.
    """
    generations = dict.fromkeys(name for found in transfers.values() for name in found)
    return Group(*(part for name in generations for part in _columns(name, transfers)))


def drawn_tree(study: Study, pedigree: Pedigree, lineage: Path) -> Tree:
    """Hang every member below its first parent; names in bold passed their gate."""
    drawn = Tree(f"{study.study}: founders")
    branches = {("founders", ""): drawn}
    for generation in study.order():
        if reason := ended(lineage / generation):
            drawn.add(f"[dim]{generation} never came: {escape(reason)}[/]")
            continue
        gate = lineage / generation / "gate.json"
        decision = read_gate(gate.parent) if gate.exists() else {}
        for (name, member), link in pedigree.links.items():
            if name != generation:
                continue
            above = branches.get((link.after, link.parents[0])) if link.parents else None
            candidate = decision.get("candidates", {}).get(member, {})
            mean = f"  {candidate['mean']:.3g}" if candidate else ""
            style = "bold" if candidate.get("passed") else "dim"
            label = f"[{style}]{generation} {member}[/]  {escape(_told(link))}{mean}  [dim]{link.child_hash[:8]}[/]"
            branches[generation, member] = (above or drawn).add(label)
    return drawn


def _told(link: Link) -> str:
    """Say what a birth was: its operator, the parents that were mixed, what was left behind and what drifted."""
    mixed = f" of {' and '.join(link.parents)}" if len(link.parents) > 1 else ""
    part = f" {link.inherited_fraction:.0%}" if link.parents and link.inherited_fraction < 1 else ""
    own = "".join(f"  {name} {value:.3g}" for name, value in link.hyperparameters.items() if isinstance(value, float))
    return f"{link.operator}{mixed}{part}{own}"


def _columns(generation: str, transfers: Mapping[str, Mapping[str, Any]]) -> tuple[RenderableType, RenderableType]:
    told = {
        revision: {row[0]: f"{row[1]}  {row[2]}".rstrip() for row in tables.transfer_table(found[generation]).rows}
        for revision, found in transfers.items()
        if generation in found
    }
    drawn = Table(box=box.SIMPLE_HEAD)
    drawn.add_column("Metric")
    for revision in transfers:
        drawn.add_column(escape(revision), justify="right")
    for metric in dict.fromkeys(metric for rows in told.values() for metric in rows):
        drawn.add_row(metric, *(escape(told.get(revision, {}).get(metric, "–")) for revision in transfers))
    return Text(generation, style="bold"), drawn
