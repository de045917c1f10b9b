"""The members of a generation that nobody passed, trained once more and seen on fresh episodes.

They go on with their weights, statistics and optimizers, for the whole of `gate.extend_budget`; schedules of
hyperparameters run once more over it, but for DQN's epsilon, which stays at its end, and replay buffers begin empty,
filled by the policy.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from heredity.agents.agent import read_agents
from heredity.evaluation.population import write_evaluation_of
from heredity.files import write_json
from heredity.gate.record import Decision, Extended
from heredity.layout import Layout
from heredity.pipeline.deciding import write_extended
from heredity.pipeline.inputs.extend import ExtendInput
from heredity.pipeline.member_store import train_missing
from heredity.pipeline.players import evaluated
from heredity.pipeline.shards import empty_shard
from heredity.training.curves import read_curves
from heredity.training.living import refuse_others
from heredity.training.population import extended, write_population
from heredity.training.progress import OnProgress
from heredity.training.shard import Member, Shard
from heredity.training.sharding import deal, extended_members, stored_members
from heredity.workers import ParallelMap

ARM = "extension"


def extend(
    given: ExtendInput,
    decision: Decision,
    layout: Layout,
    parallel_map: ParallelMap,
    watched: Callable[[Layout, Sequence[Shard]], AbstractContextManager[OnProgress]],
) -> None:
    """Train every living member once more, evaluate it anew, and write both; its steps, written last, make it hold.

    watched: who looks on while they train. Raises TrainingError or TaskError where fewer than two members live.
    """
    extending, generation, arm = given.extending, given.generation, layout.arm(given.generation, ARM)
    if extending is None:
        return
    curves = layout.arm(generation, "inherited").curves
    before = read_curves(curves)
    refuse_others(curves, before, layout, generation)
    members = _members(given, layout)
    shards = deal(empty_shard(extending.training, generation, ARM, given.digest), members)
    with watched(layout, shards) as on_progress:
        trained = train_missing(shards, layout, parallel_map, on_progress)
    whole = extended(trained, before)
    living = {member.name: member.agent for member in whole if not member.failure}
    evaluation = evaluated(given, extending.playing, living, layout, parallel_map, again=True)
    shutil.rmtree(arm.directory, ignore_errors=True)
    write_population(layout, generation, ARM, whole, members, extending.training.task)
    write_evaluation_of(arm, evaluation, f"dvc repro --force --single-item extend@{generation}")
    write_extended(layout, generation, Extended(extending.training.budget_steps, decision))
    write_json(layout.extension_steps(generation), extending.training.budget_steps)


def _members(given: ExtendInput, layout: Layout) -> list[Member]:
    """Return the living members as they are, on seeds of their own."""
    models = layout.arm(given.generation, "inherited").models
    trained = read_agents(models)
    refuse_others(models, trained, layout, given.generation)
    return extended_members(stored_members(layout, given.generation, given.seeds), trained, given.seeds)
