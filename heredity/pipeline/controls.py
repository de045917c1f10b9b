"""The from-scratch arm: the same task and population from random weights, on seeds of its own.

It plays the episodes that the inherited members play.
"""

from collections.abc import Sequence

from heredity.errors import within
from heredity.evaluation.population import living, play, trials, write_evaluation_of
from heredity.inheritance.fresh import fresh_heirs
from heredity.layout import Layout
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.shards import empty_shard
from heredity.pipeline.trials import empty_trial
from heredity.study.lineages import by_lineage, lineage_names
from heredity.training.population import write_population
from heredity.training.shard import Shard, Trained
from heredity.training.sharding import deal, fresh_members
from heredity.worker import acting
from heredity.workers import ParallelMap

ARM = "control"


def control_shards(given: ControlInput) -> list[Shard]:
    """Return the shards of a population from random weights."""
    training, seeds = given.training, given.seeds.of_arm(ARM)
    acting(f"{given.generation}: {training.task.id}")
    with within(given.generation):
        heirs = [
            heir
            for lineage in lineage_names(given.lineages)
            for heir in fresh_heirs(
                training.task, training.algorithm, given.population, seeds.in_lineage(lineage).integer("heirs"), lineage
            )
        ]
    return deal(empty_shard(training, given.generation, ARM, given.digest), fresh_members(heirs, seeds))


def write_control(
    given: ControlInput, shards: Sequence[Shard], trained: Sequence[Trained], layout: Layout, parallel_map: ParallelMap
) -> None:
    """Write the arm's models and curves, let the living members play as the others did, and write that.

    Raises TrainingError or TaskError where nobody lives.
    """
    generation, arm = given.generation, layout.arm(given.generation, ARM)
    members = [member for shard in shards for member in shard.members]
    alive = write_population(layout, generation, ARM, trained, members, given.training.task)
    played = [
        trial
        for lineage, agents in by_lineage({member.name: member.agent for member in alive}).items()
        for trial in trials(
            agents, empty_trial(given.playing, generation, given.seeds.in_lineage(lineage).evaluation())
        )
    ]
    evaluation = play(played, parallel_map)
    command = f"dvc repro --force --single-item control@{generation}"
    write_evaluation_of(arm, living(generation, len(alive), evaluation), command)
