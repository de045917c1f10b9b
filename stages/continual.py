"""continual: the survivors of every generation, and fresh weights, play every task of the study that they fit.

reads   lineage/study/continual.json, every gate and the models of its survivors in lineage/
writes  report/continual.json, which is empty where the study does not ask for it
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from heredity.files import write_json
from heredity.params import Study
from heredity.seeds import seed_integer
from heredity.settled import settled
from heredity.stored import read_gate
from heredity.task import make_task
from heredity.workers import Spread, map_in_processes
from stages.common import LINEAGE, REPORT, run_stage

if TYPE_CHECKING:
    from heredity.continual import Continual
    from heredity.evaluation import Trial

FRESH = "fresh weights"
"""Who plays a task besides the survivors of generations; no generation can have this name."""


def plan(study: Study) -> "list[Trial]":
    """Return a trial per task and player, the same episodes for all that play a task; its split is who plays."""
    from heredity.agent import read_agents
    from heredity.continual import same_spaces
    from stages import evaluate
    from stages.inherit import heirs

    rule, tasks = study.continual, own_tasks(study)
    if rule is None:
        return []
    envs = {name: make_task(study, name).make() for name in study.generations}
    planned = []
    for task in dict.fromkeys(tasks.values()):
        players = {
            name: read_agents(settled(LINEAGE / name) / "models", read_gate(LINEAGE / name)["survivors"])
            for name in study.order()
            if same_spaces(envs[name], envs[task])
        }
        players[FRESH] = {heir.name: heir.agent for heir in heirs(study, task, {})}
        seed = seed_integer(study.seed, task, "continual")
        planned += [
            replace(trial, split=name, episodes=rule.episodes, seed=seed)
            for name, members in players.items()
            for trial in evaluate.trials(study, task, members)
        ]
    for env in envs.values():
        env.close()
    return planned


def work(study: Study, planned: "list[Trial]", spread: Spread = map_in_processes) -> "Continual":
    """Play the trials side by side and draw the matrix from their mean returns."""
    from heredity.continual import Node, continual
    from heredity.evaluation import run_trial

    tasks = own_tasks(study)
    means: dict[str, dict[str, dict[str, float]]] = {name: {} for name in (*study.order(), FRESH)}
    for trial, returns in zip(planned, spread(run_trial, planned), strict=True):
        means[trial.split].setdefault(trial.generation, {})[trial.member] = float(returns.returns.mean())
    nodes = {name: Node(tasks[name], study.ancestors(name), means[name]) for name in study.order()}
    thresholds = {task: float(make_task(study, task).threshold or 0) for task in means[FRESH]}
    return continual(nodes, means[FRESH], thresholds, seed=seed_integer(study.seed, "continual"))


def collect(found: "Continual | None") -> None:
    """Write continual.json."""
    write_json(REPORT / "continual.json", found.to_dict() if found else {})


def main(study: Study, *, spread: Spread = map_in_processes) -> None:
    """Run the stage."""
    collect(work(study, plan(study), spread) if study.continual else None)


def own_tasks(study: Study) -> dict[str, str]:
    """Return, by generation, the first generation with the same task, after which that task is named."""
    made = {name: make_task(study, name) for name in study.order()}
    return {name: next(first for first in made if made[first] == task) for name, task in made.items()}


if __name__ == "__main__":
    run_stage(main)
