"""Everything the report tells, read once from the stored files into one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from heredity.curves import CurveRow, read_curves, read_evaluation
from heredity.errors import HeredityError
from heredity.evidence import stored_arms, stored_spending
from heredity.heritability import Heritability, stored_heritability
from heredity.params import Generation, Study
from heredity.pedigree import Link, Pedigree, read_pedigree
from heredity.settled import ended, settled
from heredity.spending import Spent
from heredity.stored import read_continual, read_gate, read_transfers
from heredity.task import make_task


@dataclass(frozen=True)
class Arm:
    """One population on one task.

    label: "inherited", "control", or "members" where nobody inherited anything.
    curves: the learning curve of every member.
    fitness: the mean return of every member over its fresh evaluation episodes.
    """

    label: str
    curves: Mapping[str, list[CurveRow]]
    fitness: Mapping[str, float]


@dataclass(frozen=True)
class Outcome:
    """What one generation came to.

    decision: gate.json. transfer: this generation's part of transfer.json, None without a control.
    source_steps: by member, the environment steps of its own ancestors, empty without a control.
    heritability: from parents to members, None where fewer than two have parents.
    """

    name: str
    node: Generation
    threshold: float
    members: Arm
    control: Arm | None
    decision: Mapping[str, Any]
    transfer: Mapping[str, Any] | None
    source_steps: Mapping[str, int]
    heritability: Heritability | None

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Return the arms that ran."""
        return (self.members, self.control) if self.control else (self.members,)


@dataclass(frozen=True)
class Story:
    """A study, its outcomes, parents before children, and what each arm spent; `params` is the text of params.yaml.

    continual: continual.json, empty where the study does not ask for it.
    ended: by generation that never came, where and why the study ended before it.
    """

    study: Study
    params: str
    pedigree: Pedigree
    outcomes: tuple[Outcome, ...]
    spent: Mapping[str, Mapping[str, Spent[int]]]
    continual: Mapping[str, Any]
    ended: Mapping[str, str] = field(default_factory=dict)

    def links(self, generation: str) -> dict[str, Link]:
        """Return the births of one generation by member."""
        return {child: link for (name, child), link in self.pedigree.links.items() if name == generation}

    @property
    def compared(self) -> tuple[Outcome, ...]:
        """Return the generations that have a control."""
        return tuple(outcome for outcome in self.outcomes if outcome.transfer is not None)


def read_story(study: Study, params: str, lineage: Path, report: Path) -> Story:
    """Read what the stages before the report wrote.

    lineage: the folder of generations. report: the folder of transfer.json and continual.json.

    Raises HeredityError naming a file that is missing or not what its stage writes.
    """
    transfers = read_transfers(report / "transfer.json") if study.control.generations else {}
    links = read_pedigree(lineage).links
    pedigree = Pedigree({place: link for place, link in links.items() if place[0] in study.generations})
    _check_births(study, pedigree)
    stopped = {name: reason for name in study.order() if (reason := ended(lineage / name))}
    came = [name for name in study.order() if name not in stopped]
    outcomes = tuple(_outcome(study, name, lineage, pedigree, transfers) for name in came)
    arms = {name: stored_arms(study, name, lineage) for name in study.order()}
    continual = read_continual(report / "continual.json") if study.continual else {}
    return Story(study, params, pedigree, outcomes, stored_spending(study, arms, pedigree, lineage), continual, stopped)


def spender(arm: Arm) -> str:
    """Return the name under which an arm's spending is kept."""
    return "control" if arm.label == "control" else "inherited"


def _check_births(study: Study, pedigree: Pedigree) -> None:
    """Refuse a lineage that is not of this study, or whose generations do not fit together."""
    for (generation, child), link in pedigree.links.items():
        after = study.generations[generation].after
        if link.after != after:
            raise HeredityError(f"{generation}: expected heirs of {after}, got heirs of {link.after}; type: dvc repro")
        for parent in link.parents if after != "founders" else ():
            if (after, parent) not in pedigree.links:
                raise HeredityError(
                    f"{generation} {child}: expected a parent in {after}, got {parent}; type: dvc repro"
                )


def _outcome(study: Study, name: str, lineage: Path, pedigree: Pedigree, transfers: Mapping[str, Any]) -> Outcome:
    directory = lineage / name
    has_control = name in study.control.generations
    decision = read_gate(directory)
    threshold = make_task(study, name).threshold
    if threshold is None:
        raise HeredityError(f"generations.{name}.threshold: expected a number, got nothing")
    inherited = any(link.parents for (generation, _), link in pedigree.links.items() if generation == name)
    transfer = transfers.get(name) if has_control else None
    if has_control and transfer is None:
        raise HeredityError(f"transfer.json: expected the generation {name}, which has a control; type: dvc repro")
    return Outcome(
        name=name,
        node=study.generations[name],
        threshold=threshold,
        members=_arm("inherited" if inherited else "members", settled(directory)),
        control=_arm("control", directory / "control") if has_control else None,
        decision=decision,
        transfer=transfer,
        source_steps=transfer["source_steps"] if transfer else {},
        heritability=stored_heritability(study, name, pedigree, lineage),
    )


def _arm(label: str, directory: Path) -> Arm:
    returns = read_evaluation(directory / "evaluation.csv", "report")
    fitness = {member: float(np.mean(played)) for member, played in returns.items()}
    return Arm(label, read_curves(directory / "curves.csv"), fitness)
