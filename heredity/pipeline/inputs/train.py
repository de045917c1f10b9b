"""What `train` is given."""

import operator
from typing import ClassVar

from pydantic import Field

from heredity.agents.task import Task
from heredity.extras import CUDA_LIBRARIES
from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.pipeline.inputs.tasks import training_task
from heredity.reading import Positive
from heredity.study.sections import Algorithm, Section, Train, on_cpu
from heredity.study.study import Study

COHORT, TILED = "heredity.training.cohort.engine", "heredity.training.cohort.tile_engine"
FUSED = ("heredity.training.cohort.fused_collector", "heredity.training.cohort.twin_envs")


NOT_LEARNED_BY = {"wrappers": (), "store": "auto"}
"""What of `train` members do not learn by: wrappers are the task's, and how they are kept stands beside it."""


class Training(Section):
    """How a population learns. The task has a threshold only where training stops at it.

    as_arrays: whether its members are kept in one file.
    """

    task: Task
    algorithm: Algorithm
    train: Train
    budget_steps: Positive
    zero_shot_episodes: Positive
    keeps_replay: bool
    as_arrays: bool = Field(False, exclude_if=operator.not_)

    @classmethod
    def of(cls, study: Study, generation: str) -> "Training":
        """Return how the members of one generation learn."""
        node = study.generations[generation]
        return cls(
            task=training_task(study, generation, threshold=node.train.until == "threshold"),
            algorithm=node.algorithm,
            train=node.train.model_copy(update=NOT_LEARNED_BY),
            budget_steps=node.budget,
            zero_shot_episodes=node.evaluate.zero_shot_episodes,
            keeps_replay=study.keeps_replay(generation),
            as_arrays=study.keeps_arrays(generation),
        )

    def providers(self) -> frozenset[str]:
        """EnvPool, where it steps the environments; what computes on a GPU, where members learn on one."""
        stepping = frozenset({"envpool"}) if self.train.environments == "envpool" else frozenset[str]()
        return stepping if on_cpu(self.train.device) else stepping | CUDA_LIBRARIES

    def without(self) -> frozenset[str]:
        """The engines that do not train."""
        if self.train.engine == "sb3":
            return frozenset({COHORT, TILED})
        if not on_cpu(self.train.device):
            return frozenset({COHORT, "heredity.training.sb3"})
        return frozenset({"heredity.training.sb3", TILED, *(() if self.train.environments == "jax" else FUSED)})


class TrainInput(GenerationInput):
    """How the heirs of a generation learn."""

    stage: ClassVar[str] = "train"

    training: Training

    @classmethod
    def of(cls, study: Study, generation: str) -> "TrainInput":
        """Return the input for one generation of a study."""
        return cls(**of_generation(study, generation), training=Training.of(study, generation))

    def tasks(self) -> tuple[Task, ...]:
        """The environments whose code the stage runs."""
        return (self.training.task,)

    def providers(self) -> frozenset[str]:
        """What steps the environments."""
        return self.training.providers()

    def without(self) -> frozenset[str]:
        """The engine that does not train."""
        return self.training.without()
