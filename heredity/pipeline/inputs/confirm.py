"""What `confirm` is given."""

from typing import Annotated, ClassVar

from pydantic import Field

from heredity.agents.task import Task
from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.pipeline.inputs.evaluate import Playing
from heredity.reading import Positive
from heredity.study.study import Study


class ConfirmInput(GenerationInput):
    """How survivors play on episodes that did not choose them, the first `at_most` in the gate's order.

    threshold: where the task is played on its twin, and so has to be held beside the original.
    """

    stage: ClassVar[str] = "confirm"

    at_most: Positive
    playing: Playing
    threshold: Annotated[float | None, Field(exclude_if=lambda number: number is None)] = None

    @classmethod
    def of(cls, study: Study, generation: str) -> "ConfirmInput":
        """Return the input for one generation of a study."""
        at_most = study.generations[generation].evaluate.confirm
        playing = Playing.of(study, generation).alone()
        threshold = study.threshold(generation) if playing.task.twin else None
        return cls(**of_generation(study, generation), at_most=at_most, playing=playing, threshold=threshold)

    def tasks(self) -> tuple[Task, ...]:
        """The environments whose code the stage runs."""
        return (self.playing.task,)
