"""Learning curves at the door: what is refused, and what is put on record."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from heredity.errors import CurveError, named
from heredity.study.sections import WINDOW
from heredity.training.curves import CurveRow, as_arrays
from heredity.transfer.estimates import Curve
from heredity.transfer.units import Units, units_of


class HasCurve(Protocol):
    """A member after training, as `train` returns it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def curve(self) -> Sequence[CurveRow]:
        """How it learned."""
        ...

    @property
    def failure(self) -> str | None:
        """What ended its training before its time."""
        ...


@dataclass(frozen=True)
class Arm:
    """The learning curves of one population.

    curves: per member (env_steps int[k], returns float[k]), steps rising from 0, the untrained policy; or the rows of
    its curve; or the member as `train` returns it. All that `train` returns of a shard will do as it is. A curve that
    ends before the budget keeps its last return, as a member that stops at its threshold does. budget: environment
    steps per member. source_steps: those that the members' ancestors took, for all members or each. failed: members
    that have no curve because their training failed: they count as not having reached the threshold. window: the
    episodes behind each row, where curves are rows. units: by member, failed ones included, the independent unit that
    it belongs to, as its lineage; where left out, every member is one by itself. lost: units that ended before they
    came here, and how many members each counts for, which did not reach the threshold either. ranking_steps: by member,
    its share of what ranking its possible parents on this task took: its clock begins with these, its curve after them.
    branch: the name of the branch that it is, where two branches are compared and neither is a control of the other.
    gives_up: whether curves end where they get no better; what ends below the threshold is then seen not to have
    reached it until the budget.
    """

    curves: Mapping[str, Curve | Sequence[CurveRow] | HasCurve] | Sequence[HasCurve]
    budget: int
    source_steps: int | Mapping[str, int] = 0
    failed: Collection[str] = ()
    window: int = WINDOW
    units: Mapping[str, str] | None = None
    lost: Mapping[str, int] = field(default_factory=dict)
    ranking_steps: Mapping[str, int] = field(default_factory=dict)
    branch: str | None = None
    gives_up: bool = False

    def __repr__(self) -> str:
        """Say how many curves there are, and over how many steps."""
        return f"Arm(curves of {len(self.curves)}, budget={self.budget})"


def checked_units(label: str, arm: Arm, learned: Collection[str]) -> tuple[Units, Units]:
    """Return the units of those members who have a curve, and of all: failed and lost ones come last.

    Raises CurveError for a member without unit, and a lost unit that has members or counts for none.
    """
    members = [*learned, *(name for name in dict.fromkeys(arm.failed) if name not in learned)]
    units = units_of(label, members, arm.units)
    for unit, count in arm.lost.items():
        if unit in units.names or not count >= 1:
            expected = "a unit that ended before it had members, and at least 1 that it counts for"
            raise CurveError(f"{label} {unit}: expected in lost {expected}, got {count}")
    ghosts = {f"{unit} {place}": unit for unit, count in arm.lost.items() for place in range(count)}
    owners = {name: units.names[place] for name, place in zip(members, units.index, strict=True)} | ghosts
    return units_of(label, [*learned], arm.units), units_of(label, [*members, *ghosts], owners)


def checked_curves(label: str, arm: Arm) -> dict[str, Curve]:
    """Return float64 arrays per member. Raises CurveError naming arm and member of a curve that none can use."""
    curves: Any = arm.curves
    if not len(curves):
        raise CurveError(f"{label}: expected the curve of at least one member, got none")
    by_name = curves if isinstance(curves, Mapping) else {member.name: member for member in curves}
    checked = {}
    for member, curve in by_name.items():
        where = f"{label} {member}"
        steps, returns = _steps_and_returns(where, curve, arm.window)
        steps, returns = np.asarray(steps, np.float64), np.asarray(returns, np.float64)
        if steps.ndim != 1 or steps.shape != returns.shape or not len(steps):
            raise CurveError(f"{where}: expected two lists of equal length, got {steps.shape} and {returns.shape}")
        if not (np.isfinite(steps).all() and np.isfinite(returns).all()):
            raise CurveError(f"{where}: expected finite steps and returns, got NaN or infinity")
        if steps[0] != 0 or not (np.diff(steps) > 0).all():
            raise CurveError(f"{where}: expected steps that rise from 0, got {steps[0]:g}, … out of order or doubled")
        if arm.gives_up and steps[-1] < arm.budget:
            steps, returns = np.append(steps, arm.budget), np.append(returns, returns[-1])
        checked[member] = (steps, returns)
    return checked


def _steps_and_returns(where: str, curve: Any, window: int) -> Curve:
    """Return a member's curve as two sequences. Raises CurveError for a member that failed."""
    if failure := getattr(curve, "failure", None):
        raise CurveError(f"{where}: expected a member that lived, got one that failed: {failure}; leave it out")
    curve = getattr(curve, "curve", curve)
    if all(isinstance(row, CurveRow) for row in curve):
        return as_arrays(curve, window)
    if len(curve) != 2:
        raise CurveError(f"{where}: expected env_steps and returns, or rows of a curve, got {len(curve)} values")
    steps, returns = curve
    return steps, returns


def check_budgets(threshold: float, budget: int, control_budget: int, *, branches: bool = False) -> None:
    """Raise CurveError for budgets on which no comparison of both arms, a control or two branches, can be made."""
    least = min(budget, control_budget) if branches else budget
    if not (least > 0 and math.isfinite(threshold)):
        raise CurveError(f"expected a positive budget and a finite threshold, got {least} and {threshold}")
    if not branches and not control_budget >= budget:
        raise CurveError(f"expected a control of at least the inherited budget of {budget} steps, got {control_budget}")


def checked_sources(label: str, arm: Arm, members: Mapping[str, Curve]) -> tuple[int, ...]:
    """Return the ancestors' steps of every member. Raises CurveError where one is missing or negative."""
    source_steps = arm.source_steps
    if isinstance(source_steps, int):
        source_steps = dict.fromkeys(members, source_steps)
    if missing := [member for member in members if member not in source_steps]:
        raise CurveError(f"{label} {missing[0]}: expected its ancestors' steps in source_steps, got none")
    return _counts(label, {member: source_steps[member] for member in members}, "ancestors' steps")


def checked_waits(label: str, arm: Arm, members: Mapping[str, Curve]) -> tuple[int, ...]:
    """Return every member's share of what ranking took, 0 where none is named. Raises CurveError for a negative one."""
    return _counts(label, {member: arm.ranking_steps.get(member, 0) for member in members}, "steps of ranking")


def _counts(label: str, steps: Mapping[str, int], kind: str) -> tuple[int, ...]:
    if wrong := [member for member, count in steps.items() if not 0 <= count < math.inf]:
        raise CurveError(f"{label} {wrong[0]}: expected {kind} from 0, got {steps[wrong[0]]}")
    return tuple(steps.values())


def paired_units(inherited: Units, control: Units) -> tuple[Units, Units]:
    """Return those units that both arms have, in the same order. Raises CurveError where there are none."""
    both = [name for name in inherited.names if name in control.names]
    if not both:
        raise CurveError("expected a curve in both arms of at least one pair, got none; leave out paired")
    return inherited.restricted_to(both), control.restricted_to(both)


def check_pairs(inherited: Units, control: Units) -> None:
    """Raise CurveError unless both arms have the same units: the same members where each is one by itself."""
    if set(inherited.names) != set(control.names):
        raise CurveError(
            "expected the same members, or units, in both arms of a paired comparison, got "
            f"{named(inherited.names)} and {named(control.names)}; leave out paired"
        )


def held(arms: Mapping[str, Mapping[str, Curve]], horizon: int) -> list[str]:
    """Say how many curves of each arm keep their last return until a horizon, for which areas alone hold then."""
    ends = {arm: [steps[-1] for steps, _ in curves.values() if steps[-1] < horizon] for arm, curves in arms.items()}
    if not any(ends.values()):
        return []
    counts = " and ".join(f"{len(ends[arm]):,} of {len(curves):,} {arm}" for arm, curves in arms.items())
    return [
        f"areas and forward transfer hold for {horizon:,} steps, until which {counts} curves keep their last return"
    ]


def early_ends(label: str, curves: Mapping[str, Curve], threshold: float, budget: int) -> list[str]:
    """Say which curves end before the budget although they never stood at the threshold, and what becomes of them."""
    ends = {
        member: steps[-1]
        for member, (steps, returns) in curves.items()
        if steps[-1] < budget and not (returns >= threshold).any()
    }
    if not ends:
        return []
    who = named([f"{member} at {step:,.0f}" for member, step in ends.items()])
    return [
        f"{label}: {len(ends):,} of {len(curves):,} curves end below the threshold before {budget:,} steps ({who}): "
        "they keep their last return, and their time to threshold is censored there"
    ]
