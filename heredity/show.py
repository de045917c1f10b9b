"""A study's outcome on a terminal: verdict, transfer, spending, pedigree; and two studies side by side."""

from collections.abc import Mapping
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
from heredity.report.story import Story
from heredity.report.verdict import verdict
from heredity.stored import read_gate


def shown(story: Story, lineage: Path) -> Group:
    """Return everything that `heredity show` prints."""
    parts: list[RenderableType] = []
    if not story.compared:
        parts.append(Text(verdict("The study", None), style="bold"))
    for outcome in reversed(story.compared):
        if transfer := outcome.transfer:
            parts += [Text(verdict(place(outcome), transfer), style="bold"), Text("")]
            parts += [drawn_table(tables.transfer_table(transfer)), Text(tables.test_sentence(transfer))]
            parts += [Text(f"- {note}", style="dim") for note in transfer["notes"]]
        if found := outcome.heritability:
            parts += [Text(""), drawn_table(tables.kinship_table(found))]
            parts += [Text(f"- {note}", style="dim") for note in found.notes]
    parts += [Text(""), Text("Environment steps"), drawn_table(tables.compute_table(story))]
    return Group(*parts, Text(""), drawn_tree(story.study, story.pedigree, lineage))


def drawn_table(content: tables.Table) -> Table:
    """Return a table of the report for a terminal; numbers stand right."""
    drawn = Table(box=box.SIMPLE_HEAD)
    for column in content.columns:
        drawn.add_column(column, justify="left" if column in content.words else "right")
    for row in content.rows:
        drawn.add_row(*(escape(cell) for cell in row))
    return drawn


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
