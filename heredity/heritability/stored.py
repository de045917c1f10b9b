"""Heritability of a generation from what a study has stored."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from heredity.curves import read_curves, read_evaluation
from heredity.heritability.estimates import FRESH_WEIGHTS, RANDOM_MEMBERS, Baseline, Heritability, heritability
from heredity.params import Study
from heredity.pedigree import Pedigree
from heredity.seeds import seed_integer
from heredity.settled import settled
from heredity.stored import read_gate

FEWEST = 2
"""Children, or members of a baseline, below which nothing is estimated."""


@dataclass(frozen=True)
class _Fitness:
    """An arm's members before and after training, those of which both are known."""

    zero_shot: dict[str, float]
    trained: dict[str, float]


def stored_heritability(study: Study, generation: str, pedigree: Pedigree, lineage: Path) -> Heritability | None:
    """Estimate the heritability from a generation's parents to its members; None where fewer than two have parents.

    Baseline: a generation after the same parents on the same task whose parents were not only survivors, else fresh
    weights: this generation's control, and on the parents' task the members without parents or their own control.
    """
    node = study.generations[generation]
    fitness, parents = _fitness(lineage / generation), _parents(pedigree, generation)
    known = {child: names for child, names in parents.items() if names and child in fitness.trained}
    if node.after not in study.generations or len(known) < FEWEST:
        return None
    members = read_evaluation(settled(lineage / node.after) / "evaluation.csv", "report")
    baseline = _random_baseline(study, generation, pedigree, lineage) or _fresh_baseline(study, generation, lineage)
    seed = seed_integer(study.seed, generation, "heritability")
    found = heritability(members, known, fitness.zero_shot, fitness.trained, baseline=baseline, seed=seed)
    return replace(found, notes=(*found.notes, *_notes(study, generation, lineage)))


def _random_baseline(study: Study, generation: str, pedigree: Pedigree, lineage: Path) -> Baseline | None:
    node = study.generations[generation]
    for name in study.children(node.after):
        same_task = study.generations[name].env == node.env and study.generations[name].budget == node.budget
        if name != generation and same_task and not _from_survivors(pedigree, name, lineage / node.after):
            one = _fitness(lineage / name)
            return _baseline(RANDOM_MEMBERS, None, one)
    return None


def _fresh_baseline(study: Study, generation: str, lineage: Path) -> Baseline | None:
    if generation not in study.control.generations:
        return None
    before = study.generations[generation].after
    fresh = lineage / before / "control" if before in study.control.generations else lineage / before
    began_fresh = study.generations[before].after == "founders" and not study.founders
    measured = began_fresh or before in study.control.generations
    parents = list(_fitness(fresh).zero_shot.values()) if measured else None
    return _baseline(FRESH_WEIGHTS, parents, _fitness(lineage / generation / "control"))


def _baseline(kind: str, parents: list[float] | None, fitness: _Fitness) -> Baseline | None:
    if len(fitness.zero_shot) < FEWEST:
        return None
    return Baseline(kind, parents, list(fitness.zero_shot.values()), list(fitness.trained.values()))


def _fitness(directory: Path) -> _Fitness:
    curves = read_curves(settled(directory) / "curves.csv")
    played = read_evaluation(settled(directory) / "evaluation.csv", "report")
    first = {member: curve[0].return_mean for member, curve in curves.items() if member in played}
    zero_shot = {member: value for member, value in first.items() if value is not None}
    return _Fitness(zero_shot, {member: float(np.mean(played[member])) for member in zero_shot})


def _parents(pedigree: Pedigree, generation: str) -> dict[str, tuple[str, ...]]:
    return {child: link.parents for (name, child), link in pedigree.links.items() if name == generation}


def _from_survivors(pedigree: Pedigree, generation: str, before: Path) -> bool:
    """Say whether all parents passed the gate of the generation before, or there are none."""
    survivors = set(read_gate(before)["survivors"])
    return {name for names in _parents(pedigree, generation).values() for name in names} <= survivors


def _notes(study: Study, generation: str, lineage: Path) -> tuple[str, ...]:
    """Say where the stored numbers flatter or blur the estimate."""
    before = study.generations[generation].after
    found = []
    if not read_evaluation(settled(lineage / before) / "evaluation.csv", "select"):
        found.append("the parents were selected on the episodes that measure them, so S holds selection's luck")
    if study.generations[before].evaluate.deterministic:
        found.append("parents act deterministically and untrained children by sampling, so slopes mix both")
    if study.generations[before].env != study.generations[generation].env:
        found.append("parents and children play different tasks: slopes and ratios are between their scales of return")
    return tuple(found)
