"""What is said of a member while it trains."""

from collections.abc import Callable
from dataclasses import dataclass

from heredity.training.curves import CurveRow


@dataclass(frozen=True)
class Progress:
    """What a worker says after each row of a member's curve; `last` is the final word, with the time it took."""

    generation: str
    arm: str
    member: str
    budget_steps: int
    row: CurveRow
    last: bool = False
    core_seconds: float | None = None


OnProgress = Callable[[Progress], None]
