"""A population dealt into shards, every member on its seed; the same in both arms."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from heredity.agent import Agent, read_agents
from heredity.params import Study
from heredity.pedigree import read_links
from heredity.seeds import seed_integer
from heredity.task import make_task
from heredity.training import Member, Shard
from heredity.upbringing import read_upbringing

Own = Mapping[str, Mapping[str, Any]]
"""What members were born with besides an agent, by name and by the field of `Member`."""


def training_seed(study: Study, generation: str, member: str) -> int:
    """Return the seed from which every draw of a member's training derives."""
    return seed_integer(study.seed, generation, member, "train")


def stored_shards(study: Study, generation: str, lineage: Path, names: Iterable[str] | None = None) -> list[Shard]:
    """Deal the stored heirs of a generation, or the named ones, into shards of their own budget."""
    directory, budget = lineage / generation, study.generations[generation].budget
    heirs = directory / "heirs"
    own = {
        link.child: {"hyperparameters": link.hyperparameters, "upbringing": read_upbringing(heirs, link)}
        for link in read_links(directory)
    }
    return shards(study, generation, "inherited", read_agents(heirs, names), budget, own)


def shards(
    study: Study, generation: str, arm: str, agents: Mapping[str, Agent], budget_steps: int, own: Own | None = None
) -> list[Shard]:
    """Deal a population into shards of `train.shard` members."""
    own, node = own or {}, study.generations[generation]
    members = [
        Member(name, agent, training_seed(study, generation, name), **own.get(name, {}))
        for name, agent in agents.items()
    ]
    task, episodes, size = make_task(study, generation), node.evaluate.zero_shot_episodes, node.train.shard
    groups = [members[start : start + size] for start in range(0, len(members), size)]
    keeps = arm == "inherited" and study.keeps_replay(generation)
    return [
        Shard(generation, arm, task, node.algorithm, node.train, budget_steps, episodes, tuple(group), keeps)
        for group in groups
    ]
