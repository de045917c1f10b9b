"""What a comparison says, as frozen values that become plain JSON."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Curve = tuple[Any, Any]
"""A member's (env_steps, returns), two lists or arrays of equal length."""


@dataclass(frozen=True)
class Estimate:
    """A number with the ends of its 95 % interval and the number of runs; None is undefined, or beyond the budget."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Contrast:
    """One quantity of each arm, and inherited minus control."""

    inherited: Estimate
    control: Estimate
    difference: Estimate


@dataclass(frozen=True)
class PermutationTest:
    """A two-sided permutation test of equal arms.

    p: None where even the clearest result of so few runs could not fall below 0.05; `statement` then says so.
    p_holm: p after Holm's correction over the generations of a study, None before it is made.
    smallest_p: the p-value of the clearest possible result. n: pairs, or runs of both arms. method: how it was made.
    """

    p: float | None
    p_holm: float | None
    smallest_p: float
    n: int
    method: str
    statement: str


@dataclass(frozen=True)
class Arm:
    """How many runs of an arm reached the threshold, and the Kaplan–Meier median of when; None: not within budget."""

    reached: int
    of: int
    median: float | None


@dataclass(frozen=True)
class TimeToThreshold:
    """Environment steps until the threshold; runs that never reached it are censored where they were last seen.

    speed_up: the control's median over the inherited one. restricted_mean: mean steps to the threshold within the
    first `restricted_to` steps, a run that needs more counting as that many. log_rank: the test of equal times.
    """

    inherited: Arm
    control: Arm
    speed_up: Estimate
    restricted_mean: Contrast
    restricted_to: float
    log_rank: PermutationTest


@dataclass(frozen=True)
class Profile:
    """Performance profiles: per level, the share of an arm's runs whose score is above it."""

    levels: tuple[float, ...]
    inherited: tuple[Estimate, ...]
    control: tuple[Estimate, ...]


@dataclass(frozen=True)
class Transfer:
    """The comparison of two arms. Weak: the ancestors' steps are not counted. Strong: the curve starts after them.

    `…_study`: the curve starts after an equal share of all that the ancestors' generations took, failed members
    included; None where that was not given. A run's score is its mean return over the budget, on a scale from the
    untrained control (0) to the threshold (1); the interquartile mean, the optimality gap (mean shortfall of the score
    from 1) and the profile are of scores, None where that scale is undefined. test: of equal mean returns over the
    budget. negative_transfer: whether the interval of the area difference lies below 0.
    """

    jumpstart: Estimate
    asymptotic_gain: Estimate
    area_difference: Estimate
    transfer_ratio: Estimate
    relative_area: Estimate
    forward_transfer: Estimate
    forward_transfer_strong: Estimate
    forward_transfer_study: Estimate | None
    time_to_threshold: TimeToThreshold
    time_to_threshold_strong: TimeToThreshold
    time_to_threshold_study: TimeToThreshold | None
    interquartile_mean: Contrast | None
    optimality_gap: Contrast | None
    performance_profile: Profile | None
    probability_of_improvement: Estimate
    test: PermutationTest
    negative_transfer: bool | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)
