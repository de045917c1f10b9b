"""Two arms of learning curves under one way of counting steps: what is charged, and until when they are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from heredity.transfer.alignment import (
    Arm,
    check_budgets,
    check_pairs,
    checked_curves,
    checked_sources,
    early_ends,
    held,
)
from heredity.transfer.estimates import Curve, PermutationTest, TimeToThreshold
from heredity.transfer.permutation import permutation_test
from heredity.transfer.survival import Times, compare_times, restricted, times_to_threshold, with_failed


@dataclass(frozen=True)
class Terms:
    """What holds however steps are counted."""

    threshold: float
    seed: int
    paired: bool


@dataclass(frozen=True)
class Charging:
    """Two arms under one way of counting steps.

    shifts: the steps after which each inherited curve begins. horizon: until where both arms are compared. failed: how
    many members of each arm have no curve.
    """

    inherited: Mapping[str, Curve]
    control: Mapping[str, Curve]
    shifts: tuple[int, ...]
    horizon: int
    failed: tuple[int, int]
    terms: Terms

    def times(self) -> TimeToThreshold:
        """Compare when the arms reached the threshold."""
        return compare_times(*self.arms_times(), self.horizon, self.terms.seed, self.terms.paired)

    def test(self, end: float) -> PermutationTest:
        """Test that the arms need equally many steps to the threshold on average, a run counting `end` at most."""
        inherited, control = (restricted(arm, end) for arm in self.arms_times())
        return permutation_test(inherited, control, seed=self.terms.seed, paired=self.terms.paired)

    def arms_times(self) -> tuple[Times, Times]:
        """Return when each run reached the threshold, per arm; who failed did not."""
        shifts = self.shifts, (0,) * len(self.control)
        inherited, control = (
            with_failed(
                times_to_threshold(list(curves.values()), shift, self.terms.threshold, self.horizon),
                failed,
                self.horizon,
            )
            for curves, shift, failed in zip((self.inherited, self.control), shifts, self.failed, strict=True)
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


def chargings(
    inherited: Arm, control: Arm, terms: Terms, study_steps: int | None
) -> tuple[Charging, Charging, Charging | None]:
    """Return how weak and strong metrics count steps, and those that charge all that was spent, None where unknown.

    Raises CurveError for curves, budgets, ancestors' steps and pairs that cannot be compared.
    """
    check_budgets(terms.threshold, inherited.budget, control.budget)
    arms = checked_curves("inherited", inherited), checked_curves("control", control)
    sources, runs = checked_sources(inherited.source_steps, arms[0]), len(arms[0])
    if terms.paired:
        check_pairs([*arms[0], *inherited.failed], [*arms[1], *control.failed])
    failed = len(set(inherited.failed) - arms[0].keys()), len(set(control.failed) - arms[1].keys())
    weak = Charging(*arms, (0,) * runs, inherited.budget, failed, terms)
    strong = replace(weak, shifts=tuple(sources.values()), horizon=control.budget)
    study = None if study_steps is None else replace(strong, shifts=(round(study_steps / runs),) * runs)
    return weak, strong, study
