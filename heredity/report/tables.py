"""The report's tables: what a reader may want to copy, as text cells ready to print."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heredity.gate.confirmation import Confirmation, first_confirmed
from heredity.gate.record import Decision
from heredity.report.arms import ArmResults
from heredity.report.results import Outcome, Results
from heredity.report.verdict import interval_text, is_known, number, ratio
from heredity.study.lineages import ALONE, lineage_of
from heredity.transfer.continual import ContinualMatrix
from heredity.transfer.estimates import Contrast, Estimate, Heritability, TimeToThreshold, Transfer


@dataclass(frozen=True)
class Table:
    """Cells as text. Columns in `words` hold words, the others numbers; those in `prose` may take several lines."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    prose: tuple[str, ...] = ()


def transfer_table(transfer: Transfer) -> Table:
    """Return every metric with its interval and number of runs; those that a comparison does not have are left out."""
    estimates = [
        ("Jumpstart: gain before training", transfer.jumpstart),
        ("Asymptotic gain: over the last tenth of the budget", transfer.asymptotic_gain),
        ("Area difference: gain in mean return over the budget", transfer.area_difference),
        ("Transfer ratio of areas", transfer.transfer_ratio),
        ("Relative area", transfer.relative_area),
        ("Forward transfer, weak", transfer.forward_transfer),
        ("Forward transfer of raw returns (Continual World)", transfer.forward_transfer_raw),
        ("Forward transfer, strong: ancestors' steps charged", transfer.forward_transfer_strong),
        ("Forward transfer, all spent charged", transfer.forward_transfer_study),
        ("Probability of improvement", transfer.probability_of_improvement),
        *_contrast("Interquartile mean score", transfer.interquartile_mean),
        *_contrast("Optimality gap of the score", transfer.optimality_gap),
    ]
    rows = [_estimate_row(title, estimate) for title, estimate in estimates if estimate]
    for kind, times in (
        ("weak", transfer.time_to_threshold),
        ("strong", transfer.time_to_threshold_strong),
        ("all spent charged", transfer.time_to_threshold_study),
    ):
        rows += _time_rows(times, kind) if times else []
    return Table(("Metric", "Estimate", "95 % interval", "Runs"), tuple(rows), words=("Metric",), prose=("Metric",))


def test_sentence(transfer: Transfer) -> str:
    """Say what the permutation tests found, or why they can find nothing."""
    test, log_rank = transfer.test, transfer.time_to_threshold.log_rank
    adjusted = f", {number(test.p_holm, 3)} adjusted for the study's comparisons" if test.p_holm else ""
    return (
        "Permutation test of equal mean steps to the threshold, which is the primary outcome: "
        f"{test.statement}{adjusted}. "
        f"Log-rank test of equal times to the threshold: {log_rank.statement}."
    )


def heritability_table(heritability: Heritability) -> Table:
    """Return S, R, their ratio and the slopes, before and after training."""
    against = f", against {heritability.baseline}" if heritability.baseline else ""
    estimates: list[tuple[str, Estimate | None]] = [
        ("Selection differential S: parents over all members", heritability.selection)
    ]
    if heritability.superiority != heritability.selection:
        estimates.append((f"Parents' lead{against}", heritability.superiority))
    for kind, measure in (("zero-shot", heritability.zero_shot), ("trained", heritability.trained)):
        estimates += [
            (f"Response R {kind}{against}", measure.response),
            (f"Realised heritability R / S {kind}", measure.realised),
        ]
        if line := measure.regression:
            estimates += [
                (f"Slope of {line.families} families, {kind}", line.slope),
                (f"Slope corrected for noise, {kind}", line.corrected),
            ]
    rows = tuple(_estimate_row(title, estimate) for title, estimate in estimates if estimate)
    return Table(("Heritability", "Estimate", "95 % interval", "Runs"), rows, ("Heritability",), ("Heritability",))


def continual_table(continual: ContinualMatrix) -> Table:
    """Return what later generations still know of earlier tasks, and parents of their children's."""
    estimates = [(f"Forward transfer to {name}", gain) for name, gain in continual.forward_transfer.items()]
    for name, lost in continual.forgetting.items():
        estimates += [(f"Forgetting of {before} by {name}", loss) for before, loss in lost.items()]
    estimates += [(f"Backward transfer of {name}", gain) for name, gain in continual.backward_transfer.items()]
    rows = tuple(
        _estimate_row(title, estimate) if estimate else (title, "undefined", "", "") for title, estimate in estimates
    )
    return Table(("Memory", "Score", "95 % interval", "Runs"), rows, words=("Memory",), prose=("Memory",))


def gate_table(decision: Decision, confirmations: Mapping[str, Confirmation] | None = None) -> Table:
    """Return the gate's answer for every candidate, best mean first, and then for the null policies.

    confirmations: of survivors, for a column of their own; None before anybody was confirmed.
    """
    confirmed = [] if confirmations is None else ["Confirmed"]
    rows = [
        (
            member,
            f"{candidate.episodes}",
            _return(candidate.mean),
            *(confirmed_text((confirmations or {}).get(member)) for _ in confirmed),
            _return(candidate.shrunken),
            _return(candidate.bound),
            "yes" if candidate.passed else "no",
            "yes" if member in decision.survivors else "no",
            candidate.reason,
        )
        for member, candidate in decision.ranked()
    ]
    columns = ("Member", "Episodes", "Mean seen by the gate", *confirmed)
    columns += ("Shrunken", "Lower bound", "Passed", "Survivor", "Reason")
    return Table(columns, tuple(rows), words=("Member", "Passed", "Survivor", "Reason"), prose=("Reason",))


GATE_COLUMNS = ("mean", "bound", "passed", "reason")


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
    return f"{_return(confirmation.mean)} {confirmed_interval(confirmation)}"


def confirmed_interval(confirmation: Confirmation) -> str:
    """Write the interval of a confirmed mean with as many decimals as the mean has."""
    return interval_text(confirmation.low, confirmation.high, _decimals(confirmation.mean))


def survivors_text(decision: Decision) -> str:
    """Name who may have heirs, or say how many they are where there are several lineages."""
    lineages = {lineage_of(name) for name in decision.survivors} - {ALONE}
    if not lineages:
        return ", ".join(decision.survivors) or "nobody"
    return f"{len(decision.survivors)} of {len(decision.candidates)} members, in {len(lineages)} lineages,"


def confirmed_sentence(decision: Decision, confirmations: Mapping[str, Confirmation]) -> str:
    """Say what a generation is known by: its first survivor on episodes that did not choose it; nothing for none."""
    if (best := first_confirmed(decision.survivors, confirmations)) is None:
        return ""
    who, confirmed = best
    verb, them = ("have", "them") if " " in who else ("has", "it")
    episodes = f"{confirmed.episodes} episodes that did not choose {them}"
    return f"{who} {verb} a mean of {confirmed_text(confirmed)} over {episodes}"


SPENT = ("Per member", "Ancestors", "Before", "In all")
"""What an arm spent: each member itself, its own ancestors, all members of their generations, all its members."""


def compute_table(results: Results) -> Table:
    """Return the environment steps of every generation and arm."""
    rows: list[tuple[str, ...]] = []
    for outcome in results.outcomes:
        for arm in outcome.arms:
            spent = results.spent(outcome, arm)
            reached = sum(arm.times[member].reached for member in arm.curves)
            ranges = span(spent.members.values()), span(spent.ancestors.values())
            counts = f"{len(spent.members)}", f"{reached}", *ranges, f"{spent.before:,}", f"{spent.own:,}"
            rows.append((outcome.name, arm.label, *counts))
    for name in results.ended:
        for arm_name, control in results.spending.generations.get(name, {}).items():
            counts = f"{len(control.members)}", "", span(control.members.values()), "0", "0", f"{control.own:,}"
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


def _member_rows(results: Results, outcome: Outcome, arm: ArmResults) -> Iterable[tuple[str, ...]]:
    ours = arm is outcome.members
    births = results.pedigree.of(outcome.name) if ours else {}
    fitness, confirmations = (outcome.fitness, outcome.confirmations) if ours else (arm.evaluated, {})
    for member, curve in arm.curves.items():
        time, birth = arm.times[member], births.get(member)
        yield (
            outcome.name,
            arm.label,
            member,
            f"{curve[-1].env_steps:,}",
            f"{time.steps:,.0f}" if time.reached else "not reached",
            confirmed_text(confirmations.get(member)) or _return(fitness.get(member)),
            ", ".join(birth.parents) or "fresh weights" if birth else "",
            str(birth.seed) if birth else "",
            birth.child_hash[:12] if birth else "",
        )


def _contrast(title: str, contrast: Contrast | None) -> list[tuple[str, Estimate | None]]:
    if contrast is None:
        return []
    return [(f"{title}, inherited", contrast.inherited), (f"{title}, control", contrast.control)]


def _time_rows(times: TimeToThreshold, kind: str) -> list[tuple[str, ...]]:
    speed_up = ratio(times.speed_up, 2) if is_known(times) else ("undefined", "")
    rows: list[tuple[str, ...]] = [(f"Speed-up to the threshold, {kind}", *speed_up, f"{times.speed_up.n}")]
    for label, arm in (("inherited", times.inherited), ("control", times.control)):
        median = "not reached by half" if arm.median is None else f"{arm.median:,.0f}"
        title = f"Median steps to the threshold, {kind}, {label}"
        rows.append((title, median, "", f"{arm.reached} of {arm.of} reached"))
    saved = times.restricted_mean.difference
    title = f"Mean steps to the threshold within {times.restricted_to:,.0f}, {kind}, inherited less control"
    return [*rows, (title, number(saved.value, 0), interval_text(saved.low, saved.high, 0), f"{saved.n}")]


def _estimate_row(title: str, estimate: Estimate) -> tuple[str, ...]:
    runs = f"{estimate.n}"
    if estimate.value is None:
        return (title, "undefined", "", runs)
    return (title, number(estimate.value, 2), interval_text(estimate.low, estimate.high, 2), runs)


def _return(value: float | None) -> str:
    """Write a return with as many decimals as its size asks for."""
    return "" if value is None else number(value, _decimals(value))


def _decimals(value: float) -> int:
    return 3 if abs(value) < 10 else 1


def _short(value: Any, digits: int | None) -> Any:
    return float(f"{value:.{digits}g}") if digits and isinstance(value, float) else value
