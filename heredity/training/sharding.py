"""A population dealt into shards, every member on its seed; the same in both arms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil

from heredity.agents.agent import Agent
from heredity.agents.kept import members_in
from heredity.agents.stored import read_agents
from heredity.errors import AgentError
from heredity.extras import visible_gpus
from heredity.inheritance.fresh import Heir
from heredity.inheritance.pedigree import stored_births
from heredity.inheritance.warm_start import WarmStart, read_warm_start
from heredity.layout import Layout
from heredity.seeds import Seeds
from heredity.study.sections import on_cpu
from heredity.training.engines import why_not_cohort
from heredity.training.shard import Member, Shard


def deal(shard: Shard, members: Sequence[Member]) -> list[Shard]:
    """Deal members into shards of `train.shard`; whatever else is in `shard` is in each of them.

    On a GPU members take turns in a tile of that size: there they are dealt among the GPUs of this machine.
    """
    size = shard.train.shard
    if not on_cpu(shard.train.device) and why_not_cohort(replace(shard, members=tuple(members))) is None:
        size = max(size, ceil(len(members) / max(len(visible_gpus()), 1)))
    groups = (members[start : start + size] for start in range(0, len(members), size))
    return [replace(shard, members=tuple(group)) for group in groups]


def stored_members(layout: Layout, generation: str, seeds: Seeds, names: Iterable[str] | None = None) -> list[Member]:
    """Return the stored heirs of a generation, or the named ones, as members on their training seeds.

    Raises AgentError where heirs and births are not the same, or a file cannot be read.
    """
    births = {birth.child: birth for birth in stored_births(layout, generation).heirs}
    chosen = sorted(births) if names is None else list(names)
    if strangers := [name for name in (*chosen, *members_in(layout.heirs(generation))) if name not in births]:
        raise AgentError(f"{layout.pedigree(generation)}: expected the birth of {strangers[0]}, got none")
    agents = read_agents(layout.heirs(generation), chosen)
    return [
        Member(
            name,
            agent,
            seeds.member(name, "train"),
            births[name].hyperparameters,
            read_warm_start(births[name], layout),
        )
        for name, agent in agents.items()
    ]


def fresh_members(heirs: Iterable[Heir], seeds: Seeds) -> list[Member]:
    """Return heirs that are not stored, a control's, as members on their training seeds."""
    return [Member(heir.name, heir.agent, seeds.member(heir.name, "train")) for heir in heirs]


def extended_members(members: Iterable[Member], trained: Mapping[str, Agent], seeds: Seeds) -> list[Member]:
    """Return members that go on from their trained agents, on seeds of their own.

    They go on exploring as they ended; nothing else of them goes on.
    """
    as_ended = WarmStart(explores_anew=False, plays_first=True)
    return [
        replace(member, initial=trained[member.name], seed=seeds.member(member.name, "extend"), warm_start=as_ended)
        for member in members
        if member.name in trained
    ]
