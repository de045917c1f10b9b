"""A study's outcome on a terminal: verdicts, transfer, spending, pedigree, gates."""

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from heredity.errors import printable
from heredity.evaluation.confirmations import read_confirmations
from heredity.gate.record import Candidate, GateRecord
from heredity.inheritance.pedigree import Birth, Pedigree, Place, why_ended
from heredity.layout import Layout
from heredity.reading import is_there
from heredity.report import tables
from heredity.report.arms import ArmResults
from heredity.report.branches import circumstances, contrast_verdict
from heredity.report.endings import endings
from heredity.report.headline import uncompared
from heredity.report.results import Outcome, Results, comparisons
from heredity.report.terminal_lineages import Confirmations, drawn_lineages, has_many_births
from heredity.report.transfer_tables import continual_table, heritability_table, test_sentence, transfer_table
from heredity.report.verdict import verdict
from heredity.study.lineages import lineage_names, lineage_of
from heredity.study.study import Study
from heredity.training.living import stored_gate
from heredity.transfer.estimates import Transfer
from heredity.transfer.spending import Spent, total

Seconds = Mapping[str, Mapping[str, Spent[float]]]
"""Core-seconds by generation and arm, as far as they are known."""


def shown(results: Results, seconds: Seconds, *, members: bool = False) -> Group:
    """Return everything that `heredity show --all` prints; members: with what every single member spent."""
    parts: list[RenderableType] = [] if results.compared else [Text(printable(uncompared(results)), style="bold")]
    parts += [Text(printable(sentence)) for sentence in endings(results)]
    for outcome in results.latest:
        for comparison in comparisons(outcome):
            parts += _compared(verdict(comparison.place, comparison.transfer), comparison.transfer)
        parts += _heritability(outcome) if outcome.transfer else []
    for contrast in results.contrasts:
        parts += [Text(""), *_compared(contrast_verdict(results.study, contrast), contrast.transfer)]
        parts.append(Text(printable(f"- {circumstances(results.study, contrast)}"), style="dim"))
    if results.continual:
        parts += [Text(""), drawn_table(continual_table(results.continual))]
    parts += [Text(""), Text("Environment steps"), drawn_table(tables.compute_table(results))]
    if total(seconds):
        parts += [Text("Core-seconds of training"), drawn_table(seconds_table(results, seconds))]
    if members:
        parts += [Text("Every member"), drawn_table(member_costs(results, seconds))]
    return Group(*parts, Text(""), drawn_pedigree(results))


def drawn_pedigree(results: Results) -> Tree:
    """Return the tree of a study that has been compared, of many members lineage by lineage."""
    gates = {outcome.name: outcome.gate for outcome in results.outcomes}
    confirmations = {outcome.name: outcome.confirmations for outcome in results.outcomes}
    draw = drawn_lineages if has_many_births(results.pedigree) else drawn_tree
    return draw(results.study, results.pedigree, gates, results.ended, confirmations)


def drawn_table(content: tables.Table) -> Table:
    """Return a table of the report for a terminal; numbers stand right."""
    drawn = Table(box=box.SIMPLE_HEAD)
    for column in content.columns:
        whole = column == "Member"  # a name that is cut names several
        drawn.add_column(
            escape(printable(column)),
            justify="left" if column in content.words else "right",
            no_wrap=whole,
            overflow="fold",
        )
    for row in content.rows:
        drawn.add_row(*(escape(printable(cell)) for cell in row))
    return drawn


def seconds_table(results: Results, seconds: Seconds) -> tables.Table:
    """Return the core-seconds of every generation and arm; what was trained on another machine is unknown."""
    rows = []
    for outcome, arm, spent in _spenders(results, seconds):
        cells = [""] * 4
        if spent:
            ranges = (
                tables.span(round(cost, 1) for cost in costs.values()) for costs in (spent.members, spent.ancestors)
            )
            cells = [*ranges, f"{spent.before:,.1f}", f"{spent.own:,.1f}"]
        rows.append((outcome.name, arm.label, *cells))
    rows.append(("All", *[""] * 4, f"{total(seconds):,.1f}"))
    return tables.Table(("Generation", "Arm", *tables.SPENT), tuple(rows), words=("Generation", "Arm"))


def member_costs(results: Results, seconds: Seconds) -> tables.Table:
    """Return what every member of every arm spent, and its own ancestors, in steps and core-seconds."""
    rows = []
    for outcome, arm, spent in _spenders(results, seconds):
        steps = results.spent(outcome, arm)
        for member, taken in steps.members.items():
            cells = [f"{taken:,}", f"{steps.ancestors.get(member, 0):,}", "", ""]
            if spent:
                cells[2:] = [f"{costs.get(member, 0):,.1f}" for costs in (spent.members, spent.ancestors)]
            rows.append((outcome.name, arm.label, member, *cells))
    words = ("Generation", "Arm", "Member")
    return tables.Table(
        (*words, "Steps", "Ancestors' steps", "Core-seconds", "Ancestors' core-seconds"), tuple(rows), words
    )


def stored_gates(study: Study, layout: Layout) -> dict[str, GateRecord]:
    """Return the decisions of the gates that have decided, whether the study has been compared or not."""
    return {name: stored_gate(layout, name) for name in study.order() if is_there(layout.gate(name))}


def stored_confirmations(study: Study, layout: Layout) -> Confirmations:
    """Return the confirmations of the survivors, as far as they have been confirmed."""
    return {name: read_confirmations(layout, name) for name in study.order()}


def stored_ends(study: Study, layout: Layout) -> dict[str, str]:
    """Return by generation that never came where and why the study ended before it."""
    return {name: reason for name in study.order() if (reason := why_ended(layout, name))}


def drawn_tree(
    study: Study,
    pedigree: Pedigree,
    gates: Mapping[str, GateRecord],
    ended: Mapping[str, str],
    confirmations: Confirmations | None = None,
    lineages: Sequence[str] = (),
) -> Tree:
    """Hang every member, of these lineages where some are named, below its first parent; bold names passed their gate.

    The number is a survivor's confirmed mean with its interval, of others the mean that the gate saw.
    """
    drawn = Tree(f"{study.study}: founders")
    roots = {name: drawn.add(name) if name else drawn for name in lineages or lineage_names(study.lineages)}
    branches = dict[Place, Tree]()
    for generation in study.order():
        if generation in ended:
            drawn.add(f"[dim]{generation} never came: {escape(printable(ended[generation]))}[/]")
            continue
        gate = gates.get(generation, GateRecord())
        confirmed = (confirmations or {}).get(generation, {})
        births = pedigree.of(generation)
        for member, birth in ((name, births[name]) for name in births if lineage_of(name) in roots):
            above = branches.get((birth.after, birth.parents[0])) if birth.parents else None
            candidate = gate.candidates.get(member)
            mean = tables.confirmed_text(confirmed.get(member)) if member in gate.survivors else _mean_of(candidate)
            said = "  ".join(filter(None, (_said(birth), mean)))
            style = "bold" if candidate and candidate.passed else "dim"
            label = f"[{style}]{generation} {member}[/]  {escape(printable(said))}  [dim]{birth.child_hash[:8]}[/]"
            branches[generation, member] = (above or roots[lineage_of(member)]).add(label)
        for lineage in [name for name in gate.lineages if name in roots and gate.lineages[name].ended]:
            roots.pop(lineage).add(f"[dim]{generation}: {escape(printable(gate.lineages[lineage].ended or ''))}[/]")
    return drawn


def _compared(sentence: str, transfer: Transfer) -> list[RenderableType]:
    """Return what was found of a generation against one control, or another branch; sentence: its verdict."""
    return [
        Text(printable(sentence), style="bold"),
        Text(""),
        drawn_table(transfer_table(transfer)),
        Text(test_sentence(transfer)),
        *[Text(printable(f"- {note}"), style="dim") for note in transfer.notes],
    ]


def _heritability(outcome: Outcome) -> list[RenderableType]:
    if (heritability := outcome.heritability) is None:
        return []
    notes = [Text(printable(f"- {note}"), style="dim") for note in heritability.notes]
    return [Text(""), drawn_table(heritability_table(heritability)), *notes]


def _spenders(results: Results, seconds: Seconds) -> Iterator[tuple[Outcome, ArmResults, Spent[float] | None]]:
    for outcome in results.outcomes:
        for arm in outcome.arms:
            yield outcome, arm, seconds[outcome.name].get(arm.name)


def _mean_of(candidate: Candidate | None) -> str:
    return f"{candidate.mean:.3g}" if candidate else ""


def _said(birth: Birth) -> str:
    """Say what a birth was: its operator, the parents that were mixed, what it could do at birth, and what drifted."""
    mixed = f" of {' and '.join(birth.parents)}" if len(birth.parents) > 1 else ""
    part = ""
    if birth.zero_shot is not None and birth.parents_zero_shot is not None:
        ours, theirs = f"{birth.zero_shot:.3g}", f"{birth.parents_zero_shot:.3g}"
        part = f"  zero-shot {ours}" if ours == theirs else f"  zero-shot {ours} of its parent's {theirs}"
    elif birth.parents and birth.inherited_fraction < 1:
        part = f" {birth.inherited_fraction:.0%} of the parameters"
    settings = {name: value for name, value in birth.hyperparameters.items() if isinstance(value, float)}
    return f"{birth.operator}{mixed}{part}" + "".join(f"  {name} {value:.3g}" for name, value in settings.items())
