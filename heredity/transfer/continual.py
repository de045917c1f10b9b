"""What later generations still know of earlier tasks, and what earlier ones know of later tasks.

Scores put a task's returns on a scale from fresh random weights (0) to the task's threshold (1). Forward and backward
transfer as Lopez-Paz & Ranzato (NeurIPS 2017) define them, forgetting as Wołczyk et al. (NeurIPS 2021) do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.reading import Address, Name, read_json
from heredity.transfer.bootstrap import estimate_of_means
from heredity.transfer.estimates import Array, Estimate
from heredity.transfer.units import Units, units_of

Returns = Mapping[Name, Mapping[Address, float]]
"""Mean return by task and member."""


@dataclass(frozen=True)
class Node:
    """One generation: its own task, its ancestors, root first, and the mean returns of its survivors by task.

    A task whose spaces do not fit the survivors is left out of `returns`. units: by survivor, the independent unit that
    it belongs to, as its lineage; where it is empty, every survivor is one by itself.
    """

    task: Name
    ancestors: tuple[Name, ...]
    returns: Returns
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ContinualMatrix:
    """The matrix of generations and tasks, and what it says; None where a score is undefined or nothing was played.

    thresholds, fresh: by task, its threshold and the mean return of fresh random weights. forward_transfer: by
    generation, the score that the survivors before it have on its task. forgetting: by generation and ancestor, the
    score of the ancestor's survivors on their own task less that of the generation's. backward_transfer: by generation,
    the mean of these over all ancestors, its sign turned.
    """

    thresholds: Mapping[Name, float] = field(default_factory=dict)
    fresh: Mapping[Name, float] = field(default_factory=dict)
    nodes: Mapping[Name, Node] = field(default_factory=dict)
    forward_transfer: Mapping[Name, Estimate | None] = field(default_factory=dict)
    forgetting: Mapping[Name, Mapping[Name, Estimate | None]] = field(default_factory=dict)
    backward_transfer: Mapping[Name, Estimate | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


CONTINUAL = TypeAdapter(ContinualMatrix)


def continual(
    nodes: Mapping[str, Node], fresh: Returns, thresholds: Mapping[str, float], *, seed: int = 0
) -> ContinualMatrix:
    """Return the matrix and its estimates, which are of the means of the survivors' units.

    fresh: mean returns of fresh random weights, by task and member, each independent. Generations of the same units
    are compared unit by unit, and are resampled together: those alone count that both have. Raises CurveError for a
    survivor without unit where others have one.
    """
    matrix = _Scores(nodes, fresh, thresholds, seed)
    later = [name for name, node in nodes.items() if node.ancestors]
    return ContinualMatrix(
        thresholds,
        {task: float(np.mean(list(members.values()))) for task, members in fresh.items()},
        nodes,
        {name: matrix.forward_transfer(name) for name in later},
        {name: {before: matrix.forgetting(name, before) for before in nodes[name].ancestors} for name in later},
        {name: matrix.backward_transfer(name) for name in later},
    )


def write_continual(path: Path, matrix: ContinualMatrix | None) -> None:
    """Write continual.json, which is empty where the study asks for no matrix."""
    write_json(path, matrix.to_dict() if matrix else {})


def read_continual(path: Path) -> ContinualMatrix | None:
    """Return continual.json, None where the study asks for none. Raises HeredityError naming the file and the key."""
    matrix = read_json(path, CONTINUAL, HeredityError, "what continual writes", "; type: dvc repro")
    for name, node in matrix.nodes.items():
        for task in node.returns:
            if task not in matrix.thresholds or task not in matrix.fresh:
                where = f"{path}: nodes.{name}.returns"
                raise HeredityError(f"{where}: expected tasks with a threshold, got {task}; type: dvc repro")
    return matrix if matrix.nodes else None


@dataclass(frozen=True)
class _Played:
    """The scores of some players on a task, float64[players], and their units; by_itself: each player is one."""

    scores: Array
    units: Units
    by_itself: bool

    def of(self, names: Sequence[str]) -> Array:
        """Return the means of these units, float64[units]."""
        return self.units.restricted_to(names).means(self.scores)


class _Scores:
    """Scores of survivors, per generation and task."""

    def __init__(self, nodes: Mapping[str, Node], fresh: Returns, thresholds: Mapping[str, float], seed: int) -> None:
        self.nodes, self.fresh, self.thresholds, self.seed = nodes, fresh, thresholds, seed

    def scores(self, returns: Mapping[str, float], task: str, units: Mapping[str, str]) -> _Played | None:
        """Return scores on a task, None where nobody played or fresh weights are at the threshold already."""
        untrained = float(np.mean(list(self.fresh[task].values())))
        if not returns or untrained >= self.thresholds[task]:
            return None
        scores = (np.array(list(returns.values())) - untrained) / (self.thresholds[task] - untrained)
        return _Played(scores, units_of(f"players of {task}", [*returns], units or None), not units)

    def of(self, generation: str, task: str) -> _Played | None:
        node = self.nodes[generation]
        return self.scores(node.returns.get(task, {}), task, node.units)

    def forward_transfer(self, generation: str) -> Estimate | None:
        task = self.nodes[generation].task
        parents, fresh = self.of(self.nodes[generation].ancestors[-1], task), self.scores(self.fresh[task], task, {})
        return self._less(parents, [fresh])

    def forgetting(self, generation: str, before: str) -> Estimate | None:
        task = self.nodes[before].task
        return self._less(self.of(before, task), [self.of(generation, task)])

    def backward_transfer(self, generation: str) -> Estimate | None:
        """Average each survivor over the ancestors' tasks, so that a run is resampled as a whole."""
        tasks = {before: self.nodes[before].task for before in self.nodes[generation].ancestors}
        now = [self.of(generation, task) for task in tasks.values()]
        played = [each for each in now if each is not None]
        if len(played) < len(now):
            return None
        mean = replace(played[0], scores=np.mean([each.scores for each in played], axis=0))
        return self._less(mean, [self.of(before, task) for before, task in tasks.items()])

    def _less(self, played: _Played | None, others: Sequence[_Played | None]) -> Estimate | None:
        """Estimate the mean of some scores less the mean of the others' means."""
        arms = [arm for arm in (played, *others) if arm is not None]
        if len(arms) <= len(others):
            return None
        names, paired = [arm.units.names for arm in arms], not any(arm.by_itself for arm in arms)
        if paired:
            both = [name for name in names[0] if all(name in other for other in names)]
            names = [tuple(both)] * len(arms)
        if not names[0]:
            return None
        means = [arm.of(each) for arm, each in zip(arms, names, strict=True)]
        return estimate_of_means(means, lambda mean, *rest: mean - sum(rest) / len(rest), self.seed, paired=paired)
