"""What `extend` is given."""

from typing import ClassVar

from heredity.agents.task import Task
from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.pipeline.inputs.evaluate import Playing
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.inputs.train import Training
from heredity.study.sections import Section
from heredity.study.study import Study

UNASKED = ("heredity.pipeline.asking", "heredity.pipeline.extension")
"""What the stage leaves alone where the gate never asks."""


class Extending(Section):
    """Where nobody passes: how the gate decides, how members learn on until the budget's end, how they play then."""

    gate: GateInput
    training: Training
    playing: Playing

    @classmethod
    def of(cls, study: Study, generation: str) -> "Extending":
        """Return how the members of one generation are trained once more."""
        steps = study.generations[generation].gate.extension_steps
        training = Training.of(study, generation)
        until_budget = training.train.model_copy(update={"until": "budget"})  # the gate did not believe the threshold
        return cls(
            gate=GateInput.of(study, generation),
            training=training.model_copy(update={"train": until_budget, "budget_steps": steps}),
            playing=Playing.of(study, generation),
        )


class ExtendInput(GenerationInput):
    """extending: None where the gate never asks, which needs nothing of what trains."""

    stage: ClassVar[str] = "extend"

    extending: Extending | None

    @classmethod
    def of(cls, study: Study, generation: str) -> "ExtendInput":
        """Return the input for one generation of a study."""
        extension_steps = study.generations[generation].gate.extension_steps
        extending = Extending.of(study, generation) if extension_steps else None
        return cls(**of_generation(study, generation), extending=extending)

    def tasks(self) -> tuple[Task, ...]:
        """The environments whose code the stage runs."""
        return (self.extending.training.task,) if self.extending else ()

    def models(self) -> tuple[str, ...]:
        """The paths of models that the study names and the stage reads."""
        return self.extending.playing.models() if self.extending else ()

    def providers(self) -> frozenset[str]:
        """What steps the environments."""
        return self.extending.training.providers() if self.extending else frozenset()

    def without(self) -> frozenset[str]:
        """All that trains, or the engine that does not."""
        return self.extending.training.without() if self.extending else frozenset(UNASKED)
