"""What later generations still know of earlier tasks, and what earlier ones know of later tasks.

Scores put a task's returns on a scale from fresh random weights (0) to the task's threshold (1). Forward and backward
transfer as Lopez-Paz & Ranzato (NeurIPS 2017) define them, forgetting as Wołczyk et al. (NeurIPS 2021) do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.reading import Address, Name, read_json
from heredity.transfer.bootstrap import estimate_of_means
from heredity.transfer.estimates import Array, Estimate

Returns = Mapping[Name, Mapping[Address, float]]
"""Mean return by task and member."""


@dataclass(frozen=True)
class Node:
    """One generation: its own task, its ancestors, root first, and the mean returns of its survivors by task.

    A task whose spaces do not fit the survivors is left out of `returns`.
    """

    task: Name
    ancestors: tuple[Name, ...]
    returns: Returns


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
    """Return the matrix and its estimates; the runs of an estimate are survivors.

    fresh: mean returns of fresh random weights, by task and member.
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


class _Scores:
    """Scores of survivors, float64[survivors] per generation and task."""

    def __init__(self, nodes: Mapping[str, Node], fresh: Returns, thresholds: Mapping[str, float], seed: int) -> None:
        self.nodes, self.fresh, self.thresholds, self.seed = nodes, fresh, thresholds, seed

    def scores(self, returns: Mapping[str, float], task: str) -> Array | None:
        """Return scores on a task, None where nobody played or fresh weights are at the threshold already."""
        untrained = float(np.mean(list(self.fresh[task].values())))
        if not returns or untrained >= self.thresholds[task]:
            return None
        return (np.array(list(returns.values())) - untrained) / (self.thresholds[task] - untrained)

    def of(self, generation: str, task: str) -> Array | None:
        return self.scores(self.nodes[generation].returns.get(task, {}), task)

    def forward_transfer(self, generation: str) -> Estimate | None:
        task = self.nodes[generation].task
        parents, fresh = self.of(self.nodes[generation].ancestors[-1], task), self.scores(self.fresh[task], task)
        return self._less(parents, [fresh])

    def forgetting(self, generation: str, before: str) -> Estimate | None:
        task = self.nodes[before].task
        return self._less(self.of(before, task), [self.of(generation, task)])

    def backward_transfer(self, generation: str) -> Estimate | None:
        """Average each survivor over the ancestors' tasks, so that a run is resampled as a whole."""
        tasks = {before: self.nodes[before].task for before in self.nodes[generation].ancestors}
        now = [self.of(generation, task) for task in tasks.values()]
        defined = [scores for scores in now if scores is not None]
        mean = np.mean(defined, axis=0) if len(defined) == len(now) else None
        return self._less(mean, [self.of(before, task) for before, task in tasks.items()])

    def _less(self, scores: Array | None, others: Sequence[Array | None]) -> Estimate | None:
        """Estimate the mean of some scores less the mean of the others' means."""
        arms = [arm for arm in (scores, *others) if arm is not None]
        if len(arms) <= len(others):
            return None
        return estimate_of_means(arms, lambda mean, *means: mean - sum(means) / len(means), self.seed)
