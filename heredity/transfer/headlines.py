"""The few numbers of a generation that one wants in a table of experiments, and its curves in a plot of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heredity.evaluation.confirmations import read_confirmations
from heredity.gate.confirmation import Confirmation, first_confirmed
from heredity.gate.record import GateRecord
from heredity.inheritance.pedigree import stored_births
from heredity.layout import Layout
from heredity.study.sections import PrimaryOutcome
from heredity.training.living import stored_gate
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.estimates import Curve, Transfer
from heredity.transfer.plan import ComparisonPlan

POINTS = 101
"""Rows of a median curve, evenly spaced from 0 to the budget."""


def headlines(
    plan: ComparisonPlan,
    transfers: Mapping[str, Transfer],
    layout: Layout,
    contrasts: Sequence[BranchContrast] = (),
) -> dict[str, dict[str, Any]]:
    """Return the rows of `dvc metrics show`, of at most eight columns: a generation's, with its first control.

    Every other control of it has a row of its own, "large against longer", and so have two branches that are compared,
    "medium against random", with their primary outcome.
    """
    gates = {name: stored_gate(layout, name) for name in plan.order()}
    generations = {
        name: {"ended": gate.ended}
        if gate.ended is not None
        else _headlines(
            len(stored_births(layout, name).heirs), gate, read_confirmations(layout, name), transfers.get(name)
        )
        for name, gate in gates.items()
    }
    beside = {
        f"{name} against {control}": _compared(other)
        for name, transfer in transfers.items()
        for control, other in transfer.beside.items()
    }
    return generations | beside | {contrast.title: _primary(contrast.transfer) for contrast in contrasts}


def best_mean(gate: GateRecord, confirmations: Mapping[str, Confirmation]) -> float | None:
    """Return the mean return that a generation is known by; None where nobody was confirmed.

    It is that of the survivor whom the gate ranked first, over episodes that did not choose it.
    """
    best = first_confirmed(gate.survivors, confirmations)
    return None if best is None else best[1].mean


def median_curves(arms: Mapping[str, Mapping[str, Curve]], budget_steps: int) -> list[dict[str, float]]:
    """Return the median over members at POINTS steps by arm; a member that has stopped keeps its last return."""
    steps = np.linspace(0, budget_steps, POINTS)
    medians = {
        arm: np.median([np.interp(steps, *curve) for curve in curves.values()], axis=0) for arm, curves in arms.items()
    }
    return [
        {"env_steps": float(step), **{arm: float(values[index]) for arm, values in medians.items()}}
        for index, step in enumerate(steps)
    ]


def _headlines(
    members: int, gate: GateRecord, confirmations: Mapping[str, Confirmation], transfer: Transfer | None
) -> dict[str, Any]:
    passed = {"passed": len(gate.passed), "of": members, "best_mean": best_mean(gate, confirmations)}
    return passed | (_compared(transfer) if transfer else {})


def _compared(transfer: Transfer) -> dict[str, float | None]:
    """Return what the comparison with one control comes to."""
    return {
        "steps_saved": 0.0 - transfer.time_to_threshold.restricted_mean.difference.value,
        "steps_saved_strong": 0.0 - transfer.time_to_threshold_strong.restricted_mean.difference.value,
        "jumpstart": transfer.jumpstart.value,
        "forward_transfer": transfer.forward_transfer.value,
        "p_holm": transfer.test.p_holm,
    }


GAINS: dict[PrimaryOutcome, str] = {
    "steps": "steps_saved",
    "steps_strong": "steps_saved_strong",
    "area": "area_difference",
    "jumpstart": "jumpstart",
    "asymptote": "asymptotic_gain",
}
"""What the primary outcome is called, more of it being better for the first branch."""


def _primary(transfer: Transfer) -> dict[str, float | None]:
    """Return what the comparison of two branches comes to."""
    value = transfer.primary.value
    gain = value if value is None or transfer.larger_is_better else 0.0 - value
    return {GAINS[transfer.outcome]: gain, "p_holm": transfer.test.p_holm}
