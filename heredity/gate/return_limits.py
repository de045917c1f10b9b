"""The lowest and the highest return that there can be, and how that is known: the bound of a mean hangs on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from heredity.errors import GateError

STATED: Literal["evaluate.floor"] = "evaluate.floor"
ENVIRONMENT: Literal["environment"] = "environment"
LOWEST_SEEN: Literal["lowest return seen"] = "lowest return seen"
HIGHEST_SEEN: Literal["highest return seen"] = "highest return seen"


@dataclass(frozen=True)
class ReturnLimit:
    """A return beyond which no episode goes, and how that is known: a return that was merely seen is no limit."""

    value: float
    source: Literal["evaluate.floor", "environment", "lowest return seen", "highest return seen"]

    @property
    def known(self) -> bool:
        """Whether anybody says that no return lies beyond it."""
        return self.source in (STATED, ENVIRONMENT)


def lower_limit(limit: ReturnLimit | None, played: Mapping[str, Sequence[float]]) -> ReturnLimit:
    """Return the floor of these episodes, by player: what is known of it, else the lowest return seen.

    Returns below what the environment is said to give show that it is not known. Raises GateError naming member,
    episode and both returns where one is below the floor that a study states.
    """
    lowest, name, episode = min((min(returns), name, int(np.argmin(returns))) for name, returns in played.items())
    if limit is not None and limit.value <= lowest and limit.known:
        return limit
    if limit is not None and limit.source == STATED:
        raise GateError(
            f"{name}: expected returns at or above evaluate.floor {limit.value:g}, got {lowest:g} in episode "
            f"{episode}; write the lowest return that an episode can have, or leave evaluate.floor out"
        )
    before = [limit.value] if limit is not None and limit.source == LOWEST_SEEN else []
    return ReturnLimit(float(min([lowest, *before])), LOWEST_SEEN)


def upper_limit(limit: ReturnLimit | None, played: Mapping[str, Sequence[float]]) -> ReturnLimit:
    """Return the ceiling of these episodes: what is known of it and no return exceeds, else the highest return seen."""
    highest = max(max(returns) for returns in played.values())
    if limit is not None and limit.value >= highest and limit.known:
        return limit
    before = [limit.value] if limit is not None and limit.source == HIGHEST_SEEN else []
    return ReturnLimit(float(max([highest, *before])), HIGHEST_SEEN)
