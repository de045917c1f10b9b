"""What a comparison found, as tables: transfer, heritability, memory."""

from collections.abc import Mapping
from types import MappingProxyType

from heredity.report.tables import Table
from heredity.report.verdict import interval_text, is_known, number, ratio
from heredity.transfer.breeding import RANDOM_MEMBERS
from heredity.transfer.continual import ContinualMatrix
from heredity.transfer.estimates import Contrast, Estimate, Heritability, TimeToThreshold, Transfer
from heredity.transfer.glance import OUTCOMES


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
        *_contrast("Interquartile mean score", transfer.interquartile_mean, transfer.arms),
        *_contrast("Optimality gap of the score", transfer.optimality_gap, transfer.arms),
    ]
    arms = _of_arms(transfer)
    rows = [_estimate_row(title, estimate, arms) for title, estimate in estimates if estimate]
    for kind, times in (
        ("weak", transfer.time_to_threshold),
        ("strong", transfer.time_to_threshold_strong),
        ("all spent charged", transfer.time_to_threshold_study),
    ):
        rows += _time_rows(times, kind, arms, transfer.arms) if times else []
    counted = {"lineages": "Lineages", "parents": "Parents + runs", "members": "Runs"}[transfer.unit]
    return Table(("Metric", "Estimate", "95 % interval", counted), tuple(rows), words=("Metric",), prose=("Metric",))


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
                (f"Slope of {line.families} families, {kind}", line.slope, "children"),
                (f"Slope corrected for noise, {kind}", line.corrected, "children"),
            ]
    rows = [
        (*_estimate_row(title, estimate)[:-1], f"{estimate.n} {counted}")
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
        rows.append((title, median, "", f"{arm.reached} of {arm.of} reached"))
    saved = times.restricted_mean.difference
    title = f"Mean steps to the threshold within {times.restricted_to:,.0f}, {kind}, {' less '.join(labels)}"
    return [*rows, (title, number(saved.value, 0), interval_text(saved.low, saved.high, 0), _counted(saved.n, arms))]


def _estimate_row(title: str, estimate: Estimate, arms: Mapping[int, str] = MappingProxyType({})) -> tuple[str, ...]:
    units = _counted(estimate.n, arms)
    if estimate.value is None:
        return (title, "undefined", "", units)
    return (title, number(estimate.value, 2), interval_text(estimate.low, estimate.high, 2), units)


def _counted(n: int, arms: Mapping[int, str]) -> str:
    return arms.get(n, f"{n}")
