"""`compare`: every metric of two arms of learning curves on one task."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from heredity.transfer.alignment import Arm
from heredity.transfer.areas import gains, means_over
from heredity.transfer.charging import Charging, StudySteps, Terms, chargings
from heredity.transfer.estimates import Array, Contrast, Defined, Estimate, PermutationTest, TimeToThreshold, Transfer
from heredity.transfer.inference import MEMBERS, Design
from heredity.transfer.scores import contrast, interquartile_mean, optimality_gap, probability_of_improvement, profile

S = TypeVar("S")

LAST_SHARE = 0.1
"""The asymptote is the mean over the last tenth of the budget."""

FEW = 5
"""Units per arm below which intervals were seen to cover too rarely (docs/evidence.md), so that no verdict is given."""


def compare(
    inherited: Arm,
    control: Arm,
    *,
    threshold: float,
    seed: int = 0,
    study_steps: StudySteps = None,
    paired: bool = False,
    design: Design = MEMBERS,
) -> Transfer:
    """Compare the learning curves of two arms on one task, on which the return `threshold` counts as learned.

    Weak: on the inherited arm's budget; strong: on the control's, the ancestors' steps charged; of two branches
    (`Arm.branch`, or a control that has ancestors): on the smaller one, and until the last curve ends. study_steps: of
    all ancestor generations, of one arm or both. paired: units of one name are pairs. Raises CurveError."""
    terms = Terms(threshold, seed, paired, design, _are_branches(inherited, control))
    base, strong, study = chargings(inherited, control, terms, study_steps)
    weak, times, charged = _Curves(base), base.times(), strong.times()
    area, jumpstart, asymptote = weak.gains()
    return Transfer(
        jumpstart=jumpstart,
        asymptotic_gain=asymptote,
        area_difference=area,
        transfer_ratio=weak.of_areas(_ratio),
        relative_area=weak.of_areas(lambda x, y: _ratio(x - y, y)),
        forward_transfer=weak.forward_transfer(),
        forward_transfer_strong=_Curves(strong).forward_transfer(),
        forward_transfer_raw=weak.raw_forward_transfer(),
        forward_transfer_study=_Curves(study).forward_transfer() if study else None,
        time_to_threshold=times,
        time_to_threshold_strong=charged,
        time_to_threshold_study=study.times() if study else None,
        interquartile_mean=weak.contrast(interquartile_mean),
        optimality_gap=weak.contrast(optimality_gap),
        performance_profile=weak.of_scores(lambda scores: profile(scores, seed)),
        probability_of_improvement=probability_of_improvement(*base.learned.data(weak.means())),
        test=_test(weak, base.steps(times.restricted_to), strong.steps(charged.restricted_to)),
        outcome=design.outcome,
        unit=design.unit,
        negative=_negative({"jumpstart": jumpstart, "area": area, "asymptote": asymptote}, times),
        notes=(*weak.notes(), *base.missing(), *_lasting(base, strong)),
        horizons=(base.horizon, strong.horizon),
        source_steps=dict(zip(strong.arms[0].learned, strong.arms[0].shifts, strict=True)),
        arms=(base.arms[0].label, base.arms[1].label),
    )


def _are_branches(first: Arm, second: Arm) -> bool:
    """Say whether neither arm is a control: they are named as branches, or the second has ancestors as well."""
    steps = second.source_steps
    has_ancestors = steps > 0 if isinstance(steps, int) else any(steps.values())
    return first.branch is not None or second.branch is not None or has_ancestors


def _test(weak: "_Curves", steps: Sequence[Array], steps_strong: Sequence[Array]) -> PermutationTest:
    """Test the primary outcome; steps to the threshold are of all members, the rest of those that have a curve."""
    learned, everybody = weak.charging.learned, weak.charging.everybody
    match weak.charging.terms.design.outcome:
        case "steps":
            return everybody.test(steps)
        case "steps_strong":
            return everybody.test(steps_strong)
        case "area":
            return learned.test(weak.means())
        case "jumpstart":
            return learned.test(weak.untrained)
        case "asymptote":
            held = "not tested: no asymptote was measured, because not every curve lasts for the whole budget"
            return learned.test(weak.last_means(), "" if weak.lasts() else held)


class _Curves:
    """What lies under the curves of both arms, as one way of counting steps has them.

    untrained: the first return of every member, per arm. random, scale: the mean of the untrained control, which counts
    as 0 where returns are normalised, and what the threshold, which counts as 1, is above it.
    """

    def __init__(self, charging: Charging) -> None:
        self.charging, self.threshold = charging, charging.terms.threshold
        self.arms = charging.arms[0].curves, charging.arms[1].curves
        self.untrained = tuple(np.array([returns[0] for _, returns in arm.values()]) for arm in self.arms)
        self.difference = charging.learned.difference
        self.random = float(charging.learned.data(self.untrained)[1].mean())
        self.scale = self.threshold - self.random

    def gains(self) -> tuple[Defined, Defined, Estimate]:
        """Return by how much the arms differ over the budget, before training, and over the last tenth of it."""
        return self.difference(self.means()), self.difference(self.untrained), self.asymptotic_gain()

    def means(self, begin: float = 0) -> tuple[Array, Array]:
        """Return the mean return of every member from a step to the horizon, per arm, nothing charged."""
        inherited, control = (means_over(arm, begin, self.charging.horizon) for arm in self.arms)
        return inherited, control

    def last_means(self) -> tuple[Array, Array]:
        """Return the mean return of every member over the last tenth of the budget, per arm."""
        return self.means((1 - LAST_SHARE) * self.charging.horizon)

    def lasts(self) -> bool:
        """Say whether every curve lasts until the horizon."""
        return all(steps[-1] >= self.charging.horizon for arm in self.arms for steps, _ in arm.values())

    def of_scores(self, of: Callable[[tuple[Array, Array]], S]) -> S | None:
        """Return what is said of areas on a scale from random (0) to the threshold (1), None where it is undefined."""
        return of(self.charging.learned.data(self._areas())) if self.scale > 0 else None

    def contrast(self, of: Callable[[Array], Array]) -> Contrast | None:
        """Contrast a function of each arm's scores."""
        learned = self.charging.learned
        return self.of_scores(lambda scores: contrast(scores, of, learned.seed, paired=learned.paired))

    def of_areas(self, of: Callable[[Array, Array], Array], cap: float = np.inf) -> Estimate:
        """Estimate a function of the arms' mean areas, returns normalised so that random is 0 and the threshold 1."""
        if self.scale <= 0:
            return self.charging.learned.undefined()
        return self.charging.learned.of_means(self._areas(cap), of)

    def asymptotic_gain(self) -> Estimate:
        """Estimate the difference over the last tenth of the budget, without a value where it was not measured."""
        return self.difference(self.last_means()) if self.lasts() else self.charging.learned.undefined()

    def raw_forward_transfer(self) -> Estimate | None:
        """Estimate the same as `forward_transfer` of raw returns, None where one is not between 0 and 1."""
        if not all(0 <= value <= 1 for arm in self.arms for _, returns in arm.values() for value in returns):
            return None
        return self.charging.learned.of_means(self.means(), lambda x, y: _ratio(x - y, 1 - y))

    def forward_transfer(self) -> Estimate:
        """Estimate (AUC − AUC of the control) / (1 − AUC of the control).

        Capped at the threshold, an area is at most 1, as the success rates are for which it was defined.
        """
        return self.of_areas(lambda x, y: _ratio(x - y, 1 - y), self.threshold)

    def notes(self) -> tuple[str, ...]:
        """Say what the numbers cannot."""
        notes, units, noun = [], min(self.charging.learned.sizes), self.charging.learned.noun
        if self.scale <= 0:
            who = "control" if not self.charging.terms.branches else f"arm {self.charging.arms[1].label}"
            notes.append(f"the untrained {who} already clears the threshold: normalised metrics are undefined")
        if units < 2:
            notes.append(f"an arm has a single {noun}: no interval can be given")
        elif units < FEW:
            notes.append(f"an arm has only {units} {noun}s: intervals of so few are too narrow (docs/evidence.md)")
        return tuple(notes)

    def _areas(self, cap: float = np.inf) -> tuple[Array, Array]:
        """Return the mean normalised return per member and arm; steps before a shifted curve begins count as random."""
        first, second = (
            gains(arm.curves, arm.shifts, self.charging.horizon, self.random, cap) / self.scale
            for arm in self.charging.arms
        )
        return first, second


def _negative(gains: Mapping[str, Estimate], times: TimeToThreshold) -> tuple[str, ...]:
    """Name the outcomes of which the whole interval says that inheriting did harm."""
    delay = times.restricted_mean.difference
    lost = [name for name, gain in gains.items() if gain.high is not None and gain.high < 0]
    return (*lost, "time to threshold") if delay.low is not None and delay.low > 0 else tuple(lost)


def _lasting(weak: Charging, strong: Charging) -> list[str]:
    """Say what the numbers hang on where curves end before they are compared to."""
    held_until = weak.held()
    held_until += [f"with ancestors' steps charged, {note}" for note in strong.held() if note not in held_until]
    second = weak if weak.terms.branches else strong
    return [*held_until, *weak.early_ends(0), *second.early_ends(1)]


def _ratio(x: Array, y: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(y > 0, x / y, np.nan)
