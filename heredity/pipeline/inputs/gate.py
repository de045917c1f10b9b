"""What `gate` is given."""

from typing import ClassVar

from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.reading import Positive
from heredity.study.gate_rule import GateRule
from heredity.study.study import Study


class GateInput(GenerationInput):
    """What the gate decides by; episodes: how many each member played for it."""

    stage: ClassVar[str] = "gate"

    rule: GateRule
    threshold: float
    episodes: Positive

    @classmethod
    def of(cls, study: Study, generation: str) -> "GateInput":
        """Return the input for one generation of a study."""
        node = study.generations[generation]
        return cls(
            **of_generation(study, generation),
            rule=node.gate,
            threshold=study.threshold(generation),
            episodes=node.evaluate.episodes,
        )
