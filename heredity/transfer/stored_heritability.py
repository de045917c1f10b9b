"""The heritability of a stored study's generation: whose fitness is compared with whose, and what blurs it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from heredity.errors import named
from heredity.evaluation.returns import read_evaluation
from heredity.gate.extension import final_arm
from heredity.inheritance.pedigree import Pedigree
from heredity.layout import ArmFolder, Layout
from heredity.reading import is_there
from heredity.study.lineages import by_lineage
from heredity.training.curves import read_curves
from heredity.training.living import stored_gate
from heredity.transfer.breeding import FRESH_WEIGHTS, RANDOM_MEMBERS, Baseline
from heredity.transfer.estimates import Heritability
from heredity.transfer.families import Parents, Returns
from heredity.transfer.heritability import heritability
from heredity.transfer.plan import Compared, ComparisonPlan

FEWEST = 2
"""Children, or members of a baseline, below which nothing is estimated."""


@dataclass(frozen=True)
class _Fitness:
    """Members before and after training, those of which both are known."""

    zero_shot: dict[str, float]
    trained: dict[str, float]

    def of(self, members: Collection[str]) -> "_Fitness":
        """Return that of some of the members."""
        before, after = (
            {name: value for name, value in each.items() if name in members} for each in (self.zero_shot, self.trained)
        )
        return _Fitness(before, after)


def stored_heritability(
    plan: ComparisonPlan, generation: str, pedigree: Pedigree, layout: Layout
) -> Heritability | None:
    """Estimate the heritability from a generation's parents to its members; None where fewer than two have parents.

    S is of the episodes that confirmed the parents, or of the gate's where nobody chose these. Baseline: the members,
    immigrants left out, of the sibling whose parents are members at random; where there is none, fresh weights: this
    generation's control, and on the parents' task the members without parents or their own control.
    """
    node = plan.generations[generation]
    if (before := node.after) not in plan.generations:
        return None
    members = read_evaluation(final_arm(layout, before).evaluation, "report")
    fitness = _fitness(final_arm(layout, generation))
    parents = {name: couple for name, couple in _parents(pedigree, generation).items() if name in fitness.trained}
    children = {child: couple for child, couple in parents.items() if members.keys() >= set(couple)}
    if len(children) < FEWEST:
        return None
    random = _random_baseline(node, pedigree, layout)
    estimated = heritability(
        members,
        children,
        fitness.zero_shot,
        fitness.trained,
        confirmed=_confirmed(layout, before) if node.chosen else members,
        baseline=random or _fresh_baseline(plan, generation, layout),
        one_scale=node.shares_a_scale(plan.generations[before]),
    )
    notes = [
        *(_beside(node, generation, random is not None) if node.chosen else ()),
        *_unmeasured(parents.keys() - children.keys()),
        *estimated.notes,
        *(_unconfirmed(plan, before, children, layout) if node.chosen else ()),
        *_blurs(plan.generations[before], node),
    ]
    return replace(estimated, notes=tuple(notes))


def _parents(pedigree: Pedigree, generation: str) -> Parents:
    """Return by member who its parents are, those without left out."""
    return {child: birth.parents for child, birth in pedigree.of(generation).items() if birth.parents}


def _confirmed(layout: Layout, generation: str) -> Returns:
    path = layout.confirmation(generation)
    return read_evaluation(path, "confirm") if is_there(path) else {}


def _random_baseline(node: Compared, pedigree: Pedigree, layout: Layout) -> Baseline | None:
    """Return the children of random members; None where they never came, or are none."""
    if node.random is None or not (parents := _parents(pedigree, node.random.name)):
        return None
    return _baseline(RANDOM_MEMBERS, None, _fitness(final_arm(layout, node.random.name)).of(parents))


def _fresh_baseline(plan: ComparisonPlan, generation: str, layout: Layout) -> Baseline | None:
    if not (control := _control_alike(plan, generation, layout)):
        return None
    before = plan.generations[generation].after
    controlled = _control_alike(plan, before, layout)
    began_fresh = plan.generations[before].after == "founders" and not plan.founders
    fresh = controlled or (final_arm(layout, before) if began_fresh else None)
    return _baseline(FRESH_WEIGHTS, _fitness(fresh).zero_shot if fresh else None, _fitness(control))


def _control_alike(plan: ComparisonPlan, generation: str, layout: Layout) -> ArmFolder | None:
    """Return the first control of a generation that learns by its algorithm, None where there is none."""
    controls = plan.generations[generation].controls.items()
    return next((layout.control(generation, name) for name, control in controls if control.alike), None)


def _baseline(kind: str, parents: Mapping[str, float] | None, fitness: _Fitness) -> Baseline | None:
    if len(fitness.zero_shot) < FEWEST:
        return None
    return Baseline(kind, parents, fitness.zero_shot, fitness.trained)


def _fitness(arm: ArmFolder) -> _Fitness:
    curves, returns = read_curves(arm.curves), read_evaluation(arm.evaluation, "report")
    first = {member: curve[0].return_mean for member, curve in curves.items() if member in returns}
    zero_shot = {member: value for member, value in first.items() if value is not None}
    return _Fitness(zero_shot, {member: float(np.mean(returns[member])) for member in zero_shot})


def _unconfirmed(plan: ComparisonPlan, before: str, children: Parents, layout: Layout) -> list[str]:
    """Say why parents were not confirmed, and what confirms them."""
    survivors = by_lineage(dict.fromkeys(stored_gate(layout, before).survivors)).values()
    place = {name: index for names in survivors for index, name in enumerate(names)}
    most, lacking = plan.generations[before].confirm, _parents_of(children) - _confirmed(layout, before).keys()
    if not lacking:
        return []
    last = max(place.get(name, 0) for name in lacking) + 1
    reasons = {
        f"only survivors of {before} are confirmed": lacking - place.keys(),
        f"evaluate.confirm of {before}: expected at least {last}, got {most}; write {last}": {
            name for name in lacking if place.get(name, 0) >= most
        },
        "its environment misbehaved": {name for name in lacking if place.get(name, most) < most},
    }
    return [
        *(f"{named(sorted(names))} not confirmed: {reason}" for reason, names in reasons.items() if names),
        "slopes are of the gate's episodes, which chose the parents, and hold that luck",
    ]


def _parents_of(children: Parents) -> set[str]:
    return {name for couple in children.values() for name in couple}


def _beside(node: Compared, generation: str, came: bool) -> list[str]:
    """Say what a study lacks for a heritability, or what else than selection its branches differ in."""
    if node.random is None:
        wanted = f"a generation after {node.after} like {generation}, with inherit.donors: random"
        return [f"no heritability, because there are no children of random members; {wanted}, has them"]
    if not came:
        return [f"no heritability, because {node.random.name} has no children of random members"]
    if node.random.differs:
        return [f"{node.random.name} differs from {generation} in {', '.join(node.random.differs)} as well"]
    return []


def _unmeasured(children: Collection[str]) -> list[str]:
    return [f"{named(sorted(children))} left out: not all of their parents were evaluated"] if children else []


def _blurs(before: Compared, node: Compared) -> list[str]:
    """Say what blurs the estimates."""
    notes = []
    if before.deterministic:
        notes.append("parents act deterministically and untrained children by sampling, so slopes mix both")
    if before.env != node.env:
        notes.append("parents and children play different tasks, so slopes and shares are from one to the other")
    return notes
