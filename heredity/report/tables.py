"""The report's tables: what a reader may want to copy, as text cells ready to print."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from heredity.heritability import Heritability
from heredity.report.gates import gate_rows
from heredity.report.learning import time_to_threshold
from heredity.report.story import Arm, Outcome, Story, spender
from heredity.report.verdict import interval, is_known, number
from heredity.spending import total
from heredity.transfer.values import Estimate

METRICS = {
    "jumpstart": "Jumpstart: gain before training",
    "asymptotic_gain": "Asymptotic gain: over the last tenth of the budget",
    "area_difference": "Area difference: gain in mean return over the budget",
    "transfer_ratio": "Transfer ratio of areas",
    "relative_area": "Relative area",
    "forward_transfer": "Forward transfer, weak",
    "forward_transfer_strong": "Forward transfer, strong: ancestors' steps charged",
    "forward_transfer_study": "Forward transfer, all spent charged",
    "probability_of_improvement": "Probability of improvement",
}
"""Names of transfer.json as a reader knows them, in reading order."""

CONTRASTS = {"interquartile_mean": "Interquartile mean score", "optimality_gap": "Optimality gap of the score"}
"""Those that transfer.json gives per arm."""


@dataclass(frozen=True)
class Table:
    """Cells as text. Columns in `words` hold words, the others numbers; those in `prose` may take several lines."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    prose: tuple[str, ...] = ()


TIMES = {
    "time_to_threshold": "weak",
    "time_to_threshold_strong": "strong",
    "time_to_threshold_study": "all spent charged",
}
"""Times to the threshold by which steps are counted."""


def transfer_table(transfer: Mapping[str, Any]) -> Table:
    """Return every metric with its interval and number of runs; those that a comparison does not have are left out."""
    known = {name: title for name, title in METRICS.items() if transfer.get(name)}
    rows = [_estimate_row(title, transfer[name]) for name, title in known.items()]
    for name, title in CONTRASTS.items():
        if found := transfer.get(name):
            rows += [_estimate_row(f"{title}, {arm}", found[arm]) for arm in ("inherited", "control")]
    for name, kind in TIMES.items():
        if times := transfer.get(name):
            rows += _time_rows(times, kind)
    return Table(("Metric", "Estimate", "95 % interval", "Runs"), tuple(rows), words=("Metric",), prose=("Metric",))


def test_sentence(transfer: Mapping[str, Any]) -> str:
    """Say what the permutation tests found, or why they can find nothing."""
    test, log_rank = transfer["test"], transfer["time_to_threshold"]["log_rank"]
    adjusted = f", {number(test['p_holm'], 3)} adjusted for the study's generations" if test["p_holm"] else ""
    return (
        f"Permutation test of equal mean returns over the budget: {test['statement']}{adjusted}. "
        f"Log-rank test of equal times to the threshold: {log_rank['statement']}."
    )


def kinship_table(found: Heritability) -> Table:
    """Return S, R, their ratio and the slopes, before and after training."""
    against = f", against {found.baseline}" if found.baseline else ""
    told: list[tuple[str, Estimate | None]] = [
        ("Selection differential S: parents over all members", found.selection),
        *([(f"Parents' lead{against}", found.superiority)] if found.superiority != found.selection else []),
    ]
    for kind, measure in (("zero-shot", found.zero_shot), ("trained", found.trained)):
        line = measure.regression
        slopes = (
            ((f"Slope of {line.families} families", line.slope), ("Slope corrected for noise", line.corrected))
            if line
            else ()
        )
        told += [
            (f"Response R {kind}{against}", measure.response),
            (f"Realised heritability R / S {kind}", measure.realised),
            *[(f"{name}, {kind}", slope) for name, slope in slopes],
        ]
    rows = tuple(_estimate_row(title, asdict(estimate)) for title, estimate in told if estimate)
    return Table(("Heritability", "Estimate", "95 % interval", "Runs"), rows, ("Heritability",), ("Heritability",))


def continual_table(continual: Mapping[str, Any]) -> Table:
    """Return what later generations still know of earlier tasks, and parents of their children's."""
    told = [(f"Forward transfer to {name}", found) for name, found in continual["forward_transfer"].items()]
    for name, lost in continual["forgetting"].items():
        told += [(f"Forgetting of {before} by {name}", found) for before, found in lost.items()]
    told += [(f"Backward transfer of {name}", found) for name, found in continual["backward_transfer"].items()]
    rows = tuple(_estimate_row(title, found) if found else (title, "undefined", "", "") for title, found in told)
    return Table(("Memory", "Score", "95 % interval", "Runs"), rows, words=("Memory",), prose=("Memory",))


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


SPENT = ("Per member", "Ancestors", "Before", "In all")
"""What an arm spent: each member itself, its own ancestors, all members of their generations, all its members."""


def compute_table(story: Story) -> Table:
    """Return the environment steps of every generation and arm."""
    rows: list[tuple[str, ...]] = []
    for outcome in story.outcomes:
        for arm in outcome.arms:
            spent = story.spent[outcome.name][spender(arm)]
            reached = sum(time_to_threshold(curve, outcome.threshold)[1] for curve in arm.curves.values())
            own, used = (span(steps.values()) for steps in (spent.members, spent.ancestors))
            counts = f"{len(spent.members)}", f"{reached}", own, used, f"{spent.before:,}", f"{spent.own:,}"
            rows.append((outcome.name, arm.label, *counts))
    for name in story.ended:
        if alone := story.spent[name].get("control"):
            counts = f"{len(alone.members)}", "", span(alone.members.values()), "0", "0", f"{alone.own:,}"
            rows.append((name, "control", *counts))
    rows.append(("All", *[""] * 6, f"{total(story.spent):,}"))
    columns = ("Generation", "Arm", "Members", "Reached", *SPENT)
    return Table(columns, tuple(rows), words=("Generation", "Arm"))


def span(costs: Iterable[float]) -> str:
    """Write the least and the most, one number where they are equal, 0 for none."""
    known = sorted(costs) or [0]
    return f"{known[0]:,}" if known[0] == known[-1] else f"{known[0]:,} to {known[-1]:,}"


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


def _time_rows(times: Mapping[str, Any], kind: str) -> list[tuple[str, ...]]:
    speed_up = _estimate_row(f"Speed-up to the threshold, {kind}", times["speed_up"])
    rows = [speed_up if is_known(times) else (speed_up[0], "undefined", "", speed_up[3])]
    for arm in ("inherited", "control"):
        reached, median = f"{times[arm]['reached']} of {times[arm]['of']}", times[arm]["median"]
        rows.append((f"Median steps to the threshold, {kind}, {arm}", _steps(median), "", f"{reached} reached"))
    saved, end = times["restricted_mean"]["difference"], times["restricted_to"]
    title = f"Mean steps to the threshold within {end:,.0f}, {kind}, inherited less control"
    bounds = interval(saved["low"], saved["high"], 0)
    return [*rows, (title, number(saved["value"], 0), bounds, f"{saved['n']}")]


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
