"""Do the recorded models come out again? Members trained anew, compared with their files by hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from heredity.errors import HeredityError, TrainingError
from heredity.files import file_digest
from heredity.inheritance import inherit
from heredity.params import Study
from heredity.seeds import seed_integer
from heredity.task import make_task
from heredity.training import Shard, train
from heredity.training.dealing import shards, stored_shards
from heredity.workers import map_in_processes


@dataclass(frozen=True)
class Trainee:
    """A member of one arm ("inherited" or "control"), by name."""

    generation: str
    arm: str
    member: str

    def __str__(self) -> str:
        return f"{self.generation} {self.member}" + (" of the control" if self.arm == "control" else "")

    def model(self, lineage: Path) -> Path:
        """Return where its trained model lies."""
        directory = lineage / self.generation / ("control" if self.arm == "control" else "")
        return directory / "models" / f"{self.member}.zip"


@dataclass(frozen=True)
class Verdict:
    """Content hashes of a model as recorded and as it came out again."""

    trainee: Trainee
    recorded: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether both are the same."""
        return self.recorded == self.found


def trained_members(study: Study, lineage: Path) -> list[Trainee]:
    """Return every member of the study that has a trained model. Raises HeredityError where none has."""
    arms = [(name, "inherited") for name in study.order()] + [(name, "control") for name in study.control.generations]
    everyone = [Trainee(name, arm, member) for name, arm in arms for member in study.members()]
    if found := [trainee for trainee in everyone if trainee.model(lineage).exists()]:
        return found
    raise HeredityError(f"{lineage}: expected the models of a study that has run, found none; type: dvc repro")


def sample(trainees: list[Trainee], count: int, seed: int) -> list[Trainee]:
    """Return `count` of the members at random, all where there are fewer, in their order."""
    chosen = np.random.default_rng(seed).permutation(len(trainees))[:count]
    return [trainees[index] for index in sorted(chosen)]


def verify(study: Study, lineage: Path, trainees: Iterable[Trainee]) -> list[Verdict]:
    """Train members again, each alone, from their heirs and seeds, and compare the bytes with what is stored.

    Raises TrainingError naming generation, member and seed where one fails.
    """
    chosen = list(trainees)
    again = map_in_processes(train, [_alone(study, lineage, trainee) for trainee in chosen])
    verdicts = []
    for trainee, (trained,) in zip(chosen, again, strict=True):
        if trained.failure:
            raise TrainingError(f"{trainee} failed after {trained.env_steps:,} steps: {trained.failure}")
        path = trainee.model(lineage)
        recorded = file_digest(path) if path.exists() else "no file"
        verdicts.append(Verdict(trainee, recorded, trained.agent.digest))
    return verdicts


def _alone(study: Study, lineage: Path, trainee: Trainee) -> Shard:
    """Return a shard of one member; its result is the same whoever shares its shard."""
    name = trainee.generation
    if trainee.arm == "inherited":
        return stored_shards(study, name, lineage, [trainee.member])[0]
    node, seed = study.generations[name], seed_integer(study.seed, name, "heirs")
    fresh = inherit(
        {}, make_task(study, name), node.inherit, population=study.population, seed=seed, algorithm=node.algorithm
    )
    agents = {heir.name: heir.agent for heir in fresh if heir.name == trainee.member}
    return shards(study, name, "control", agents, study.control_budget(name))[0]
