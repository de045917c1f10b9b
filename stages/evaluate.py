"""evaluate: every member of one generation plays the same fresh episodes.

reads   lineage/study/<generation>/evaluate.json, lineage/<generation>/models/
writes  lineage/<generation>/evaluation.csv
"""

from collections.abc import Mapping
from pathlib import Path

from heredity.agent import Agent
from heredity.curves import Returns, write_evaluation
from heredity.evaluation import Trial, run_trial
from heredity.params import Study
from heredity.seeds import seed_integer
from heredity.task import make_task
from heredity.workers import Spread, map_in_processes
from stages.common import LINEAGE, run_stage
from stages.models import read_models


def plan(study: Study, generation: str) -> list[Trial]:
    """Return one trial per trained member."""
    return trials(study, generation, read_models(LINEAGE / generation / "models"))


def trials(study: Study, generation: str, agents: Mapping[str, Agent]) -> list[Trial]:
    """Give every agent the same episodes, on seeds that nobody trained or selected on."""
    rule, task = study.generations[generation].evaluate, make_task(study, generation)
    seed = seed_integer(study.seed, generation, "report")
    return [Trial(name, agent, task, rule.episodes, seed, rule.deterministic) for name, agent in agents.items()]


def work(planned: list[Trial], spread: Spread = map_in_processes) -> dict[str, Returns]:
    """Play the trials side by side."""
    played = spread(run_trial, planned)
    return {trial.member: returns for trial, returns in zip(planned, played, strict=True)}


def collect(path: Path, returns: Mapping[str, Returns]) -> None:
    """Write evaluation.csv."""
    write_evaluation(path, "report", returns)


def main(study: Study, generation: str, *, spread: Spread = map_in_processes) -> None:
    """Run the stage."""
    collect(LINEAGE / generation / "evaluation.csv", work(plan(study, generation), spread))


if __name__ == "__main__":
    run_stage(main)
