"""The from-scratch arms: the same task, population and seeds from random weights."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from heredity.errors import within
from heredity.evaluation.population import evaluate_population, write_evaluation_of
from heredity.inheritance.fresh import fresh_heirs
from heredity.layout import Layout, control_arm
from heredity.pipeline.inputs.control import ControlInput, Controlling
from heredity.pipeline.member_store import train_missing
from heredity.pipeline.players import compared_trials
from heredity.pipeline.selecting import write_control_gate
from heredity.pipeline.shards import empty_shard
from heredity.pipeline.stamp import training_digest
from heredity.pipeline.trials import empty_trial
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
    shards = {}
    for control in given.controls:
        training, seed = control.training, given.seeds.integer("heirs")
        acting(f"{given.generation}: {training.task.id}")
        with within(given.generation):
            heirs = fresh_heirs(training.task, training.algorithm, given.population, seed)
        empty = empty_shard(training, given.generation, control_arm(control.name), given.digest)
        shards[control.name] = deal(empty, fresh_members(heirs, given.seeds))
    return shards


def run_controls(
    given: ControlInput,
    layout: Layout,
    parallel_map: ParallelMap,
    watched: Callable[[Layout, Sequence[Shard]], AbstractContextManager[OnProgress]],
) -> None:
    """Train every control of a generation, have it play as the others did, and write that.

    One after another, from the smallest budget on: what learns alike goes on from where a smaller budget ended it.
    watched: who looks on while they train. Raises TrainingError or TaskError where fewer than two members live.
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
    alive = write_population(layout, generation, control_arm(control.name), trained, members, control.training.task)
    evaluation = evaluate_population(
        {member.name: member.agent for member in alive},
        empty_trial(control.playing, generation, given.seeds.evaluation()),
        compared=compared_trials(given, control.playing, layout) if control.playing.models() else (),
        parallel_map=parallel_map,
    )
    write_evaluation_of(arm, evaluation, f"dvc repro --force --single-item control@{generation}")
    if control.gate:
        write_control_gate(control.gate, arm, control.name)
