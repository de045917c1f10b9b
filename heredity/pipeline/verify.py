"""Do the recorded models come out again? Members trained anew, compared with their files by hash."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from heredity.agents.kept import kept_digest, members_in
from heredity.errors import HeredityError, TrainingError
from heredity.layout import Layout, control_arm, control_name
from heredity.pipeline.controls import control_shards
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.inputs.train import TrainInput
from heredity.pipeline.runner import read_input
from heredity.pipeline.shards import empty_shard
from heredity.pipeline.stamp import FORCED, changed
from heredity.pipeline.surroundings import other_instructions
from heredity.study.lineages import member_place
from heredity.study.study import Study
from heredity.training.engines import train
from heredity.training.shard import Shard
from heredity.training.sharding import deal, stored_members
from heredity.workers import kept_workers, map_in_processes

NO_FILE = "no file"
"""In the place of a digest."""


@dataclass(frozen=True)
class TrainedMember:
    """A member of one arm ("inherited" or a control's, as `control_arm` writes it), by name."""

    generation: str
    arm: str
    member: str

    def __str__(self) -> str:
        control = control_name(self.arm)
        return member_place(self.generation, self.member) + (f" of the control {control}" if control else "")

    @property
    def stage(self) -> str:
        """The stage that trained it."""
        return f"{'control' if control_name(self.arm) else 'train'}@{self.generation}"

    def model(self, layout: Layout) -> Path:
        """Return where its trained model lies."""
        return layout.arm(self.generation, self.arm).model(self.member)


@dataclass(frozen=True)
class Verdict:
    """Content hashes of a model as recorded and as it came out again."""

    trainee: TrainedMember
    recorded: str
    retrained: str

    @property
    def holds(self) -> bool:
        """Whether both are the same."""
        return self.recorded == self.retrained


def trained_members(layout: Layout, study: Study) -> list[TrainedMember]:
    """Return every member of a study that has a trained model. Raises HeredityError where none has."""
    arms = [(name, "inherited") for name in study.order()]
    arms += [(name, control_arm(control)) for name in study.order() for control in study.generations[name].controls]
    trainees = [
        TrainedMember(name, arm, member) for name, arm in arms for member in members_in(layout.arm(name, arm).models)
    ]
    if not trainees:
        raise HeredityError(
            f"{layout.lineage}: expected the models of a study that has run, found none; type: dvc repro"
        )
    return trainees


def sample(trainees: list[TrainedMember], count: int, seed: int) -> list[TrainedMember]:
    """Return `count` of the members at random, all where there are fewer, in their order."""
    chosen = np.random.default_rng(seed).permutation(len(trainees))[:count]
    return [trainees[index] for index in sorted(chosen)]


def verify(layout: Layout, trainees: Iterable[TrainedMember]) -> list[Verdict]:
    """Train members again, each alone, from their heirs and seeds, and compare the bytes with what is stored.

    They learn by what `study` handed out, and take nothing from the store of finished members.
    Raises TrainingError naming generation, member and seed where one fails.
    """
    chosen = list(trainees)
    with kept_workers():
        shards = map_in_processes(partial(_alone, layout), chosen)
        again = map_in_processes(train, shards)
    verdicts = []
    for trainee, (trained,) in zip(chosen, again, strict=True):
        if trained.failure:
            raise TrainingError(f"{trainee} failed after {trained.env_steps:,} steps: {trained.failure}")
        recorded = kept_digest(trainee.model(layout)) or NO_FILE
        verdicts.append(Verdict(trainee, recorded, trained.agent.digest))
    return verdicts


def likely_cause(layout: Layout, verdict: Verdict, *, is_other: bool) -> str:
    """Say why a member probably came out otherwise, and what to type; it may be trained once more to tell.

    is_other: whether the stored files are not those that DVC recorded.
    """
    trainee = verdict.trainee
    given = read_input(ControlInput if control_name(trainee.arm) else TrainInput, layout, trainee.generation)
    if changes := changed(given, "{name} ({then} then, {now} now)"):
        return f"since study ran {' and '.join(changes)} changed; type: {FORCED}"
    if is_other or verdict.recorded == NO_FILE:
        return "the stored model is not the one that dvc.lock has; type: dvc checkout"
    (again,) = verify(layout, [trainee])
    if again.retrained != verdict.retrained:
        return (
            f"trained once more it comes out as {again.retrained[:8]}, so its environment is not the same twice; type: "
            "heredity check, which says where one gives other answers to one seed"
        )
    variables = other_instructions(os.environ)
    machine = f" ({variables})" if variables else ", as another family of CPUs does"
    return (
        f"trained once more it comes out so again: this machine computes otherwise than the one that made it{machine}; "
        f"type: dvc repro --force --single-item {trainee.stage}"
    )


def _alone(layout: Layout, trainee: TrainedMember) -> Shard:
    """Return a shard of one member; its result is the same whoever shares its shard."""
    name = trainee.generation
    if control := control_name(trainee.arm):
        shards = control_shards(read_input(ControlInput, layout, name)).get(control, [])
        members = [member for shard in shards for member in shard.members if member.name == trainee.member]
        if not members:
            raise HeredityError(f"{trainee.model(layout)}: expected a member of the control, got another name")
        return deal(shards[0], members)[0]
    given = read_input(TrainInput, layout, name)
    members = stored_members(layout, name, given.seeds, [trainee.member])
    return deal(empty_shard(given.training, name, "inherited", given.digest), members)[0]
