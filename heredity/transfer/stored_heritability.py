"""The heritability of a stored study's generation: whose fitness is compared with whose, and what blurs it."""

from dataclasses import dataclass, replace

import numpy as np

from heredity.evaluation.returns import read_evaluation
from heredity.gate.extension import final_arm
from heredity.inheritance.pedigree import Pedigree
from heredity.layout import ArmFolder, Layout
from heredity.study.lineages import lineage_of
from heredity.training.curves import read_curves
from heredity.training.living import stored_gate
from heredity.transfer.estimates import Heritability
from heredity.transfer.heritability import FRESH_WEIGHTS, RANDOM_MEMBERS, Baseline, heritability
from heredity.transfer.plan import ComparisonPlan

FEWEST = 2
"""Children, or members of a baseline, below which nothing is estimated."""


@dataclass(frozen=True)
class _Fitness:
    """An arm's members before and after training, those of which both are known."""

    zero_shot: dict[str, float]
    trained: dict[str, float]


def stored_heritability(
    plan: ComparisonPlan, generation: str, pedigree: Pedigree, layout: Layout
) -> Heritability | None:
    """Estimate the heritability from a generation's parents to its members; None where fewer than two have parents.

    Baseline: a generation after the same parents on the same task whose parents were not only survivors, else fresh
    weights: this generation's control, and on the parents' task the members without parents or their own control.
    """
    before = plan.generations[generation].after
    fitness = _fitness(final_arm(layout, generation))
    parents = {child: birth.parents for child, birth in pedigree.of(generation).items()}
    children = {child: names for child, names in parents.items() if names and child in fitness.trained}
    if before not in plan.generations or len(children) < FEWEST:
        return None
    estimated = heritability(
        read_evaluation(final_arm(layout, before).evaluation, "report"),
        children,
        fitness.zero_shot,
        fitness.trained,
        baseline=_random_baseline(plan, generation, pedigree, layout) or _fresh_baseline(plan, generation, layout),
        seed=plan.seeds(generation).integer("heritability"),
        units={child: lineage_of(child) for child in children} if plan.lineages > 1 else None,
    )
    return replace(estimated, notes=(*estimated.notes, *_notes(plan, generation, layout)))


def _random_baseline(plan: ComparisonPlan, generation: str, pedigree: Pedigree, layout: Layout) -> Baseline | None:
    node = plan.generations[generation]
    for name in plan.children(node.after):
        same_task = plan.generations[name].env == node.env and plan.generations[name].budget == node.budget
        if name != generation and same_task and not _from_survivors(plan, pedigree, name, layout):
            return _baseline(RANDOM_MEMBERS, None, _fitness(final_arm(layout, name)))
    return None


def _fresh_baseline(plan: ComparisonPlan, generation: str, layout: Layout) -> Baseline | None:
    if not (control := _control_alike(plan, generation, layout)):
        return None
    before = plan.generations[generation].after
    controlled = _control_alike(plan, before, layout)
    began_fresh = plan.generations[before].after == "founders" and not plan.founders
    fresh = controlled or (final_arm(layout, before) if began_fresh else None)
    parents = list(_fitness(fresh).zero_shot.values()) if fresh else None
    return _baseline(FRESH_WEIGHTS, parents, _fitness(control))


def _control_alike(plan: ComparisonPlan, generation: str, layout: Layout) -> ArmFolder | None:
    """Return the first control of a generation that learns by its algorithm, None where there is none."""
    controls = plan.generations[generation].controls.items()
    return next((layout.control(generation, name) for name, control in controls if control.alike), None)


def _baseline(kind: str, parents: list[float] | None, fitness: _Fitness) -> Baseline | None:
    if len(fitness.zero_shot) < FEWEST:
        return None
    lineages = [lineage_of(member) for member in fitness.zero_shot]
    units = lineages if any(lineages) else None
    return Baseline(kind, parents, list(fitness.zero_shot.values()), list(fitness.trained.values()), units)


def _fitness(arm: ArmFolder) -> _Fitness:
    curves, returns = read_curves(arm.curves), read_evaluation(arm.evaluation, "report")
    first = {member: curve[0].return_mean for member, curve in curves.items() if member in returns}
    zero_shot = {member: value for member, value in first.items() if value is not None}
    return _Fitness(zero_shot, {member: float(np.mean(returns[member])) for member in zero_shot})


def _from_survivors(plan: ComparisonPlan, pedigree: Pedigree, generation: str, layout: Layout) -> bool:
    """Say whether all parents passed the gate of the generation before, or there are none."""
    survivors = stored_gate(layout, plan.generations[generation].after).survivors
    return {parent for birth in pedigree.of(generation).values() for parent in birth.parents} <= set(survivors)


def _notes(plan: ComparisonPlan, generation: str, layout: Layout) -> tuple[str, ...]:
    """Say where the stored numbers flatter or blur the estimate."""
    node = plan.generations[generation]
    before = plan.generations[node.after]
    notes = []
    if not read_evaluation(final_arm(layout, node.after).evaluation, "select"):
        notes.append("the parents were selected on the episodes that measure them, so S holds selection's luck")
    if before.deterministic:
        notes.append("parents act deterministically and untrained children by sampling, so slopes mix both")
    if before.env != node.env:
        notes.append("parents and children play different tasks: slopes and ratios are between their scales of return")
    return tuple(notes)
