"""Two arms of learning curves under one way of counting steps: what is charged, and until when they are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from heredity.transfer.alignment import (
    Arm,
    check_budgets,
    check_pairs,
    checked_curves,
    checked_sources,
    checked_units,
    early_ends,
    held,
    paired_units,
)
from heredity.transfer.estimates import Array, Curve, TimeToThreshold
from heredity.transfer.inference import ARMS, Design, Inference
from heredity.transfer.survival import Times, compare_times, restricted, times_to_threshold, with_failed


@dataclass(frozen=True)
class Terms:
    """What holds however steps are counted."""

    threshold: float
    seed: int
    paired: bool
    design: Design


@dataclass(frozen=True)
class Charging:
    """Two arms under one way of counting steps.

    shifts: the steps after which each inherited curve begins. horizon: until where both arms are compared. learned:
    inference on members who have a curve. everybody: on those, and then on those without one, which did not reach the
    threshold. lost: how many units of each arm ended before they came here.
    """

    inherited: Mapping[str, Curve]
    control: Mapping[str, Curve]
    shifts: tuple[int, ...]
    horizon: int
    learned: Inference
    everybody: Inference
    lost: tuple[int, int]
    terms: Terms

    def times(self) -> TimeToThreshold:
        """Compare when the arms reached the threshold."""
        return compare_times(*self.arms_times(), self.horizon, self.everybody)

    def steps(self, end: float) -> tuple[Array, Array]:
        """Return each member's steps to the threshold, counting as `end` at most, per arm."""
        inherited, control = (restricted(arm, end) for arm in self.arms_times())
        return inherited, control

    def arms_times(self) -> tuple[Times, Times]:
        """Return when each member reached the threshold, per arm; who has no curve did not."""
        arms, shifts = (self.inherited, self.control), (self.shifts, (0,) * len(self.control))
        inherited, control = (
            with_failed(
                times_to_threshold(list(curves.values()), shift, self.terms.threshold, self.horizon),
                len(units.members) - len(curves),
                self.horizon,
            )
            for curves, shift, units in zip(arms, shifts, self.everybody.units, strict=True)
        )
        return inherited, control

    def held(self) -> list[str]:
        """Say which curves are held at their last return; shifted ones reach as far as they are shifted."""
        shifted = zip(self.inherited.items(), self.shifts, strict=True)
        inherited = {name: (steps + shift, returns) for (name, (steps, returns)), shift in shifted}
        return held({"inherited": inherited, "control": self.control}, self.horizon)

    def early_ends(self, label: str) -> list[str]:
        """Say which curves of one arm end too early."""
        curves = self.inherited if label == "inherited" else self.control
        return early_ends(label, curves, self.terms.threshold, self.horizon)

    def missing(self) -> list[str]:
        """Say which units no return or area is of."""
        notes, noun = [], self.everybody.noun
        for label, learned, everybody, ended in zip(
            ARMS, self.learned.units, self.everybody.units, self.lost, strict=True
        ):
            of = f"of {len(everybody)} {label} {noun}s"
            if ended:
                notes.append(
                    f"{ended} {of} ended before this generation came: in times to the threshold they count as not "
                    "having reached it, in returns and areas not at all"
                )
            failed = set(everybody.names) - set(learned.names)
            single = len(everybody) == len(everybody.members)
            if len(failed) > ended and not single:
                notes.append(f"{len(failed) - ended} {of} have no curve: returns and areas are of the others")
        return notes


def chargings(
    inherited: Arm, control: Arm, terms: Terms, study_steps: int | None
) -> tuple[Charging, Charging, Charging | None]:
    """Return how weak and strong metrics count steps, and those that charge all that was spent, None where unknown.

    Raises CurveError for curves, budgets, ancestors' steps, units and pairs that cannot be compared.
    """
    check_budgets(terms.threshold, inherited.budget, control.budget)
    arms = checked_curves("inherited", inherited), checked_curves("control", control)
    sources, runs = checked_sources(inherited.source_steps, arms[0]), len(arms[0])
    learned, everybody = zip(
        *(checked_units(*each) for each in zip(ARMS, (inherited, control), arms, strict=True)), strict=True
    )
    if terms.paired:
        check_pairs(*everybody)
        learned, everybody = paired_units(*learned), paired_units(*everybody)
    lost = len(inherited.lost), len(control.lost)
    drawn = Inference(learned, terms.seed, terms.paired, terms.design)
    weak = Charging(*arms, (0,) * runs, inherited.budget, drawn, replace(drawn, units=everybody), lost, terms)
    strong = replace(weak, shifts=tuple(sources.values()), horizon=control.budget)
    study = None if study_steps is None else replace(strong, shifts=(round(study_steps / runs),) * runs)
    return weak, strong, study
