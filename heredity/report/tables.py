"""The report's tables: what a reader may want to copy, as text cells ready to print."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from heredity.errors import named
from heredity.gate.confirmation import Confirmation, first_confirmed
from heredity.gate.record import Candidate, Decision
from heredity.report.arms import ArmResults
from heredity.report.results import Outcome, Results
from heredity.report.spread import MANY, first_and_last
from heredity.report.verdict import interval_text, number
from heredity.study.lineages import ALONE, by_lineage, lineage_of, own_name

ENDS = 10
"""Of many candidates so many of the best, and of the worst."""


@dataclass(frozen=True)
class Table:
    """Cells as text. Columns in `words` hold words, the others numbers; those in `prose` may take several lines."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    prose: tuple[str, ...] = ()


def gate_table(decision: Decision, confirmations: Mapping[str, Confirmation] | None = None) -> Table:
    """Return the gate's answer for every candidate, best mean first, and then for the null policies.

    Of many candidates, and of their null policies, the best and the worst few. confirmations: of survivors, for a
    column of their own; None before anybody was confirmed.
    """
    confirmed = [] if confirmations is None else ["Confirmed"]
    rows = [
        (
            member,
            f"{candidate.episodes}",
            return_text(candidate.mean),
            *(confirmed_text((confirmations or {}).get(member)) for _ in confirmed),
            return_text(candidate.shrunken),
            return_text(candidate.bound),
            "yes" if candidate.passed else "no",
            "yes" if member in decision.survivors else "no",
            candidate.reason,
        )
        for member, candidate in candidates_told(decision)
    ]
    columns = ("Member", "Episodes", "Mean seen by the gate", *confirmed)
    columns += ("Shrunken", "Lower bound", "Passed", "Survivor", "Reason")
    return Table(columns, tuple(rows), words=("Member", "Passed", "Survivor", "Reason"), prose=("Reason",))


def candidates_told(decision: Decision) -> list[tuple[str, Candidate]]:
    """Return candidates and null policies as a table has them: of many the best and the worst few of both."""
    ranked = decision.ranked()
    if len(decision.candidates) <= MANY:
        return ranked
    best_first = sorted(ranked, key=lambda each: -each[1].mean)
    both = [[each for each in best_first if (each[0] in decision.nulls) is null] for null in (False, True)]
    return [each for kind in both for each in first_and_last(kind, ENDS)]


GATE_COLUMNS = ("mean", "bound", "passed", "reason")


def failed_text(failed: Mapping[str, str]) -> str:
    """Say what members failed of, of many the first, and how many more there are."""
    said = [f"{member}: {reason}" for member, reason in failed.items()]
    return "; ".join(said[:MANY]) + (f"; and {len(said) - MANY:,} more" if len(said) > MANY else "")


def gate_rows(
    decision: Decision,
    columns: Iterable[str] = GATE_COLUMNS,
    digits: int | None = 4,
    confirmations: Mapping[str, Confirmation] | None = None,
) -> list[dict[str, Any]]:
    """Return the same as rows of plain values, numbers to so many digits, all of them for None.

    `mean` is what the gate saw, `confirmed`, where there are confirmations, the text of what is published.
    """
    rows = [
        {"member": member, **{column: _short(getattr(candidate, column), digits) for column in columns}}
        for member, candidate in decision.ranked()
    ]
    if confirmations is None:
        return rows
    return [row | {"confirmed": confirmed_text(confirmations.get(row["member"]))} for row in rows]


def confirmed_text(confirmation: Confirmation | None) -> str:
    """Write a confirmed mean with its interval, nothing for none."""
    if confirmation is None:
        return ""
    return f"{return_text(confirmation.mean)} {confirmed_interval(confirmation)}"


def confirmed_interval(confirmation: Confirmation) -> str:
    """Write the interval of a confirmed mean with as many decimals as the mean has."""
    return interval_text(confirmation.low, confirmation.high, _decimals(confirmation.mean))


def survivors_text(decision: Decision) -> str:
    """Name who may have heirs, or say how many they are where there are several lineages."""
    lineages = {lineage_of(name) for name in decision.survivors} - {ALONE}
    if not lineages:
        return named(decision.survivors)
    where = "one lineage" if len(lineages) == 1 else f"{len(lineages)} lineages"
    return f"{len(decision.survivors):,} of {len(decision.candidates):,} members, in {where},"


def confirmed_sentence(decision: Decision, confirmations: Mapping[str, Confirmation]) -> str:
    """Say what a generation is known by: its first survivor on episodes that did not choose it; nothing for none."""
    if (best := first_confirmed(decision.survivors, confirmations)) is None:
        return ""
    who, confirmed = best
    verb, them = ("have", "them") if " " in who else ("has", "it")
    episodes = f"{confirmed.episodes:,} episodes that did not choose {them}"
    ends = "" if confirmed.limits_known else ", the interval being from the returns seen"
    return f"{who} {verb} a mean of {confirmed_text(confirmed)} over {episodes}{ends}"


SPENT = ("Per member", "Ancestors", "Before", "In all")
"""What an arm spent: each member itself, its own ancestors, all members of their generations, all its members.

Steps of a member begin with its share of what ranking its possible parents on its task took."""


def compute_table(results: Results) -> Table:
    """Return the environment steps of every generation and arm."""
    rows: list[tuple[str, ...]] = []
    for outcome in results.outcomes:
        for arm in outcome.arms:
            spent = results.spent(outcome, arm)
            reached = sum(arm.times[member].reached for member in arm.curves)
            ranges = span(spent.members.values()), span(spent.ancestors.values())
            counts = f"{len(spent.members):,}", f"{reached:,}", *ranges, f"{spent.before:,}", f"{spent.own:,}"
            rows.append((outcome.name, arm.label, *counts))
    for name in results.ended:
        for arm_name, control in results.spending.generations.get(name, {}).items():
            counts = f"{len(control.members):,}", "", span(control.members.values()), "0", "0", f"{control.own:,}"
            rows.append((name, results.label(arm_name), *counts))
    rows.append(("All", *[""] * 6, f"{results.spending.steps:,}"))
    columns = ("Generation", "Arm", "Members", "Reached", *SPENT)
    return Table(columns, tuple(rows), words=("Generation", "Arm"))


def span(costs: Iterable[float]) -> str:
    """Write the least and the most, one number where they are equal, 0 for none."""
    ascending = sorted(costs) or [0]
    least, most = ascending[0], ascending[-1]
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def member_table(results: Results) -> Table:
    """Return every member of every arm: its steps, its fitness (of survivors with its interval), its birth."""
    rows = [row for outcome in results.outcomes for arm in outcome.arms for row in _member_rows(results, outcome, arm)]
    columns = ("Generation", "Arm", "Member", "Steps", "To threshold", "Fitness", "Parents", "Seed", "Content hash")
    return Table(columns, tuple(rows), words=("Generation", "Arm", "Member", "Parents"))


def lineage_table(results: Results) -> Table:
    """Return of every lineage in every arm what its members took and came to, for more members than have a row each."""
    rows = []
    for outcome in results.outcomes:
        for arm in outcome.arms:
            ours = arm is outcome.members
            births = by_lineage(results.pedigree.of(outcome.name)) if ours else {}
            returns = by_lineage(arm.evaluated)
            steps = by_lineage(results.spent(outcome, arm).members)
            for name, curves in by_lineage(arm.curves).items():
                reached = sum(arm.times[member].reached for member in curves)
                parents = {parent for birth in births.get(name, {}).values() for parent in birth.parents}
                rows.append((
                    outcome.name, arm.label, name or "all", f"{len(curves):,}", f"{reached:,}",
                    span(steps[name].values()), return_text(fmean(returns[name].values()) if name in returns else None),
                    first_survivor_text(outcome, name) if ours else "", f"{len(parents):,}" if births else "",
                ))  # fmt: skip
    columns = ("Generation", "Arm", "Lineage", "Members", "Reached", "Steps", "Mean", "First survivor", "Parents")
    return Table(columns, tuple(rows), words=("Generation", "Arm", "Lineage", "First survivor"))


def first_survivor_text(outcome: Outcome, lineage: str) -> str:
    """Name the survivor whom the gate ranks first in a lineage, with its confirmed mean; nothing for none."""
    first = next((name for name in outcome.gate.survivors if lineage_of(name) == lineage), None)
    return "" if first is None else f"{own_name(first)} {confirmed_text(outcome.confirmations.get(first))}".rstrip()


def _member_rows(results: Results, outcome: Outcome, arm: ArmResults) -> Iterable[tuple[str, ...]]:
    ours = arm is outcome.members
    births = results.pedigree.of(outcome.name) if ours else {}
    fitness, confirmations = (outcome.fitness, outcome.confirmations) if ours else (arm.evaluated, {})
    steps = results.spent(outcome, arm).members
    for member in arm.curves:
        time, birth = arm.times[member], births.get(member)
        yield (
            outcome.name,
            arm.label,
            member,
            f"{steps[member]:,}",
            f"{time.steps:,.0f}" if time.reached else "not reached",
            confirmed_text(confirmations.get(member)) or return_text(fitness.get(member)),
            ", ".join(birth.parents) or "fresh weights" if birth else "",
            str(birth.seed) if birth else "",
            birth.child_hash[:12] if birth else "",
        )


def return_text(value: float | None) -> str:
    """Write a return with as many decimals as its size asks for."""
    return "" if value is None else number(value, _decimals(value))


def _decimals(value: float) -> int:
    return 3 if abs(value) < 10 else 1


def _short(value: Any, digits: int | None) -> Any:
    return float(f"{value:.{digits}g}") if digits and isinstance(value, float) else value
