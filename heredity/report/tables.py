"""The report's tables: what a reader may want to copy, as text cells ready to print."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heredity.report.gates import gate_rows
from heredity.report.learning import time_to_threshold
from heredity.report.story import Arm, Outcome, Story
from heredity.report.verdict import interval, is_known, number

METRICS = {
    "jumpstart": "Jumpstart: gain before training",
    "asymptotic_gain": "Asymptotic gain: over the last tenth of the budget",
    "area_difference": "Area difference: gain in mean return over the budget",
    "transfer_ratio": "Transfer ratio of areas",
    "relative_area": "Relative area",
    "forward_transfer": "Forward transfer, weak",
    "forward_transfer_strong": "Forward transfer, strong: ancestors' steps charged",
    "probability_of_improvement": "Probability of improvement",
}
"""Names of transfer.json as a reader knows them, in reading order."""


@dataclass(frozen=True)
class Table:
    """Cells as text. Columns in `words` hold words, the others numbers; those in `prose` may take several lines."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    prose: tuple[str, ...] = ()


def transfer_table(transfer: Mapping[str, Any]) -> Table:
    """Return every metric with its interval and number of runs."""
    rows = [_estimate_row(title, transfer[name]) for name, title in METRICS.items()]
    for name, kind in (("time_to_threshold", "weak"), ("time_to_threshold_strong", "strong")):
        times = transfer[name]
        speed_up = _estimate_row(f"Speed-up to the threshold, {kind}", times["speed_up"])
        rows.append(speed_up if is_known(times) else (speed_up[0], "undefined", "", speed_up[3]))
        for arm in ("inherited", "control"):
            reached, median = f"{times[arm]['reached']} of {times[arm]['of']}", times[arm]["median"]
            rows.append((f"Median steps to the threshold, {kind}, {arm}", _steps(median), "", f"{reached} reached"))
    return Table(("Metric", "Estimate", "95 % interval", "Runs"), tuple(rows), words=("Metric",), prose=("Metric",))


def gate_table(outcome: Outcome) -> Table:
    """Return the gate's answer for every candidate, best mean first, and then for the null policies."""
    nulls = [{"member": name, **seen} for name, seen in outcome.decision.get("nulls", {}).items()]
    rows = [
        (
            row["member"],
            f"{row['episodes']}",
            _return(row["mean"]),
            _return(row["bound"]),
            "yes" if row["passed"] else "no",
            "yes" if row["member"] in outcome.decision["survivors"] else "no",
            row["reason"],
        )
        for row in [*gate_rows(outcome), *nulls]
    ]
    columns = ("Member", "Episodes", "Mean", "Lower bound", "Passed", "Survivor", "Reason")
    return Table(columns, tuple(rows), words=("Member", "Passed", "Survivor", "Reason"), prose=("Reason",))


def compute_table(story: Story) -> Table:
    """Return the environment steps of every generation and arm."""
    rows = []
    for outcome in story.outcomes:
        for arm in outcome.arms:
            steps = [curve[-1].env_steps for curve in arm.curves.values()]
            reached = sum(time_to_threshold(curve, outcome.threshold)[1] for curve in arm.curves.values())
            spread = f"{min(steps):,} to {max(steps):,}"
            rows.append((outcome.name, arm.label, f"{len(steps)}", f"{reached}", spread, f"{sum(steps):,}"))
    total = sum(
        curve[-1].env_steps for outcome in story.outcomes for arm in outcome.arms for curve in arm.curves.values()
    )
    rows.append(("All", "", "", "", "", f"{total:,}"))
    columns = ("Generation", "Arm", "Members", "Reached threshold", "Steps per member", "Steps in all")
    return Table(columns, tuple(rows), words=("Generation", "Arm"))


def member_table(story: Story) -> Table:
    """Return every member of every arm: its steps, its fitness, its birth."""
    rows = [row for outcome in story.outcomes for arm in outcome.arms for row in _member_rows(story, outcome, arm)]
    columns = ("Generation", "Arm", "Member", "Steps", "To threshold", "Fitness", "Parents", "Seed", "Content hash")
    return Table(columns, tuple(rows), words=("Generation", "Arm", "Member", "Parents"))


def _member_rows(story: Story, outcome: Outcome, arm: Arm) -> Iterable[tuple[str, ...]]:
    links = story.links(outcome.name) if arm is outcome.members else {}
    for member, curve in arm.curves.items():
        steps, reached = time_to_threshold(curve, outcome.threshold)
        fitness = arm.fitness.get(member)
        link = links.get(member)
        yield (
            outcome.name,
            arm.label,
            member,
            f"{curve[-1].env_steps:,}",
            f"{steps:,}" if reached else "not reached",
            _return(fitness),
            ", ".join(link.parents) or "fresh weights" if link else "",
            str(link.seed) if link else "",
            link.child_hash[:12] if link else "",
        )


def _estimate_row(title: str, estimate: Mapping[str, Any]) -> tuple[str, ...]:
    runs = f"{estimate['n']}"
    if estimate["value"] is None:
        return (title, "undefined", "", runs)
    return (title, number(estimate["value"], 2), interval(estimate["low"], estimate["high"], 2), runs)


def _return(value: float | None) -> str:
    """Write a return with as many decimals as its size asks for."""
    return "" if value is None else number(value, 3 if abs(value) < 10 else 1)


def _steps(median: float | None) -> str:
    return "not reached by half" if median is None else f"{median:,.0f}"
