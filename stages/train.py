"""train: every member of one generation learns its task.

reads   lineage/study/<generation>/train.json, lineage/<generation>/heirs/
writes  lineage/<generation>/models/, lineage/<generation>/curves.csv
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from heredity.agent import Agent
from heredity.curves import write_curves
from heredity.params import Study
from heredity.pedigree import read_links
from heredity.progress import progress_display
from heredity.seeds import seed_integer
from heredity.task import make_task
from heredity.timings import write_timings
from heredity.tracking import tracked
from heredity.training import Member, Progress, Shard, Trained, train
from heredity.workers import Spread, map_in_processes
from stages.common import LINEAGE, run_stage
from stages.models import read_models, write_models

Own = Mapping[str, Mapping[str, Any]]


def plan(study: Study, generation: str) -> list[Shard]:
    """Return one shard per worker process, heirs inside."""
    budget = study.generations[generation].budget
    own = {link.child: link.hyperparameters for link in read_links(LINEAGE / generation)}
    return shards(study, generation, "inherited", read_models(LINEAGE / generation / "heirs"), budget, own)


def shards(
    study: Study, generation: str, arm: str, agents: Mapping[str, Agent], budget_steps: int, own: Own | None = None
) -> list[Shard]:
    """Deal a population into shards; a member's seed is the same in both arms.

    own: the hyperparameters that a member was born with other than its generation's.
    """
    own = own or {}
    node = study.generations[generation]
    members = [
        Member(name, agent, seed_integer(study.seed, generation, name, "train"), own.get(name, {}))
        for name, agent in agents.items()
    ]
    task, episodes = make_task(study, generation), node.evaluate.zero_shot_episodes
    return [
        Shard(generation, arm, task, node.algorithm, node.train, budget_steps, episodes, tuple(group))
        for group in _groups(members, node.train.shard)
    ]


def work(study: Study, generation: str, planned: list[Shard], spread: Spread = map_in_processes) -> list[Trained]:
    """Train the shards side by side, watched on the terminal and recorded in W&B."""
    with tracked(study.study, _configs(study, generation, planned[0].arm)) as track, progress_display() as draw:

        def both(progress: Progress) -> None:
            track(progress)
            draw(progress)

        return [trained for shard in spread(train, planned, on_progress=both) for trained in shard]


def collect(directory: Path, trained: list[Trained]) -> None:
    """Write the models and curves of one arm, and what they cost beside what DVC keeps."""
    write_models(directory / "models", ((member.name, member.agent) for member in trained))
    write_curves(directory / "curves.csv", {member.name: member.curve for member in trained})
    write_timings(directory / "curves.csv", {member.name: member.core_seconds for member in trained})


def main(study: Study, generation: str, *, spread: Spread = map_in_processes) -> None:
    """Run the stage."""
    collect(LINEAGE / generation, work(study, generation, plan(study, generation), spread))


def _groups(members: list[Member], size: int) -> list[list[Member]]:
    return [members[start : start + size] for start in range(0, len(members), size)]


def _configs(study: Study, generation: str, arm: str) -> dict[str, dict[str, Any]]:
    """Return what a member's W&B run records besides its curve: the settings, and of heirs their parents and hashes."""
    node = study.generations[generation].model_dump(mode="json")
    links = {link.child: asdict(link) for link in read_links(LINEAGE / generation)} if arm == "inherited" else {}
    shared = {"study": study.study, "seed": study.seed, "population": study.population, **node}
    return {member: {**shared, "pedigree": links.get(member, {})} for member in study.members()}


if __name__ == "__main__":
    run_stage(main)
