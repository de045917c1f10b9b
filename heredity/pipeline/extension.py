"""The members of lineages whose gate nobody passed, trained once more and seen on fresh episodes.

They go on with their weights, statistics and optimizers, for the whole of `gate.extend_budget`; schedules of
hyperparameters run once more over it, but for DQN's epsilon, which stays at its end, and replay buffers begin empty,
filled by the policy.
"""

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from heredity.agents.agent import Agent
from heredity.agents.stored import read_agents
from heredity.evaluation.population import Evaluation, write_evaluation_of
from heredity.evaluation.returns import PlayedBySplit, read_played
from heredity.files import write_json
from heredity.gate.lineages import merged
from heredity.gate.record import Decision, Extended
from heredity.inheritance.warm_start import read_replay
from heredity.layout import Layout, replay_path
from heredity.pipeline.deciding import write_extended
from heredity.pipeline.inputs.extend import ExtendInput
from heredity.pipeline.member_store import train_missing
from heredity.pipeline.players import evaluated
from heredity.pipeline.shards import empty_shard
from heredity.reading import is_there
from heredity.study.lineages import ALONE, lineage_of
from heredity.training.curves import CurveRow, read_curves
from heredity.training.history import pack_history, read_history
from heredity.training.living import refuse_others
from heredity.training.population import extended, write_population
from heredity.training.progress import OnProgress
from heredity.training.shard import Member, Shard, Trained
from heredity.training.sharding import deal, extended_members, stored_members
from heredity.workers import ParallelMap

ARM = "extension"


def extend(
    given: ExtendInput,
    asked: Mapping[str, Decision],
    layout: Layout,
    parallel_map: ParallelMap,
    watched: Callable[[Layout, Sequence[Shard]], AbstractContextManager[OnProgress]],
) -> None:
    """Train the living members of some lineages once more, evaluate them anew, and write both; its steps, written last,
    make it hold. The members of other lineages stand beside them as they are.

    asked: the decisions that ask for it, by lineage. watched: who looks on while they train. Raises TrainingError or
    TaskError where nobody lives.
    """
    extending, generation, arm = given.extending, given.generation, layout.arm(given.generation, ARM)
    if extending is None:
        return
    members, others = _members(given, asked, layout)
    before = layout.arm(generation, "inherited")
    curves = read_curves(before.curves)
    histories = {member.name: read_history(before.model(member.name)) for member in members}
    shards = deal(empty_shard(extending.training, generation, ARM, given.digest), members)
    with watched(layout, shards) as on_progress:
        trained = extended(train_missing(shards, layout, parallel_map, on_progress), curves, histories)
    living = {member.name: member.agent for member in trained if not member.failure}
    evaluation = evaluated(given, extending.playing, living, layout, parallel_map, again=True)
    whole = sorted([*trained, *_as_they_are(others, curves, layout, generation)], key=lambda member: member.name)
    first = read_played(before.evaluation)
    shutil.rmtree(arm.directory, ignore_errors=True)
    training = extending.training
    write_population(layout, generation, ARM, whole, members, training.task, as_arrays=training.as_arrays)
    command = f"dvc repro --force --single-item extend@{generation}"
    write_evaluation_of(arm, _beside(evaluation, first, list(asked)), command)
    lineages = tuple(lineage for lineage in asked if lineage != ALONE)
    write_extended(layout, generation, Extended(extending.training.budget_steps, merged(asked), lineages))
    write_json(layout.extension_steps(generation), extending.training.budget_steps)


def _members(given: ExtendInput, lineages: Collection[str], layout: Layout) -> tuple[list[Member], dict[str, Agent]]:
    """Return the living members of some lineages as they are, on seeds of their own, and the agents of the others."""
    arm = layout.arm(given.generation, "inherited")
    agents = read_agents(arm.models)
    for path, names in ((arm.models, agents), (arm.curves, read_curves(arm.curves))):
        refuse_others(path, names, layout, given.generation)
    going_on = {name: agent for name, agent in agents.items() if lineage_of(name) in lineages}
    stored = stored_members(layout, given.generation, given.seeds, going_on)
    others = {name: agent for name, agent in agents.items() if name not in going_on}
    return extended_members(stored, going_on, given.seeds), others


def _as_they_are(
    agents: Mapping[str, Agent], curves: Mapping[str, Sequence[CurveRow]], layout: Layout, generation: str
) -> list[Trained]:
    """Return members that are not trained once more, with what lies beside them."""
    arm = layout.arm(generation, "inherited")
    return [
        Trained(
            name, agent, tuple(curves[name]), curves[name][-1].env_steps, reached=False,
            replay=read_replay(arm.model(name)) if is_there(replay_path(arm.model(name))) else None,
            history=pack_history(read_history(arm.model(name))),
        )
        for name, agent in agents.items()
    ]  # fmt: skip


def _beside(evaluation: Evaluation, first: PlayedBySplit, lineages: Collection[str]) -> Evaluation:
    """Return an evaluation with what the first one says of other lineages than these."""
    stayed = {
        split: {name: returns for name, returns in players.items() if lineage_of(name) not in lineages}
        for split, players in first.items()
    }
    splits = dict.fromkeys([*evaluation.played, *(split for split, players in stayed.items() if players)])
    played = {split: {**evaluation.played.get(split, {}), **stayed.get(split, {})} for split in splits}
    return replace(evaluation, played=played)
