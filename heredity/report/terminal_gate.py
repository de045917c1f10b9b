"""A gate on a terminal: who may have heirs and why, and what survivors did on episodes that did not choose them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rich.console import Console, Group, RenderableType
from rich.text import Text

from heredity.errors import printable
from heredity.evaluation.confirmations import read_confirmations, read_twin_differences
from heredity.evaluation.twin_difference import CONFIDENCE, TwinDifference
from heredity.gate.confirmation import Confirmation
from heredity.gate.record import Candidate, Decision, GateRecord
from heredity.layout import Layout
from heredity.report import tables
from heredity.report.gate_words import gate_notes
from heredity.report.spread import bins, first_and_last
from heredity.report.terminal import drawn_table
from heredity.study.lineages import address, lineage_of
from heredity.training.living import stored_gate

TWIN = (
    "the twin is the task as a JAX program, on which members trained and the gate saw them (docs/twins.md); how much "
    "more they are paid on the task itself has intervals at {:.2%}"
)

MOST_ROWS = 24
"""Of more members only the first and the last have a line, below how all are spread."""

ENDS = 4
"""So many of the best, and of the worst."""

BINS = 8

BAR = 24
"""Characters of the longest bar."""


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
    """Draw a decision, best mean first, of null policies those that passed; survivors are bold, who failed is dim.

    Of many members it is how their means are spread, and the best and the worst few.
    """
    ranked = [(name, each) for name, each in decision.ranked() if name in decision.candidates or each.passed]
    rows = {
        member: (member, f"{candidate.mean:.3g}", "yes" if member in decision.survivors else "no", candidate.reason)
        for member, candidate in ranked
    }
    members = _Members(
        tables.Table(("Member", "Mean", "Heirs", "Why"), tuple(rows.values()), words=("Member", "Heirs", "Why")),
        {member: candidate.mean for member, candidate in ranked},
        {member: _style(decision, member, candidate) for member, candidate in ranked},
        {"passed": frozenset(decision.passed)},
    )
    notes = [*_lead(decision), *gate_notes(decision), *_nulls(decision)]
    return _drawn(generation, _heading(decision), notes, members, "gate.json")


def drawn_confirmations(
    generation: str,
    decision: Decision,
    confirmations: Mapping[str, Confirmation],
    differences: Mapping[str, TwinDifference],
) -> Group:
    """Draw what survivors did, in the gate's order; differences: from what they did on the task's twin.

    Of many it is how their means are spread, and the best and the worst few.
    """
    columns = ("Member", "Seen by the gate", "Confirmed", *(["More than on the twin"] if differences else []))
    told = {name: each for name, each in confirmations.items() if name in decision.candidates}
    rows = [
        (
            member,
            f"{decision.candidates[member].mean:.3g}",
            tables.confirmed_text(confirmed),
            *([str(differences.get(member, ""))] if differences else []),
        )
        for member, confirmed in told.items()
    ]
    members = _Members(
        tables.Table(columns, tuple(rows), words=("Member",)), {name: each.mean for name, each in told.items()}
    )
    notes = [TWIN.format(CONFIDENCE)] if differences else []
    return _drawn(generation, tables.confirmed_sentence(decision, confirmations), notes, members, "confirmation.csv")


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


@dataclass(frozen=True)
class _Members:
    """A row of `table` per member, in the order of `means`; marked: by what is said of them, those of whom it is."""

    table: tables.Table
    means: Mapping[str, float]
    styles: Mapping[str, str] = field(default_factory=dict)
    marked: Mapping[str, Collection[str]] = field(default_factory=dict)

    def ends(self) -> "_Members":
        """Return the best and the worst few alone."""
        rows = dict(zip(self.means, self.table.rows, strict=True))
        names = first_and_last(sorted(rows, key=lambda name: -self.means[name]), ENDS)
        return replace(
            self,
            table=replace(self.table, rows=tuple(rows[name] for name in names)),
            means={name: self.means[name] for name in names},
        )


def _drawn(generation: str, title: str, notes: Sequence[str], members: _Members, file: str) -> Group:
    """Draw what is said of members; file: that of their generation which has them all."""
    parts: list[RenderableType] = [Text(printable(f"{generation}: {title}"), style="bold"), *_dim(notes)]
    shown = members if len(members.means) <= MOST_ROWS else members.ends()
    if shown is not members:
        parts.append(drawn_table(_spread(members)))
    drawn = drawn_table(shown.table)
    for row, member in zip(drawn.rows, shown.means, strict=True):
        row.style = shown.styles.get(member)
    parts.append(drawn)
    if shown is not members:
        left_out, lineage = len(members.means) - len(shown.means), lineage_of(next(iter(members.means)))
        place = address(generation, lineage) if lineage else generation
        parts += _dim([f"and {left_out:,} more in between, in {file}; heredity tree {place} shows them one by one"])
    return Group(*parts)


def _spread(members: _Members) -> tables.Table:
    """Count members by their means, the highest first, a bar beside each count."""
    sorted_in = bins(members.means, BINS)
    most = max(len(each.members) for each in sorted_in)
    rows = [
        (
            f"{each.low:.4g} to {each.high:.4g}",
            f"{len(each.members):,}",
            *(f"{sum(name in names for name in each.members):,}" for names in members.marked.values()),
            "█" * round(BAR * len(each.members) / most),
        )
        for each in reversed(sorted_in)
    ]
    return tables.Table(("Mean", "Members", *map(str.capitalize, members.marked), ""), tuple(rows), words=("Mean", ""))


def _dim(notes: Iterable[str]) -> list[Text]:
    return [Text(printable(f"- {note}"), style="dim") for note in notes]


def _style(decision: Decision, member: str, candidate: Candidate) -> str:
    return "bold" if member in decision.survivors else "" if candidate.passed else "dim"
