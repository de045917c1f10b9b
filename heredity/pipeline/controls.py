"""The from-scratch arms: the same task and population from random weights, on seeds of their own.

They play the episodes that the inherited members play.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from heredity.errors import within
from heredity.evaluation.population import Contest, evaluate_population, write_evaluation_of
from heredity.inheritance.fresh import fresh_heirs
from heredity.layout import CONTROL, Layout, control_arm
from heredity.pipeline.inputs.control import ControlInput, Controlling
from heredity.pipeline.member_store import train_missing
from heredity.pipeline.players import compared_trials
from heredity.pipeline.selecting import write_control_gate
from heredity.pipeline.shards import empty_shard
from heredity.pipeline.stamp import training_digest
from heredity.pipeline.trials import empty_trial
from heredity.study.lineages import by_lineage, lineage_names
from heredity.training.population import write_population
from heredity.training.progress import OnProgress
from heredity.training.shard import Shard, Trained
from heredity.training.sharding import deal, fresh_members
from heredity.worker import acting
from heredity.workers import ParallelMap


def control_shards(given: ControlInput) -> dict[str, list[Shard]]:
    """Return by control the shards of a population from random weights.

    All begin from the same seeds, so that those that learn alike are the same members, trained once.
    """
    shards, seeds = {}, given.seeds.of_arm(CONTROL)
    for control in given.controls:
        training = control.training
        acting(f"{given.generation}: {training.task.id}")
        with within(given.generation):
            heirs = [
                heir
                for lineage in lineage_names(given.lineages)
                for heir in fresh_heirs(
                    training.task, training.algorithm, given.population, seeds.in_lineage(lineage).integer("heirs"),
                    lineage,
                )
            ]  # fmt: skip
        empty = empty_shard(training, given.generation, control_arm(control.name), given.digest)
        shards[control.name] = deal(empty, fresh_members(heirs, seeds))
    return shards


def run_controls(
    given: ControlInput,
    layout: Layout,
    parallel_map: ParallelMap,
    watched: Callable[[Layout, Sequence[Shard]], AbstractContextManager[OnProgress]],
) -> None:
    """Train every control of a generation, have it play as the others did, and write that.

    One after another, from the smallest budget on: what learns alike goes on from where a smaller budget ended it.
    watched: who looks on while they train. Raises TrainingError or TaskError where nobody lives.
    """
    (shards,) = parallel_map(control_shards, [given])
    shutil.rmtree(layout.controls(given.generation), ignore_errors=True)
    for control in sorted(given.controls, key=lambda each: each.training.budget_steps):
        code = training_digest(control.training)  # not the stage's: another control beside it trains nobody anew
        own = [replace(shard, code=code) for shard in shards[control.name]]
        with watched(layout, own) as on_progress:
            trained = train_missing(own, layout, parallel_map, on_progress)
        _write(given, control, own, trained, layout, parallel_map)


def _write(
    given: ControlInput,
    control: Controlling,
    shards: Sequence[Shard],
    trained: Sequence[Trained],
    layout: Layout,
    parallel_map: ParallelMap,
) -> None:
    """Write an arm's models and curves, let the living members play, and write that, and whom the gate chooses."""
    generation, arm = given.generation, layout.control(given.generation, control.name)
    members = [member for shard in shards for member in shard.members]
    task, as_arrays = control.training.task, control.training.as_arrays
    alive = write_population(layout, generation, control_arm(control.name), trained, members, task, as_arrays=as_arrays)
    contests = [
        Contest(
            agents,
            empty_trial(control.playing, generation, given.seeds.in_lineage(lineage).evaluation()),
            compared_trials(given, control.playing, lineage, layout) if control.playing.models() else (),
        )
        for lineage, agents in by_lineage({member.name: member.agent for member in alive}).items()
    ]
    evaluation = evaluate_population(contests, parallel_map)
    write_evaluation_of(arm, evaluation, f"dvc repro --force --single-item control@{generation}")
    if control.gate:
        write_control_gate(control.gate, arm, control.name)
