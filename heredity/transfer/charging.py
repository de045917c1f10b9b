"""Two arms of learning curves under one way of counting steps: what is charged, and until when they are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from heredity.transfer.alignment import (
    Arm,
    check_budgets,
    check_pairs,
    checked_curves,
    checked_sources,
    checked_units,
    checked_waits,
    early_ends,
    held,
    paired_units,
)
from heredity.transfer.areas import delayed
from heredity.transfer.estimates import ARMS, Array, Curve, TimeToThreshold
from heredity.transfer.inference import Design, Inference
from heredity.transfer.survival import Times, compare_times, restricted, times_to_threshold, with_failed

StudySteps = int | tuple[int, int] | None
"""Steps of all members of all ancestor generations, of the first arm or of both; None where they are unknown."""


@dataclass(frozen=True)
class Terms:
    """What holds however steps are counted; branches: whether neither arm is a control of the other."""

    threshold: float
    seed: int
    paired: bool
    design: Design
    branches: bool = False


@dataclass(frozen=True)
class ChargedArm:
    """One arm under one way of counting steps.

    label: what it is called. learned: by member, its curve as it learned. waits: the steps that pass, at its untrained
    return, before each goes on. shifts: those after which each begins. lost: how many units ended before they came.
    """

    label: str
    learned: Mapping[str, Curve]
    waits: tuple[int, ...]
    shifts: tuple[int, ...]
    lost: int

    @cached_property
    def curves(self) -> dict[str, Curve]:
        """The curves that are compared, before they are shifted."""
        waiting = zip(self.learned.items(), self.waits, strict=True)
        return {name: delayed(curve, wait) for (name, curve), wait in waiting}

    @property
    def before(self) -> list[int]:
        """The steps that pass before each member learns."""
        return [wait + shift for wait, shift in zip(self.waits, self.shifts, strict=True)]

    @property
    def shifted(self) -> dict[str, Curve]:
        """The curves that are compared, each after its shift."""
        of_members = zip(self.curves.items(), self.shifts, strict=True)
        return {name: (steps + shift, returns) for (name, (steps, returns)), shift in of_members}


@dataclass(frozen=True)
class Charging:
    """Two arms under one way of counting steps.

    horizon: until where both arms are compared. learned: inference on members who have a curve. everybody: on those,
    and then on those without one, which did not reach the threshold.
    """

    arms: tuple[ChargedArm, ChargedArm]
    horizon: int
    learned: Inference
    everybody: Inference
    terms: Terms

    def times(self) -> TimeToThreshold:
        """Compare when the arms reached the threshold."""
        return compare_times(*self.arms_times(), self.horizon, self.everybody)

    def steps(self, end: float) -> tuple[Array, Array]:
        """Return each member's steps to the threshold, counting as `end` at most, per arm."""
        first, second = (restricted(arm, end) for arm in self.arms_times())
        return first, second

    def arms_times(self) -> tuple[Times, Times]:
        """Return when each member reached the threshold, per arm; who has no curve did not."""
        first, second = (
            with_failed(
                times_to_threshold([*arm.learned.values()], arm.before, self.terms.threshold, self.horizon),
                len(units.members) - len(arm.learned),
                self.horizon,
            )
            for arm, units in zip(self.arms, self.everybody.units, strict=True)
        )
        return first, second

    def held(self) -> list[str]:
        """Say which curves are held at their last return; shifted ones reach as far as they are shifted."""
        return held({arm.label: arm.shifted for arm in self.arms}, self.horizon)

    def early_ends(self, place: int) -> list[str]:
        """Say which curves of one arm end too early."""
        return early_ends(self.arms[place].label, self.arms[place].curves, self.terms.threshold, self.horizon)

    def missing(self) -> list[str]:
        """Say which units no return or area is of."""
        notes, noun = [], self.everybody.noun
        others = "the pairs that have one in both arms" if self.terms.paired else "the others"
        for arm, units in zip(self.arms, self.everybody.units, strict=True):
            of = f"of {len(units):,} {arm.label} {noun}s"
            if arm.lost:
                notes.append(
                    f"{arm.lost} {of} ended before this generation came: in times to the threshold they count as not "
                    "having reached it, in returns and areas not at all"
                )
            without = len(units) - len(set(units.index[: len(arm.learned)])) - arm.lost
            single = len(units) == len(units.members)
            if without > 0 and not single:
                notes.append(f"{without} {of} have no curve: returns and areas are of {others}")
        return notes


def chargings(
    inherited: Arm, control: Arm, terms: Terms, study_steps: StudySteps
) -> tuple[Charging, Charging, Charging | None]:
    """Return how weak and strong metrics count steps, and those that charge all that was spent, None where unknown.

    Raises CurveError for curves, budgets, ancestors' steps, units and pairs that cannot be compared.
    """
    arms = inherited, control
    check_budgets(terms.threshold, inherited.budget, control.budget, branches=terms.branches)
    labels = inherited.branch or ARMS[0], control.branch or ARMS[1]
    named = list(zip(labels, arms, strict=True))
    curves = [checked_curves(*each) for each in named]
    sources = [checked_sources(*each, own) for each, own in zip(named, curves, strict=True)]
    waits = [checked_waits(*each, own) for each, own in zip(named, curves, strict=True)]
    learned, everybody = zip(*(checked_units(*each, own) for each, own in zip(named, curves, strict=True)), strict=True)
    if terms.paired:
        check_pairs(*everybody)
        learned, everybody = paired_units(*learned), paired_units(*everybody)
    first, second = (
        ChargedArm(label, own, wait, (0,) * len(own), len(arm.lost))
        for (label, arm), own, wait in zip(named, curves, waits, strict=True)
    )
    drawn = Inference(learned, terms.seed, terms.paired, terms.design)
    least = min(inherited.budget, control.budget)
    weak = Charging((first, second), least, drawn, replace(drawn, units=everybody), terms)
    strong = _shifted(weak, sources, arms)
    if study_steps is None:
        return weak, strong, None
    totals = study_steps if isinstance(study_steps, tuple) else (study_steps, 0)
    shares = [(round(total / len(own)),) * len(own) for total, own in zip(totals, curves, strict=True)]
    return weak, strong, _shifted(weak, shares, arms)


def _shifted(weak: Charging, shifts: list[tuple[int, ...]], arms: tuple[Arm, Arm]) -> Charging:
    """Return the same arms after these shifts: until the control's budget, or where the last branch's ends."""
    first, second = (replace(arm, shifts=own) for arm, own in zip(weak.arms, shifts, strict=True))
    last = max(arm.budget + max(own) for arm, own in zip(arms, shifts, strict=True))
    return replace(weak, arms=(first, second), horizon=last if weak.terms.branches else arms[1].budget)
