"""What a finished study shows: every comparison, its tests, its heritability, and what it spent."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from heredity.evaluation.failures import read_failures
from heredity.gate.extension import extension_steps, final_arm
from heredity.inheritance.pedigree import Pedigree, read_pedigree, refuse_other_parents, why_ended
from heredity.layout import Layout
from heredity.reading import Address, Name
from heredity.training.curves import as_arrays, read_curves
from heredity.training.living import refuse_others
from heredity.transfer.alignment import Arm
from heredity.transfer.comparison import compare
from heredity.transfer.estimates import Heritability, Transfer
from heredity.transfer.permutation import holm
from heredity.transfer.plan import Compared, ComparisonPlan
from heredity.transfer.spending import CONTROL, INHERITED, Arms, Spending, Spent, spending
from heredity.transfer.stored_heritability import stored_heritability
from heredity.transfer.survival import Shares, Time, shares, time_to_threshold, times_to_threshold, with_failed


@dataclass(frozen=True)
class Survival:
    """What survival.json holds of one generation.

    times: by arm and member. weak: the shares of each arm, steps counted on the task. strong: those of the inherited
    arm with its ancestors' steps counted as well, None without a control. heritability: from parents to members where
    there is no control, and so no place for it in transfer.json.
    """

    times: Mapping[Name, Mapping[Address, Time]]
    weak: Mapping[Name, Shares]
    strong: Shares | None = None
    heritability: Heritability | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Evidence:
    """By generation, the content of transfer.json, spending.json and survival.json, and the curves behind them."""

    transfers: Mapping[str, Transfer]
    spending: Spending
    survival: Mapping[str, Survival]
    arms: Mapping[str, Arms]


def stored_evidence(plan: ComparisonPlan, layout: Layout) -> Evidence:
    """Compare both arms of every generation that came and has a control, from the stored curves, evaluations, pedigree.

    The p-values of the generations are adjusted for being several. Members of the same name are no pairs: they begin
    from other weights, so nothing that they share makes them more alike.
    """
    pedigree = read_pedigree(layout.lineage)
    arms = {name: stored_arms(plan, name, layout) for name in plan.generations}
    failed = stored_failures(arms, layout)
    spent = spending(plan, arms, pedigree, failed)
    came = [name for name in plan.generations if INHERITED in arms[name]]
    refuse_other_parents(pedigree, {name: node.after for name, node in plan.generations.items()})
    for name in came:
        refuse_others(final_arm(layout, name).curves, arms[name][INHERITED], layout, name)
    inherited = {name: stored_heritability(plan, name, pedigree, layout) for name in came}
    runs = {name: _runs(plan, name, layout, arms[name], spent.generations[name], failed) for name in came}
    compared = {
        name: compare(
            runs[name][INHERITED],
            runs[name][CONTROL],
            threshold=plan.generations[name].threshold,
            seed=plan.seeds(name).integer("compare"),
            study_steps=spent.generations[name][INHERITED].before,
        )
        for name in plan.controlled
        if name in came
    }
    adjusted = holm({name: transfer.test.p for name, transfer in compared.items()})
    transfers = {
        name: replace(
            transfer,
            test=replace(transfer.test, p_holm=adjusted[name]),
            heritability=inherited[name],
            parents=_few_parents(name, pedigree),
            notes=(*transfer.notes, *_kinship_note(name, pedigree), *_failure_notes(name, arms[name], failed)),
        )
        for name, transfer in compared.items()
    }
    survival = {
        name: _survival(plan.generations[name], arms[name], runs[name], transfers.get(name), inherited[name])
        for name in came
    }
    return Evidence(transfers, spent, survival, arms)


def stored_arms(plan: ComparisonPlan, generation: str, layout: Layout) -> Arms:
    """Read the curves of a generation's members, if it came, and of its control where it has one."""
    came = why_ended(layout, generation) is None
    arms = {INHERITED: read_curves(final_arm(layout, generation).curves)} if came else {}
    if generation in plan.controlled:
        arms[CONTROL] = read_curves(layout.arm(generation, CONTROL).curves)
    return arms


def stored_failures(arms: Mapping[str, Arms], layout: Layout) -> dict[tuple[str, str], dict[str, int]]:
    """Return by generation and arm the steps that members which failed in training had taken, by name."""
    folders = {INHERITED: (INHERITED, "extension"), CONTROL: (CONTROL,)}
    return {
        (name, arm): {
            failure.member: failure.env_steps
            for folder in folders[arm]
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
) -> dict[str, Arm]:
    """Return the arms of a generation as they are compared."""
    node = plan.generations[generation]
    budget = node.budget + extension_steps(layout, generation)
    budgets = {INHERITED: budget, CONTROL: budget if node.control_budget is None else node.control_budget}
    return {
        arm: Arm(curves, budgets[arm], spent[arm].ancestors or 0, failed[generation, arm].keys(), node.window)
        for arm, curves in arms.items()
    }


def _survival(
    node: Compared, arms: Arms, runs: Mapping[str, Arm], transfer: Transfer | None, inherited: Heritability | None
) -> Survival:
    threshold = node.threshold
    curves = {arm: {name: as_arrays(curve, node.window) for name, curve in each.items()} for arm, each in arms.items()}
    times = {
        arm: {member: time_to_threshold(curve, threshold) for member, curve in members.items()}
        for arm, members in curves.items()
    }

    def reached(arm: str, source_steps: Mapping[str, int]) -> Shares:
        shifts = [source_steps.get(member, 0) for member in curves[arm]]
        of_curves = times_to_threshold(list(curves[arm].values()), shifts, threshold)
        return shares(with_failed(of_curves, len(runs[arm].failed), runs[arm].budget))

    weak = {arm: reached(arm, {}) for arm in curves}
    if transfer is None:
        return Survival(times, weak, heritability=inherited)
    return Survival(times, weak, reached(INHERITED, transfer.source_steps))


def _failure_notes(generation: str, arms: Arms, failed: Mapping[tuple[str, str], Mapping[str, int]]) -> list[str]:
    """Say who has no curve, because returns and areas are then of a selection."""
    missing = {arm: list(failed[generation, arm]) for arm in arms}
    return [
        f"{', '.join(names)} of the {arm} arm failed in training: in times to the threshold they count as not having "
        "reached it, in returns and areas not at all"
        for arm, names in missing.items()
        if names
    ]


def _few_parents(generation: str, pedigree: Pedigree) -> int | None:
    """Return how many parents the inherited members descend from, where those are fewer than they are."""
    heirs = [birth.parents for birth in pedigree.of(generation).values() if birth.parents]
    parents = {parent for couple in heirs for parent in couple}
    return len(parents) if 0 < len(parents) < len(heirs) else None


def _kinship_note(generation: str, pedigree: Pedigree) -> list[str]:
    """Say what that means: children of one parent are no independent runs."""
    if not (few := _few_parents(generation, pedigree)):
        return []
    parents = "1 parent" if few == 1 else f"{few} parents"
    heirs = sum(bool(birth.parents) for birth in pedigree.of(generation).values())
    return [
        f"{heirs} inherited members descend from {parents}: they are more alike than independent runs, so intervals "
        "and p-values hold for these parents and not for others (docs/evidence.md)"
    ]
