"""A gate on a terminal: who may have heirs and why, and what survivors did on episodes that did not choose them."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console, Group
from rich.text import Text

from heredity.errors import printable
from heredity.evaluation.confirmations import read_confirmations, read_twin_differences
from heredity.evaluation.twin_difference import CONFIDENCE, TwinDifference
from heredity.gate.confirmation import Confirmation
from heredity.gate.record import Candidate, Decision, GateRecord
from heredity.layout import Layout
from heredity.report import tables
from heredity.report.gate_words import gate_notes
from heredity.report.terminal import drawn_table
from heredity.training.living import stored_gate

TWIN = (
    "the twin is the task as a JAX program, on which members trained and the gate saw them (docs/twins.md); how much "
    "more they are paid on the task itself has intervals at {:.2%}"
)

MOST_ROWS = 40
"""Members of whom a line is printed; gate.json has them all, and so has the page."""


def print_gate(generation: str, record: GateRecord) -> None:
    """Print who passed and why, or why a generation never came."""
    if record.ended is not None:
        Console().print(Text(printable(f"{generation} never came: {record.ended}.")))
    else:
        Console().print(drawn_gate(generation, record))


def print_confirmed(generation: str, layout: Layout) -> None:
    """Print what survivors did on episodes that did not choose them, if there are any."""
    if confirmations := read_confirmations(layout, generation):
        decision = stored_gate(layout, generation)
        Console().print(
            drawn_confirmations(generation, decision, confirmations, read_twin_differences(layout, generation))
        )


def drawn_gate(generation: str, decision: Decision) -> Group:
    """Draw a decision, best mean first, of null policies those that passed; survivors are bold, who failed is dim."""
    ranked = [(name, each) for name, each in decision.ranked() if name in decision.candidates or each.passed]
    rows = [
        (member, f"{candidate.mean:.3g}", "yes" if member in decision.survivors else "no", candidate.reason)
        for member, candidate in ranked
    ]
    table = tables.Table(("Member", "Mean", "Heirs", "Why"), tuple(rows), words=("Member", "Heirs", "Why"))
    styles = [_style(decision, member, candidate) for member, candidate in ranked]
    return _drawn(
        f"{generation}: {_heading(decision)}",
        [*_lead(decision), *gate_notes(decision), *_nulls(decision)],
        table,
        styles,
    )


def drawn_confirmations(
    generation: str,
    decision: Decision,
    confirmations: Mapping[str, Confirmation],
    differences: Mapping[str, TwinDifference],
) -> Group:
    """Draw what survivors did, in the gate's order; differences: from what they did on the task's twin."""
    columns = ("Member", "Seen by the gate", "Confirmed", *(["More than on the twin"] if differences else []))
    rows = [
        (
            member,
            f"{decision.candidates[member].mean:.3g}",
            tables.confirmed_text(confirmed),
            *([str(differences.get(member, ""))] if differences else []),
        )
        for member, confirmed in confirmations.items()
        if member in decision.candidates
    ]
    notes = [TWIN.format(CONFIDENCE)] if differences else []
    sentence = tables.confirmed_sentence(decision, confirmations)
    return _drawn(f"{generation}: {sentence}", notes, tables.Table(columns, tuple(rows), words=("Member",)))


def _heading(decision: Decision) -> str:
    """Say in one line who may have heirs."""
    sentence = f"{tables.survivors_text(decision)} may have heirs"
    return sentence + (f" (nobody passed: {decision.fallback})" if decision.fallback else "")


def _lead(decision: Decision) -> list[str]:
    """Say how much better the chosen are, and how much of that was luck."""
    if decision.selection_differential is None or decision.winners_curse is None:
        return []
    better = f"on the gate's episodes {decision.selection_differential:.3g} better than all members"
    return [f"{better}, of a best mean {decision.winners_curse:.3g} is expected to be luck"]


def _nulls(decision: Decision) -> list[str]:
    """Say how far the policies that know nothing came, where none of them passed."""
    if not decision.nulls or any(null.passed for null in decision.nulls.values()):
        return []
    best, who = max((null.mean, name) for name, null in decision.nulls.items())
    return [f"policies that know nothing have means of at most {best:.3g} ({who}); none passed"]


def _drawn(title: str, notes: Iterable[str], table: tables.Table, styles: Sequence[str] = ()) -> Group:
    shown = tables.Table(table.columns, table.rows[:MOST_ROWS], table.words)
    drawn = drawn_table(shown)
    for row, style in zip(drawn.rows, styles, strict=False):
        row.style = style
    more = len(table.rows) - MOST_ROWS
    below = [f"and {more:,} more"] if more > 0 else []
    dim = [[Text(printable(f"- {note}"), style="dim") for note in each] for each in (notes, below)]
    return Group(Text(printable(title), style="bold"), *dim[0], drawn, *dim[1])


def _style(decision: Decision, member: str, candidate: Candidate) -> str:
    return "bold" if member in decision.survivors else "" if candidate.passed else "dim"
