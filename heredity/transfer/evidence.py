"""What a finished study shows: every comparison, its tests, its heritability, and what it spent."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from heredity.evaluation.failures import read_failures
from heredity.gate.extension import extension_steps, final_arm
from heredity.inheritance.pedigree import read_pedigree, refuse_other_parents, stored_births, why_ended
from heredity.layout import ArmFolder, Layout, control_arm
from heredity.reading import Address
from heredity.training.curves import as_arrays, read_curves
from heredity.training.history import read_history, redrawn
from heredity.training.living import refuse_others
from heredity.transfer.alignment import Arm
from heredity.transfer.comparison import compare
from heredity.transfer.estimates import Heritability, Transfer
from heredity.transfer.kinship import Kinship, kinship
from heredity.transfer.permutation import holm
from heredity.transfer.plan import Compared, ComparisonPlan
from heredity.transfer.selected import compared_arms, selection_note
from heredity.transfer.spending import INHERITED, ArmName, Arms, Curves, Spending, Spent, spending
from heredity.transfer.stored_heritability import stored_heritability
from heredity.transfer.survival import Shares, Time, shares, time_to_threshold, times_to_threshold, with_failed

Runs = Mapping[str, Arm]
"""The arms of a generation as they are compared."""


@dataclass(frozen=True)
class Survival:
    """What survival.json holds of one generation.

    times: by arm and member. weak: the shares of each arm, steps counted on the task, of a control from which the gate
    chooses those of whom it let through. strong: those of the inherited arm with its ancestors' steps counted as well,
    None without a control. heritability: from parents to members where there is no control, and so no place for it in
    transfer.json.
    """

    times: Mapping[ArmName, Mapping[Address, Time]]
    weak: Mapping[ArmName, Shares]
    strong: Shares | None = None
    heritability: Heritability | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Evidence:
    """By generation, the content of transfer.json, spending.json and survival.json, and the curves compared there."""

    transfers: Mapping[str, Transfer]
    spending: Spending
    survival: Mapping[str, Survival]
    arms: Mapping[str, Arms]


def stored_evidence(plan: ComparisonPlan, layout: Layout, window: int | None = None) -> Evidence:
    """Compare every generation that came with each of its controls, from the stored curves, evaluations, pedigree.

    window: training episodes behind each point of a curve, drawn anew where it is not what members were trained by.

    The p-values of all comparisons are adjusted for being several. Members and lineages of the same name are no pairs:
    they begin from other weights, so nothing that they share makes them more alike.
    """
    pedigree = read_pedigree(layout.lineage)
    plan = plan if window is None else plan.over(window)
    arms = {name: stored_arms(plan, name, layout, anew=window is not None) for name in plan.generations}
    failed = stored_failures(arms, layout)
    spent = spending(plan, arms, pedigree, failed)
    came = [name for name in plan.generations if INHERITED in arms[name]]
    refuse_other_parents(pedigree, {name: node.after for name, node in plan.generations.items()})
    for name in came:
        refuse_others(final_arm(layout, name).curves, arms[name][INHERITED], layout, name)
    inherited = {name: stored_heritability(plan, name, pedigree, layout) for name in came}
    chosen = {name: compared_arms(plan.generations[name], name, each, layout) for name, each in arms.items()}
    kin = {
        name: kinship(plan, name, pedigree.of(name), stored_births(layout, name).lost if pedigree.of(name) else {})
        for name in came
    }
    runs = {name: _runs(plan, name, layout, chosen[name], spent.generations[name], failed, kin[name]) for name in came}
    compared = _compared(plan, runs, spent, kin)
    adjusted = holm({" ".join(both): transfer.test.p for both, transfer in compared.items()})
    told = {
        both: replace(
            transfer,
            control=both[1],
            test=replace(transfer.test, p_holm=adjusted[" ".join(both)]),
            parents=kin[both[0]].parents,
            notes=(*transfer.notes, *_notes(both[1], kin[both[0]], (arms[both[0]], chosen[both[0]]), runs[both[0]])),
        )
        for both, transfer in compared.items()
    }
    transfers = {name: _first(name, told, inherited[name]) for name in came if plan.generations[name].controls}
    survival = {
        name: _survival(
            plan.generations[name], (arms[name], chosen[name]), runs[name], transfers.get(name), inherited[name]
        )
        for name in came
    }
    return Evidence(transfers, spent, survival, chosen)


def _compared(
    plan: ComparisonPlan, runs: Mapping[str, Runs], spent: Spending, kin: Mapping[str, Kinship]
) -> dict[tuple[str, str], Transfer]:
    """Compare generations that came, by name and control."""
    return {
        (name, control): compare(
            arms[INHERITED],
            arms[control_arm(control)],
            threshold=plan.generations[name].threshold,
            seed=plan.seeds(name).integer("compare"),
            study_steps=spent.generations[name][INHERITED].before,
            design=kin[name].design,
        )
        for name, arms in runs.items()
        for control in plan.generations[name].controls
    }


def _first(generation: str, told: Mapping[tuple[str, str], Transfer], inherited: Heritability | None) -> Transfer:
    """Return the comparison with a generation's first control, the others beside it."""
    (_, first), *others = [(control, each) for (name, control), each in told.items() if name == generation]
    return replace(first, heritability=inherited, beside=dict(others))


def _notes(control: str, kin: Kinship, populations: tuple[Arms, Arms], runs: Runs) -> list[str]:
    """Say of whom a comparison is: kin, those whom a gate chose, those who lived.

    populations: the arms of the generation as they learned, and as they are compared.
    """
    members, compared = (arms[control_arm(control)] for arms in populations)
    return [
        *kin.notes(),
        *selection_note(control, members, compared),
        *_failure_notes(runs, control),
    ]


def stored_arms(plan: ComparisonPlan, generation: str, layout: Layout, *, anew: bool = False) -> Arms:
    """Read the curves of a generation's members, if it came, and of its controls; anew: drawn from their episodes."""
    node, came = plan.generations[generation], why_ended(layout, generation) is None
    folders = {INHERITED: final_arm(layout, generation)} if came else {}
    folders |= {control_arm(name): layout.control(generation, name) for name in node.controls}

    def curves(folder: ArmFolder) -> Curves:
        stored = read_curves(folder.curves)
        if not anew:
            return stored
        return {name: redrawn(curve, read_history(folder.model(name)), node.window) for name, curve in stored.items()}

    return {arm: curves(folder) for arm, folder in folders.items()}


def stored_failures(arms: Mapping[str, Arms], layout: Layout) -> dict[tuple[str, str], dict[str, int]]:
    """Return by generation and arm the steps that members which failed in training had taken, by name."""
    return {
        (name, arm): {
            failure.member: failure.env_steps
            for folder in ((arm, "extension") if arm == INHERITED else (arm,))
            for failure in read_failures(layout.arm(name, folder).training_failures)
        }
        for name, both in arms.items()
        for arm in both
    }


def _runs(
    plan: ComparisonPlan,
    generation: str,
    layout: Layout,
    arms: Arms,
    spent: Mapping[str, Spent[int]],
    failed: Mapping[tuple[str, str], Mapping[str, int]],
    kin: Kinship,
) -> dict[str, Arm]:
    """Return the arms of a generation as they are compared."""
    node = plan.generations[generation]
    budget = _followed(node.budget + extension_steps(layout, generation), arms.get(INHERITED, {}))
    budgets = {
        control_arm(name): max(budget, _followed(control.budget, arms[control_arm(name)]))
        for name, control in node.controls.items()
    } | {INHERITED: budget}
    passed = {control_arm(name) for name, control in node.controls.items() if control.selected}
    without: dict[str, tuple[str, ...]] = {arm: () if arm in passed else tuple(failed[generation, arm]) for arm in arms}

    def run(arm: str, curves: Curves) -> Arm:
        everybody = dict.fromkeys([*curves, *without[arm]])
        units = kin.units_of(everybody, has_parents=arm == INHERITED)
        lost = kin.lost if arm == INHERITED else {}
        return Arm(curves, budgets[arm], spent[arm].ancestors or 0, without[arm], node.window, units, lost)

    return {arm: run(arm, curves) for arm, curves in arms.items()}


def _followed(budget: int, curves: Curves) -> int:
    """Return until when an arm is followed: to the end of the rollout in which its budget is used up."""
    return max([budget, *(curve[-1].env_steps for curve in curves.values())])


def _survival(
    node: Compared,
    populations: tuple[Arms, Arms],
    runs: Runs,
    transfer: Transfer | None,
    inherited: Heritability | None,
) -> Survival:
    """Return when members learned; populations: the arms as they learned, and as they are compared."""
    threshold, (arms, compared) = node.threshold, populations
    curves = {arm: {name: as_arrays(curve, node.window) for name, curve in each.items()} for arm, each in arms.items()}
    times = {
        arm: {member: time_to_threshold(curve, threshold) for member, curve in members.items()}
        for arm, members in curves.items()
    }

    def reached(arm: str, source_steps: Mapping[str, int]) -> Shares:
        shifts = [source_steps.get(member, 0) for member in compared[arm]]
        of_curves = times_to_threshold([curves[arm][member] for member in compared[arm]], shifts, threshold)
        without = len(runs[arm].failed) + sum(runs[arm].lost.values())
        return shares(with_failed(of_curves, without, runs[arm].budget))

    weak = {arm: reached(arm, {}) for arm in curves}
    if transfer is None:
        return Survival(times, weak, heritability=inherited)
    return Survival(times, weak, reached(INHERITED, transfer.source_steps))


def _failure_notes(runs: Runs, control: str) -> list[str]:
    """Say who has no curve, because returns and areas are then of a selection."""
    missing = {"inherited arm": runs[INHERITED].failed, f"control {control}": runs[control_arm(control)].failed}
    return [
        f"{', '.join(names)} of the {arm} failed in training: in times to the threshold they count as not having "
        "reached it, in returns and areas not at all"
        for arm, names in missing.items()
        if names
    ]
