"""What `gate` is given."""

from typing import ClassVar

from heredity.gate.return_limits import ENVIRONMENT, STATED, ReturnLimit
from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.reading import Positive
from heredity.study.gate_rule import GateRule
from heredity.study.study import Study


class GateInput(GenerationInput):
    """What the gate decides by.

    episodes: how many each member played for it. floor, ceiling: what returns lie between, None where nobody knows.
    """

    stage: ClassVar[str] = "gate"

    rule: GateRule
    threshold: float
    episodes: Positive
    floor: ReturnLimit | None = None
    ceiling: ReturnLimit | None = None

    @classmethod
    def of(cls, study: Study, generation: str) -> "GateInput":
        """Return the input for one generation of a study."""
        node = study.generations[generation]
        return cls(
            **of_generation(study, generation),
            rule=node.gate,
            threshold=study.threshold(generation),
            episodes=node.evaluate.episodes,
            floor=_limit(node.known_returns.lowest) if node.evaluate.floor is None else _stated(node.evaluate.floor),
            ceiling=_limit(node.known_returns.highest),
        )


def _limit(value: float | None) -> ReturnLimit | None:
    return None if value is None else ReturnLimit(value, ENVIRONMENT)


def _stated(value: float) -> ReturnLimit:
    return ReturnLimit(value, STATED)
