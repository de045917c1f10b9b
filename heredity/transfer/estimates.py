"""What a comparison says, as frozen values that become plain JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from heredity.errors import CurveError
from heredity.reading import Address, Count, Name
from heredity.study.sections import PrimaryOutcome
from heredity.transfer.glance import transfer_html, transfer_line

Array = np.ndarray[Any, np.dtype[np.float64]]
Curve = tuple[Any, Any]
"""A member's (env_steps, returns), two lists or arrays of equal length."""

ARMS = ("inherited", "control")
"""What the arms of a comparison are called, but for those that are branches."""

Unit = Literal["lineages", "parents", "members"]
"""What is independent of one another, and counted: a unit's datum is the mean over its members."""


@dataclass(frozen=True)
class Estimate:
    """A number with the ends of its 95 % interval, and of how many units; None is undefined, or beyond the budget.

    n: units of both arms, or pairs.
    """

    value: float | None
    low: float | None
    high: float | None
    n: Count


@dataclass(frozen=True)
class Defined(Estimate):
    """An estimate that is never undefined."""

    value: float


@dataclass(frozen=True)
class SpeedUp(Estimate):
    """The control's median time to the threshold over the inherited arm's.

    Where half of only one arm reached the threshold there is no value, but one side of it is known: it is `above` a
    number where the inherited arm did, `below` one where the control did. An end of the interval that is None is
    unlimited.
    """

    above: float | None = None
    below: float | None = None

    @property
    def nearest(self) -> float | None:
        """The value, or the number that it is known to be beyond."""
        return next((each for each in (self.value, self.above, self.below) if each is not None), None)


def defined(estimate: Estimate) -> Defined:
    """Return an estimate that has a value as one. Raises CurveError for returns so large that theirs is infinite."""
    if estimate.value is None:
        raise CurveError("expected returns whose differences are finite numbers, got larger ones")
    return Defined(estimate.value, estimate.low, estimate.high, estimate.n)


@dataclass(frozen=True)
class Contrast:
    """One quantity of each arm, and inherited minus control."""

    inherited: Estimate
    control: Estimate
    difference: Defined


@dataclass(frozen=True)
class PermutationTest:
    """A two-sided permutation test of equal arms.

    p: None where nothing is tested, as where even the clearest result of so few units could not fall below 0.05;
    `statement` then says so. p_holm: p after Holm's correction over the tests of a study, None before it is made.
    smallest_p: the p-value of the clearest possible result. n: pairs, or units of both arms. method: how it was made.
    """

    p: float | None
    p_holm: float | None
    smallest_p: float
    n: int
    method: str
    statement: str


@dataclass(frozen=True)
class Reached:
    """How many members of an arm reached the threshold, and the Kaplan–Meier median of when; None: not by then."""

    reached: Count
    of: Count
    median: float | None


@dataclass(frozen=True)
class TimeToThreshold:
    """Environment steps until the threshold; members that never reached it are censored where they were last seen.

    restricted_mean: mean over units of their members' mean steps to the threshold within the first `restricted_to`
    steps, a member that needs more counting as that many. log_rank: the test of equal times.
    """

    inherited: Reached
    control: Reached
    speed_up: SpeedUp
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
class Regression:
    """Least-squares slope of children on the mean fitness of their parents, one point per family.

    Children of the same parents are no independent witnesses, so a family counts once, by its children's mean, and is
    held against those of its own lineage; two families give no interval. corrected: the slope divided by `reliability`,
    the share of the variance between parents that is not noise of their evaluation; its interval has all that the
    intervals of both allow. None where noise explains all of it.
    """

    slope: Estimate
    corrected: Estimate | None
    intercept: float
    reliability: float
    families: int


@dataclass(frozen=True)
class Measure:
    """Children at one time; None is undefined, or not measured.

    response: R, the children less those that they are compared with. realised: h² = R / S, where these are children of
    random members. lead_kept: the share of the parents' lead over fresh weights that the children have, where these are
    fresh weights; no heritability. regression: of the children on their parents, where the parents differ.
    """

    response: Estimate | None
    realised: Estimate | None
    regression: Regression | None
    lead_kept: Estimate | None = None


@dataclass(frozen=True)
class Heritability:
    """One generation and its parents.

    baseline: whom the children are compared with. selection: S, the parents' mean fitness, each counting once per
    child, on episodes that did not choose them, less that of all members of their generation; None where that is not
    known of one of them. lead: the same less that of fresh weights, None where these are not compared with. zero_shot,
    trained: the children before and after training. unit: what all but the slopes is counted in.
    """

    baseline: str | None
    selection: Estimate | None
    zero_shot: Measure
    trained: Measure
    notes: tuple[str, ...]
    lead: Estimate | None = None
    unit: Unit = "members"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """The comparison of two arms. Weak: the ancestors' steps are not counted. Strong: the curve starts after them.

    arms: what both are called; `inherited` is of the first, `control` of the second, also of two branches. `…_study`:
    the curve starts after an equal share of all that the ancestors' generations took, failed members included; None
    where that was not given. All is of the means of independent units, which `unit` names, but for who reached the
    threshold and the medians of when. A unit's score is its mean return over the budget, on a scale from the untrained
    control (0) to the threshold (1); interquartile mean, optimality gap (mean shortfall of the score from 1) and
    profile are of scores, None where that scale is undefined. asymptotic_gain: without a value where a curve ends
    before the budget. forward_transfer_raw: as Continual World defines it, None where a return is not between 0 and 1.
    horizons: the steps until which areas are taken, weak and strong. test: of the primary outcome, which `outcome`
    names. negative: the outcomes of which the whole interval says that inheriting did harm. parents: how many the
    inherited members have, where these are more: all holds for them and not for others. source_steps: by member of the
    first arm, the steps of its own ancestors. heritability: from the parents to the inherited members. control: the
    name of the control that is compared with. beside: comparisons with other controls. Defaults may be missing.
    """

    jumpstart: Defined
    asymptotic_gain: Estimate
    area_difference: Defined
    transfer_ratio: Estimate
    relative_area: Estimate
    forward_transfer: Estimate
    forward_transfer_strong: Estimate
    forward_transfer_study: Estimate | None = None
    forward_transfer_raw: Estimate | None = None
    time_to_threshold: TimeToThreshold
    time_to_threshold_strong: TimeToThreshold
    time_to_threshold_study: TimeToThreshold | None = None
    interquartile_mean: Contrast | None = None
    optimality_gap: Contrast | None = None
    performance_profile: Profile | None = None
    probability_of_improvement: Estimate
    test: PermutationTest
    outcome: PrimaryOutcome = "steps"
    unit: Unit = "members"
    negative: tuple[str, ...] = ()
    parents: Count | None = None
    notes: tuple[str, ...] = ()
    source_steps: Mapping[Address, Count]
    horizons: tuple[Count, Count] | None = None
    arms: tuple[Name, Name] = ARMS
    heritability: Heritability | None = None
    control: Name | None = None
    beside: "Mapping[Name, Transfer]" = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say what was found of the primary outcome; `to_dict` has all of it."""
        return transfer_line(self)

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return transfer_html(self)

    @property
    def primary(self) -> Estimate:
        """The primary outcome: inherited minus control."""
        by_name: dict[PrimaryOutcome, Estimate] = {
            "steps": self.time_to_threshold.restricted_mean.difference,
            "steps_strong": self.time_to_threshold_strong.restricted_mean.difference,
            "area": self.area_difference,
            "jumpstart": self.jumpstart,
            "asymptote": self.asymptotic_gain,
        }
        return by_name[self.outcome]

    @property
    def larger_is_better(self) -> bool:
        """Whether more of the primary outcome says that the first arm is better; fewer steps do."""
        return self.outcome not in ("steps", "steps_strong")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; arms are named where they are called otherwise than usual."""
        values = asdict(self) | {"beside": {name: each.to_dict() for name, each in self.beside.items()}}
        return {key: value for key, value in values.items() if key != "arms" or self.arms != ARMS}
