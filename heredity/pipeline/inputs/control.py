"""What `control` is given."""

from typing import ClassVar

from heredity.agents.task import Task
from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.pipeline.inputs.evaluate import Playing
from heredity.pipeline.inputs.train import Training
from heredity.reading import Positive
from heredity.study.sections import Population
from heredity.study.study import Study


class ControlInput(GenerationInput):
    """How a population from random weights learns the same task, within its own budget, and plays then."""

    stage: ClassVar[str] = "control"

    lineages: Positive
    population: Population
    training: Training
    playing: Playing

    @classmethod
    def of(cls, study: Study, generation: str) -> "ControlInput":
        """Return the input for one generation of a study."""
        budget = {"budget_steps": study.control_budget(generation), "keeps_replay": False}
        return cls(
            **of_generation(study, generation),
            lineages=study.lineages,
            population=study.population,
            training=Training.of(study, generation).model_copy(update=budget),
            playing=Playing.of(study, generation).alone(),
        )

    def tasks(self) -> tuple[Task, ...]:
        """The environments whose code the stage runs."""
        return (self.training.task,)

    def providers(self) -> frozenset[str]:
        """What steps the environments."""
        return self.training.providers()

    def without(self) -> frozenset[str]:
        """The engine that does not train."""
        return self.training.without()
