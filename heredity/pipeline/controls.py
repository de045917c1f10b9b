"""The from-scratch arm: the same task, population and seeds from random weights."""

from collections.abc import Sequence

from heredity.errors import within
from heredity.evaluation.population import living, play, trials, write_evaluation_of
from heredity.inheritance.fresh import fresh_heirs
from heredity.layout import Layout
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.shards import empty_shard
from heredity.pipeline.trials import empty_trial
from heredity.training.population import write_population
from heredity.training.shard import Shard, Trained
from heredity.training.sharding import deal, fresh_members
from heredity.worker import acting
from heredity.workers import ParallelMap

ARM = "control"


def control_shards(given: ControlInput) -> list[Shard]:
    """Return the shards of a population from random weights."""
    training = given.training
    acting(f"{given.generation}: {training.task.id}")
    with within(given.generation):
        heirs = fresh_heirs(training.task, training.algorithm, given.population, given.seeds.integer("heirs"))
    return deal(empty_shard(training, given.generation, ARM, given.digest), fresh_members(heirs, given.seeds))


def write_control(
    given: ControlInput, shards: Sequence[Shard], trained: Sequence[Trained], layout: Layout, parallel_map: ParallelMap
) -> None:
    """Write the arm's models and curves, let the living members play as the others did, and write that.

    Raises TrainingError or TaskError where fewer than two members live.
    """
    generation, arm = given.generation, layout.arm(given.generation, ARM)
    members = [member for shard in shards for member in shard.members]
    alive = write_population(layout, generation, ARM, trained, members, given.training.task)
    template = empty_trial(given.playing, generation, given.seeds.evaluation())
    evaluation = play(trials({member.name: member.agent for member in alive}, template), parallel_map)
    command = f"dvc repro --force --single-item control@{generation}"
    write_evaluation_of(arm, living(generation, len(alive), evaluation), command)
