"""What a finished study shows: every comparison, its tests, its heritability, and what it spent."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from heredity.gate.extension import extension_steps, final_arm
from heredity.inheritance.pedigree import read_pedigree, refuse_other_parents, stored_births
from heredity.layout import Layout, control_arm
from heredity.reading import Address
from heredity.training.curves import as_arrays
from heredity.training.living import refuse_others
from heredity.transfer.alignment import Arm
from heredity.transfer.comparison import compare
from heredity.transfer.contrasts import Branch, BranchContrast, contrasts
from heredity.transfer.estimates import Heritability, Transfer
from heredity.transfer.kinship import Kinship, kinship
from heredity.transfer.permutation import holm
from heredity.transfer.plan import Compared, ComparisonPlan
from heredity.transfer.runs import compared_runs, failure_notes, stored_arms, stored_failures
from heredity.transfer.selected import compared_arms, selection_note
from heredity.transfer.spending import INHERITED, ArmName, Arms, Spending, heirs_ranking, spending
from heredity.transfer.stored_heritability import stored_heritability
from heredity.transfer.survival import Shares, Time, shares, time_to_threshold, times_to_threshold, with_failed
from heredity.workers import telling


@dataclass(frozen=True)
class Survival:
    """What survival.json holds of one generation.

    times: by arm and member, its share of what ranking took counted. weak: the shares of each arm, steps counted so on
    the task, of a control from which the gate chooses those of whom it let through. strong: those of the inherited arm
    with its ancestors' steps counted as well, None without a control. heritability: from parents to members where there
    is no control, and so no place for it in transfer.json.
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
    """By generation, the content of transfer.json, spending.json and survival.json, and the curves compared there.

    contrasts: of branches, the content of contrasts.json.
    """

    transfers: Mapping[str, Transfer]
    spending: Spending
    survival: Mapping[str, Survival]
    arms: Mapping[str, Arms]
    contrasts: tuple[BranchContrast, ...] = ()


def stored_evidence(plan: ComparisonPlan, layout: Layout, window: int | None = None) -> Evidence:
    """Compare every generation that came with each of its controls, from the stored curves, evaluations, pedigree.

    window: training episodes behind each point of a curve, drawn anew where it is not what members were trained by.

    Branches are compared as the study asks for it. The p-values of all comparisons are adjusted for being several.
    Members and lineages of the same name are no pairs, but those of branches: they begin from other weights, so nothing
    that they share makes them more alike.
    """
    pedigree = read_pedigree(layout.lineage)
    plan = plan if window is None else plan.over(window)
    arms = {name: stored_arms(plan, name, layout, anew=window is not None) for name in plan.generations}
    came = [name for name in plan.generations if INHERITED in arms[name]]
    births = {name: stored_births(layout, name) for name in came if pedigree.of(name)}
    failed, ranking = stored_failures(arms, layout), {name: heirs_ranking(each) for name, each in births.items()}
    spent = spending(plan, arms, pedigree, failed, ranking)
    refuse_other_parents(pedigree, {name: node.after for name, node in plan.generations.items()})
    for name in came:
        refuse_others(final_arm(layout, name).curves, arms[name][INHERITED], layout, name)
    inherited = {name: stored_heritability(plan, name, pedigree, layout) for name in came}
    chosen = {name: compared_arms(plan.generations[name], name, each, layout) for name, each in arms.items()}
    kin = {name: kinship(plan, name, pedigree.of(name), births[name].lost if name in births else {}) for name in came}
    runs = {
        name: compared_runs(plan, name, layout, chosen[name], spent.generations[name], failed, kin[name])
        for name in came
    }
    compared = _compared(plan, runs, spent, kin)
    branches = {name: Branch(runs[name][INHERITED], kin[name], extension_steps(layout, name)) for name in came}
    compared, contrasted = _adjusted(compared, contrasts(plan, branches, spent))
    told = {
        both: _told(transfer, both[1], kin[both[0]], (arms[both[0]], chosen[both[0]]), runs[both[0]])
        for both, transfer in compared.items()
    }
    transfers = {name: _first(name, told, inherited[name]) for name in came if plan.generations[name].controls}
    survival = {
        name: _survival(
            plan.generations[name], (arms[name], chosen[name]), runs[name], transfers.get(name), inherited[name]
        )
        for name in came
    }
    return Evidence(transfers, spent, survival, chosen, contrasted)


def _adjusted(
    compared: Mapping[tuple[str, str], Transfer], branches: tuple[BranchContrast, ...]
) -> tuple[dict[tuple[str, str], Transfer], tuple[BranchContrast, ...]]:
    """Adjust the p-values of all comparisons of a study, with controls and of branches, for being several."""
    p_values = {f"{name} {control_arm(control)}": each.test.p for (name, control), each in compared.items()}
    adjusted = holm(p_values | {each.title: each.transfer.test.p for each in branches})
    transfers = {
        (name, control): replace(each, test=replace(each.test, p_holm=adjusted[f"{name} {control_arm(control)}"]))
        for (name, control), each in compared.items()
    }
    return transfers, tuple(each.tested(adjusted[each.title]) for each in branches)


def _compared(
    plan: ComparisonPlan, runs: Mapping[str, Mapping[str, Arm]], spent: Spending, kin: Mapping[str, Kinship]
) -> dict[tuple[str, str], Transfer]:
    """Compare generations that came, by name and control."""
    both = [(name, control) for name in runs for control in plan.generations[name].controls]
    return {
        (name, control): compare(
            runs[name][INHERITED],
            runs[name][control_arm(control)],
            threshold=plan.generations[name].threshold,
            seed=plan.seeds(name).integer("compare"),
            study_steps=spent.generations[name][INHERITED].before,
            design=kin[name].design,
        )
        for name, control in telling(both)
    }


def _first(generation: str, told: Mapping[tuple[str, str], Transfer], inherited: Heritability | None) -> Transfer:
    """Return the comparison with a generation's first control, the others beside it."""
    (_, first), *others = [(control, each) for (name, control), each in told.items() if name == generation]
    return replace(first, heritability=inherited, beside=dict(others))


def _told(
    transfer: Transfer, control: str, kin: Kinship, populations: tuple[Arms, Arms], runs: Mapping[str, Arm]
) -> Transfer:
    """Return a comparison with whom it is of: kin, those whom a gate chose, those who lived.

    populations: the arms of the generation as they learned, and as they are compared.
    """
    arm = control_arm(control)
    members, compared = (arms[arm] for arms in populations)
    lived = failure_notes({"inherited arm": runs[INHERITED], f"control {control}": runs[arm]})
    notes = (*transfer.notes, *kin.notes(), *selection_note(control, members, compared), *lived)
    return replace(transfer, control=control, parents=kin.parents, notes=notes)


def _survival(
    node: Compared,
    populations: tuple[Arms, Arms],
    runs: Mapping[str, Arm],
    transfer: Transfer | None,
    inherited: Heritability | None,
) -> Survival:
    """Return when members learned; populations: the arms as they learned, and as they are compared."""
    threshold, (arms, compared) = node.threshold, populations
    curves = {arm: {name: as_arrays(curve, node.window) for name, curve in each.items()} for arm, each in arms.items()}
    times = {
        arm: {
            member: time_to_threshold(curve, threshold, runs[arm].ranking_steps.get(member, 0))
            for member, curve in members.items()
        }
        for arm, members in curves.items()
    }

    def reached(arm: str, source_steps: Mapping[str, int]) -> Shares:
        ranking = runs[arm].ranking_steps
        shifts = [source_steps.get(member, 0) + ranking.get(member, 0) for member in compared[arm]]
        of_curves = times_to_threshold([curves[arm][member] for member in compared[arm]], shifts, threshold)
        without = len(runs[arm].failed) + sum(runs[arm].lost.values())
        return shares(with_failed(of_curves, without, runs[arm].budget))

    weak = {arm: reached(arm, {}) for arm in curves}
    if transfer is None:
        return Survival(times, weak, heritability=inherited)
    return Survival(times, weak, reached(INHERITED, transfer.source_steps))
