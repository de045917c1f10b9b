"""What a comparison found, as tables: transfer, heritability, memory."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from heredity.report.tables import Table
from heredity.report.verdict import interval_text, is_known, number, ratio
from heredity.transfer.breeding import RANDOM_MEMBERS
from heredity.transfer.continual import ContinualMatrix
from heredity.transfer.estimates import Contrast, Estimate, Heritability, TimeToThreshold, Transfer
from heredity.transfer.glance import OUTCOMES

STEPS = "Mean steps to the threshold"


def transfer_table(transfer: Transfer) -> Table:
    """Return every metric with its interval and number of runs; those that a comparison does not have are left out."""
    arms = _of_arms(transfer)
    rows = [_estimate_row(title, estimate, arms) for title, estimate in _of_returns(transfer).items()]
    for kind, times in _times(transfer).items():
        rows += _time_rows(times, kind, arms, transfer.arms)
    return Table(("Metric", "Estimate", "95 % interval", _unit(transfer)), tuple(rows), ("Metric",), ("Metric",))


def estimates_of(transfer: Transfer) -> dict[str, Estimate]:
    """Return what stands in the table with an interval, by the metric's name there."""
    steps = {_steps_title(times, kind, transfer.arms): times for kind, times in _times(transfer).items()}
    return _of_returns(transfer) | {title: times.restricted_mean.difference for title, times in steps.items()}


def _of_returns(transfer: Transfer) -> dict[str, Estimate]:
    forward = {
        "Forward transfer, weak": transfer.forward_transfer,
        "Forward transfer, strong: ancestors' steps charged": transfer.forward_transfer_strong,
        "Forward transfer, all spent charged": transfer.forward_transfer_study,
    }
    return _gains(transfer) | {title: each for title, each in forward.items() if each}


def _times(transfer: Transfer) -> dict[str, TimeToThreshold]:
    """Return the times to the threshold by the way of counting steps."""
    ways = {
        "weak": transfer.time_to_threshold,
        "strong": transfer.time_to_threshold_strong,
        "all spent charged": transfer.time_to_threshold_study,
    }
    return {way: times for way, times in ways.items() if times}


def charged_table(transfer: Transfer) -> Table:
    """Return steps to the threshold and forward transfer with a column for every way of counting steps.

    Left out is what no interval says anything of.
    """
    columns = {
        "on the task": (transfer.time_to_threshold, transfer.forward_transfer),
        "ancestors charged": (transfer.time_to_threshold_strong, transfer.forward_transfer_strong),
        "all spent charged": (transfer.time_to_threshold_study, transfer.forward_transfer_study),
    }
    ways = {way: (times, forward) for way, (times, forward) in columns.items() if times}
    cells = [_charged_cells(times, forward, transfer.arms) for times, forward in ways.values()]
    heads = [f"{way}, within {number(times.restricted_to, 0)}" for way, (times, _) in ways.items()]
    rows = [(title, *(each[title] for each in cells)) for title in cells[0]]
    told = tuple(row for row in rows if any(row[1:]))
    words = ("Steps to the threshold",)
    return Table((*words, *heads), told, words, words)


def _charged_cells(times: TimeToThreshold, forward: Estimate | None, arms: tuple[str, str]) -> dict[str, str]:
    """Return the cells of one way of counting, by what they say; empty ones have no interval that says anything."""
    first, second = arms
    means, speed_up = times.restricted_mean, times.speed_up
    known = is_known(times) and (speed_up.low or speed_up.high is not None)
    cells = {
        f"Mean, {first} less {second}": _cell(means.difference, 0),
        f"Mean, {first}": _cell(means.inherited, 0),
        f"Mean, {second}": _cell(means.control, 0),
        "Times as fast, by medians": " ".join(ratio(speed_up, 2)) if known else "",
    }
    for label, arm in ((first, times.inherited), (second, times.control)):
        cells[f"Median, {label}"] = "not reached by half" if arm.median is None else number(arm.median, 0)
    for label, arm in ((first, times.inherited), (second, times.control)):
        cells[f"Reached it, {label}"] = f"{arm.reached:,} of {arm.of:,}"
    return cells | {"Forward transfer": _cell(forward, 2) if forward else ""}


def gains_table(transfer: Transfer) -> Table:
    """Return what is counted on the task alone, with intervals; what has none that says anything is left out."""
    arms = _of_arms(transfer)
    rows = [_estimate_row(title, each, arms) for title, each in _gains(transfer).items() if _says(each)]
    words = ("On the task",)
    return Table((*words, "Estimate", "95 % interval", _unit(transfer)), tuple(rows), words, words)


def with_intervals(content: Table) -> Table:
    """Return a table without the rows of which no interval says how sure they are."""
    silent = {interval_text(None, None)}
    return replace(content, rows=tuple(row for row in content.rows if not silent & {*row}))


def transfer_notes(transfer: Transfer) -> list[str]:
    """Return what is to be known beside the tables, as sentences: the tests, what was left out, what to heed."""
    silent = [title.partition(":")[0].lower() for title, each in _gains(transfer).items() if not _says(each)]
    left_out = [f"Without an interval, and so not shown: {', '.join(silent)}."] if silent else []
    heeded = [f"{note[:1].upper()}{note[1:].removesuffix('.')}." for note in transfer.notes]
    return [test_sentence(transfer), *left_out, *heeded]


def _gains(transfer: Transfer) -> dict[str, Estimate]:
    estimates = [
        ("Jumpstart: gain before training", transfer.jumpstart),
        ("Asymptotic gain: over the last tenth of the budget", transfer.asymptotic_gain),
        ("Area difference: gain in mean return over the budget", transfer.area_difference),
        ("Transfer ratio of areas", transfer.transfer_ratio),
        ("Relative area", transfer.relative_area),
        ("Forward transfer of raw returns (Continual World)", transfer.forward_transfer_raw),
        ("Probability of improvement", transfer.probability_of_improvement),
        *_contrast("Interquartile mean score", transfer.interquartile_mean, transfer.arms),
        *_contrast("Optimality gap of the score", transfer.optimality_gap, transfer.arms),
    ]
    return {title: estimate for title, estimate in estimates if estimate}


def _says(estimate: Estimate) -> bool:
    return estimate.value is not None and (estimate.low is not None or estimate.high is not None)


def _cell(estimate: Estimate, digits: int) -> str:
    """Write an estimate with its interval, nothing where that says nothing."""
    if estimate.value is None or not _says(estimate):
        return ""
    return f"{number(estimate.value, digits)} {interval_text(estimate.low, estimate.high, digits)}"


def _unit(transfer: Transfer) -> str:
    return {"lineages": "Lineages", "parents": "Parents + runs", "members": "Runs"}[transfer.unit]


def _of_arms(transfer: Transfer) -> dict[int, str]:
    """Return how the units of both arms are written that a contrast counts together."""
    steps = transfer.time_to_threshold.restricted_mean
    inherited, control = steps.inherited.n, steps.control.n
    return {inherited + control: f"{inherited} + {control}"}


def test_sentence(transfer: Transfer) -> str:
    """Say what the permutation tests found, or why they can find nothing."""
    test, log_rank = transfer.test, transfer.time_to_threshold.log_rank
    if transfer.unit == "parents":
        return f"{test.statement[:1].upper()}{test.statement[1:]}."
    adjusted = f", {test.p_holm:.2g} adjusted for the study's comparisons" if test.p_holm else ""
    return (
        f"Permutation test of equal {OUTCOMES[transfer.outcome]}, which is the primary outcome: "
        f"{test.statement}{adjusted}. "
        f"Log-rank test of equal times to the threshold: {log_rank.statement}."
    )


def heritability_table(heritability: Heritability) -> Table:
    """Return S, R, what of S the children have by the name that it has, and the slopes, before and after training."""
    of_random = heritability.baseline == RANDOM_MEMBERS
    against = f", against {heritability.baseline}" if heritability.baseline else ""
    units = "lineages" if heritability.unit == "lineages" else "members"
    estimates: list[tuple[str, Estimate | None, str]] = [
        ("S: parents over all members, on episodes that did not choose them", heritability.selection, units),
        ("Parents' lead over fresh weights", heritability.lead, units),
    ]
    for kind, measure in (("zero-shot", heritability.zero_shot), ("trained", heritability.trained)):
        estimates += [
            (f"R: children {kind}{against}", measure.response, units),
            (f"Heritability h² = R / S, {kind}", measure.realised if of_random else None, units),
            (f"Share of the parents' lead kept, {kind}", measure.lead_kept, units),
        ]
        if line := measure.regression:
            estimates += [
                (f"Slope of {line.families:,} families, {kind}", line.slope, "children"),
                (f"Slope corrected for noise, {kind}", line.corrected, "children"),
            ]
    rows = [
        (*_estimate_row(title, estimate)[:-1], f"{estimate.n:,} {counted}")
        for title, estimate, counted in estimates
        if estimate
    ]
    return Table(("Heritability", "Estimate", "95 % interval", "Of"), tuple(rows), ("Heritability",), ("Heritability",))


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


def _contrast(title: str, contrast: Contrast | None, labels: tuple[str, str]) -> list[tuple[str, Estimate | None]]:
    if contrast is None:
        return []
    first, second = labels
    return [(f"{title}, {first}", contrast.inherited), (f"{title}, {second}", contrast.control)]


def _time_rows(
    times: TimeToThreshold, kind: str, arms: Mapping[int, str], labels: tuple[str, str]
) -> list[tuple[str, ...]]:
    speed_up = ratio(times.speed_up, 2) if is_known(times) else ("undefined", "")
    rows: list[tuple[str, ...]] = [(f"Speed-up to the threshold, {kind}", *speed_up, _counted(times.speed_up.n, arms))]
    for label, arm in zip(labels, (times.inherited, times.control), strict=True):
        median = "not reached by half" if arm.median is None else f"{arm.median:,.0f}"
        title = f"Median steps to the threshold, {kind}, {label}"
        rows.append((title, median, "", f"{arm.reached:,} of {arm.of:,} reached"))
    saved, title = times.restricted_mean.difference, _steps_title(times, kind, labels)
    return [*rows, (title, number(saved.value, 0), interval_text(saved.low, saved.high, 0), _counted(saved.n, arms))]


def _steps_title(times: TimeToThreshold, kind: str, labels: tuple[str, str]) -> str:
    return f"{STEPS} within {times.restricted_to:,.0f}, {kind}, {' less '.join(labels)}"


def _estimate_row(title: str, estimate: Estimate, arms: Mapping[int, str] = MappingProxyType({})) -> tuple[str, ...]:
    units = _counted(estimate.n, arms)
    if estimate.value is None:
        return (title, "undefined", "", units)
    return (title, number(estimate.value, 2), interval_text(estimate.low, estimate.high, 2), units)


def _counted(n: int, arms: Mapping[int, str]) -> str:
    return arms.get(n, f"{n}")
