"""A comparison at a glance: the line that Python prints of it, and the table that a notebook shows."""

from typing import Any

from heredity.gate.html_table import html_table, number_text
from heredity.study.sections import PrimaryOutcome

OUTCOMES: dict[PrimaryOutcome, str] = {
    "steps": "mean steps to the threshold",
    "steps_strong": "mean steps to the threshold, ancestors' steps charged",
    "area": "mean return over the budget",
    "jumpstart": "return before training",
    "asymptote": "mean return over the last tenth of the budget",
}

CAPTION = "Inherited less control, with 95 % intervals"


def transfer_line(transfer: Any) -> str:
    """Return the primary outcome of a `Transfer`, whose module imports this one, and its test."""
    found = f"{OUTCOMES[transfer.outcome]}, inherited less control: {_estimate_text(transfer.primary)}"
    return f"Transfer({found}; {transfer.test.statement}; {_reached(transfer)})"


def transfer_html(transfer: Any) -> str:
    """Return what a notebook shows of a `Transfer`: differences with their intervals, the test, and what to heed."""
    weak, strong = transfer.time_to_threshold, transfer.time_to_threshold_strong
    estimates = {
        f"{OUTCOMES['steps']}, within {number_text(weak.restricted_to)}": weak.restricted_mean.difference,
        f"{OUTCOMES['steps_strong']}, within {number_text(strong.restricted_to)}": strong.restricted_mean.difference,
        f"{OUTCOMES['area']}": transfer.area_difference,
        f"{OUTCOMES['jumpstart']} (jumpstart)": transfer.jumpstart,
        f"{OUTCOMES['asymptote']}": transfer.asymptotic_gain,
        "forward transfer": transfer.forward_transfer,
        "forward transfer, ancestors' steps charged": transfer.forward_transfer_strong,
    }
    rows = [
        (title, "undefined" if each.value is None else each.value, _interval_text(each), each.n)
        for title, each in estimates.items()
    ]
    test = f"Primary outcome: {OUTCOMES[transfer.outcome]}; {transfer.test.statement}."
    harm = [f"Inheriting did harm to: {', '.join(transfer.negative)}."] if transfer.negative else []
    notes = (f"{_reached(transfer)}.", test, *harm, *transfer.notes)
    return html_table(CAPTION, ("", "difference", "interval", transfer.unit), rows, notes)


def _reached(transfer: Any) -> str:
    inherited, control = transfer.time_to_threshold.inherited, transfer.time_to_threshold.control
    who = f"{inherited.reached:,} of {inherited.of:,} inherited members"
    return f"{who} and {control.reached:,} of {control.of:,} of the control reached the threshold"


def _estimate_text(estimate: Any) -> str:
    return "undefined" if estimate.value is None else f"{number_text(estimate.value)} {_interval_text(estimate)}"


def _interval_text(estimate: Any) -> str:
    if estimate.low is None or estimate.high is None:
        return "[no interval]"
    return f"[{number_text(estimate.low)}, {number_text(estimate.high)}]"
