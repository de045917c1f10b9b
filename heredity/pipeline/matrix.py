"""Who plays what for the continual matrix: every generation's survivors, and fresh weights, on each task they fit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from heredity.agents.agent import Agent
from heredity.agents.spaces import same_spaces
from heredity.agents.stored import read_agents
from heredity.agents.task import Spaces, Task, task_spaces
from heredity.evaluation.episodes import run_trial
from heredity.evaluation.trial import Trial
from heredity.gate.extension import final_arm
from heredity.inheritance.fresh import fresh_heirs
from heredity.layout import Layout
from heredity.pipeline.inputs.continual import Matrix
from heredity.seeds import Seeds, seed_integer
from heredity.study.lineages import lineage_names, lineage_of
from heredity.study.sections import Algorithm
from heredity.training.living import stored_gate
from heredity.transfer.continual import ContinualMatrix, Node, continual
from heredity.worker import acting
from heredity.workers import ParallelMap

FRESH = "fresh weights"
"""Who plays a task besides the survivors of generations; no generation can have this name."""


@dataclass(frozen=True)
class Field:
    """Picklable work: a generation's task, and how members with fresh weights are made for it in every lineage."""

    generation: str
    task: Task
    algorithm: Algorithm
    population: int
    seeds: Seeds
    lineages: tuple[str, ...]


@dataclass(frozen=True)
class Laid:
    """What a field has: its task's spaces, and members with fresh weights."""

    spaces: Spaces
    fresh: Mapping[str, Agent]


def played_matrix(matrix: Matrix, layout: Layout, parallel_map: ParallelMap) -> ContinualMatrix:
    """Play every trial, side by side, and draw the matrix from the mean returns."""
    named = named_tasks(matrix)
    trials = matrix_trials(matrix, named, layout, parallel_map)
    means: dict[str, dict[str, dict[str, float]]] = {name: {} for name in (*matrix.order(), FRESH)}
    for trial, returns in zip(trials, parallel_map(run_trial, trials), strict=True):
        means[trial.split].setdefault(trial.generation, {})[trial.member] = float(returns.returns.mean())
    nodes = {
        name: Node(named[name], matrix.ancestors(name), means[name], _units(matrix, means[name]))
        for name in matrix.order()
    }
    thresholds = {task: float(matrix.generations[task].task.threshold or 0) for task in means[FRESH]}
    return continual(nodes, means[FRESH], thresholds, seed=seed_integer(matrix.seed, "continual"))


def _units(matrix: Matrix, means: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """Return the lineages of survivors, which are independent of one another where there are several."""
    return {name: lineage_of(name) for members in means.values() for name in members} if matrix.lineages > 1 else {}


def matrix_trials(matrix: Matrix, named: Mapping[str, str], layout: Layout, parallel_map: ParallelMap) -> list[Trial]:
    """Return a trial per task and player, whose split is who plays; all of a lineage play a task's same episodes."""
    trials: list[Trial] = []
    fields = [_field(matrix, name, matrix.population if name in named.values() else 0) for name in matrix.order()]
    laid = dict(zip(matrix.order(), parallel_map(laid_out, fields), strict=True))
    for task in dict.fromkeys(named.values()):
        for player, members in _players(matrix, task, laid, layout).items():
            for name, agent in members.items():
                seed = Seeds(matrix.seed, task, lineage_of(name)).integer("continual")
                trials.append(replace(_empty_trial(matrix, task, player, seed), member=name, agent=agent))
    return trials


def _field(matrix: Matrix, generation: str, population: int) -> Field:
    node = matrix.generations[generation]
    seeds = Seeds(matrix.seed, node.seed_name)
    return Field(generation, node.task, node.algorithm, population, seeds, lineage_names(matrix.lineages))


def laid_out(field: Field) -> Laid:
    """Build what a field has of its environments."""
    acting(f"{field.generation}: {field.task.id}")
    fresh = {
        heir.name: heir.agent
        for lineage in field.lineages
        for heir in fresh_heirs(
            field.task, field.algorithm, field.population, field.seeds.in_lineage(lineage).integer("heirs"), lineage
        )
    }
    return Laid(task_spaces(field.task), fresh)


def _empty_trial(matrix: Matrix, task: str, player: str, seed: int) -> Trial:
    """Return a trial on the task of a generation, without a member; its split is who plays."""
    node = matrix.generations[task]
    return Trial(
        "", "random", node.task, matrix.episodes, seed, node.deterministic, task, player, step_limit=node.step_limit
    )


def named_tasks(matrix: Matrix) -> dict[str, str]:
    """Return, by generation, the first generation with the same task, after which that task is named."""
    tasks = {name: matrix.generations[name].task for name in matrix.order()}
    return {name: next(first for first in tasks if tasks[first] == task) for name, task in tasks.items()}


def _players(matrix: Matrix, task: str, laid: Mapping[str, Laid], layout: Layout) -> dict[str, Mapping[str, Agent]]:
    """Return the members of every generation whose spaces are those of a task, and members with fresh weights."""
    players: dict[str, Mapping[str, Agent]] = {
        name: read_agents(final_arm(layout, name).models, stored_gate(layout, name).survivors)
        for name in matrix.order()
        if same_spaces(laid[name].spaces, laid[task].spaces)
    }
    return {**players, FRESH: laid[task].fresh}
