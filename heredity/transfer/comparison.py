"""`compare`: every metric of two arms of learning curves on one task."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from heredity.transfer.arms import (
    POINTS,
    check_pairs,
    checked_arm,
    checked_budgets,
    checked_sources,
    early_ends,
    sampled,
)
from heredity.transfer.bootstrap import estimate_of_means
from heredity.transfer.permutation import permutation_test
from heredity.transfer.scores import (
    contrast,
    interquartile_mean,
    optimality_gap,
    probability_of_improvement,
    profile,
)
from heredity.transfer.survival import compare_times, times_to_threshold
from heredity.transfer.values import Array, Curve, Estimate, TimeToThreshold, Transfer

LAST_SHARE = 0.1
"""The asymptote is the mean over the last tenth of the budget."""

FEW = 5
"""Runs per arm below which intervals were seen to cover too rarely (docs/evidence.md), so that no verdict is given."""


def compare(
    inherited: Mapping[str, Curve],
    control: Mapping[str, Curve],
    *,
    threshold: float,
    budget: int,
    source_steps: int | Mapping[str, int],
    seed: int = 0,
    control_budget: int | None = None,
    study_steps: int | None = None,
    paired: bool = False,
) -> Transfer:
    """Compare the learning curves of two arms on one task.

    inherited, control: per member (env_steps int[k], returns float[k]), steps rising from 0, the untrained policy. A
    curve that ends before the budget keeps its last return, as a member that stops at its threshold does.
    threshold: the return that counts as learned. budget: steps per member on which weak metrics compare.
    source_steps: steps the ancestors took, for all members or each. control_budget: the steps the control was given,
    on which strong metrics compare; `budget` where it is left out. study_steps: steps of all members of all ancestor
    generations together, whether they have descendants or not, to be charged in equal shares. paired: members of the
    same name share their seeds.

    Raises CurveError naming arm and member for a curve that is empty, unsorted, not finite or without a row at 0, and
    for budgets, ancestors' steps or pairs that do not fit.
    """
    horizon = checked_budgets(threshold, budget, control_budget)
    arms = checked_arm("inherited", inherited), checked_arm("control", control)
    shifts, runs = checked_sources(source_steps, arms[0]), len(arms[0])
    if paired:
        check_pairs(*arms)

    def times(shifts: Sequence[int], end: int) -> TimeToThreshold:
        reached = times_to_threshold(list(arms[0].values()), shifts, threshold, end)
        alone = times_to_threshold(list(arms[1].values()), [0] * len(arms[1]), threshold, end)
        return compare_times(reached, alone, end, seed, paired)

    def charged(shifts: list[int]) -> Estimate:
        return _Curves(sampled(arms[0], horizon, shifts), sampled(arms[1], horizon), threshold, seed).forward_transfer()

    share = None if study_steps is None else [round(study_steps / runs)] * runs
    weak = _Curves(sampled(arms[0], budget), sampled(arms[1], budget), threshold, seed)
    scores = weak.scores()
    area = weak.difference(lambda curves: curves.mean(axis=-1))
    return Transfer(
        jumpstart=weak.difference(lambda curves: curves[..., 0]),
        asymptotic_gain=weak.difference(lambda curves: curves[..., -max(1, int(POINTS * LAST_SHARE)) :].mean(axis=-1)),
        area_difference=area,
        transfer_ratio=weak.of_areas(lambda x, y: _ratio(x, y)),
        relative_area=weak.of_areas(lambda x, y: _ratio(x - y, y)),
        forward_transfer=weak.forward_transfer(),
        forward_transfer_strong=charged(shifts),
        forward_transfer_study=charged(share) if share else None,
        time_to_threshold=times([0] * runs, budget),
        time_to_threshold_strong=times(shifts, horizon),
        time_to_threshold_study=times(share, horizon) if share else None,
        interquartile_mean=contrast(scores, interquartile_mean, seed) if scores else None,
        optimality_gap=contrast(scores, optimality_gap, seed) if scores else None,
        performance_profile=profile(scores, seed) if scores else None,
        probability_of_improvement=probability_of_improvement(*weak.means()),
        test=permutation_test(*weak.means(), seed=seed, paired=paired),
        negative_transfer=None if area.high is None else area.high < 0,
        notes=(
            *weak.notes(),
            *early_ends("inherited", arms[0], threshold, budget),
            *early_ends("control", arms[1], threshold, horizon),
        ),
    )


class _Curves:
    """Two arms on a common grid: float64[runs, POINTS] each, NaN where a shifted curve has not begun."""

    def __init__(self, inherited: Array, control: Array, threshold: float, seed: int) -> None:
        self.raw = inherited, control
        self.seed = seed
        self.random = float(control[:, 0].mean())
        self.scale = threshold - self.random

    def difference(self, score: Callable[[Array], Array]) -> Estimate:
        """Estimate the difference of the arms' mean scores, in units of return."""
        return estimate_of_means([score(curves) for curves in self.raw], lambda x, y: x - y, self.seed)

    def means(self) -> tuple[Array, Array]:
        """Return the mean return of every run over the budget, per arm."""
        return self.raw[0].mean(axis=-1), self.raw[1].mean(axis=-1)

    def scores(self) -> tuple[Array, Array] | None:
        """Return the same on a scale from random (0) to the threshold (1), None where that is undefined."""
        return (self._areas(0), self._areas(1)) if self.scale > 0 else None

    def of_areas(self, of: Callable[[Array, Array], Array], capped: bool = False) -> Estimate:
        """Estimate a function of the arms' mean areas, returns normalised so that random is 0 and the threshold 1."""
        if self.scale <= 0:
            return Estimate(None, None, None, sum(len(curves) for curves in self.raw))
        return estimate_of_means([self._areas(arm, capped) for arm in (0, 1)], of, self.seed)

    def forward_transfer(self) -> Estimate:
        """Estimate (AUC − AUC of the control) / (1 − AUC of the control)."""
        return self.of_areas(lambda x, y: _ratio(x - y, 1 - y), capped=True)

    def notes(self) -> tuple[str, ...]:
        """Say what the numbers cannot."""
        found = []
        if self.scale <= 0:
            found.append("the untrained control already clears the threshold: normalised metrics are undefined")
        if min(len(curves) for curves in self.raw) < 2:
            found.append("an arm has a single run: no interval can be given")
        elif (runs := min(len(curves) for curves in self.raw)) < FEW:
            found.append(f"an arm has only {runs} runs: intervals of so few are too narrow (docs/evidence.md)")
        return tuple(found)

    def _areas(self, arm: int, capped: bool = False) -> Array:
        """Return the mean normalised return per run; steps before a shifted curve begins count as random.

        Capped at the threshold, an area is at most 1, as the success rates are for which forward transfer was defined.
        """
        normal = np.nan_to_num((self.raw[arm] - self.random) / self.scale, nan=0.0)
        return np.asarray((np.minimum(normal, 1.0) if capped else normal).mean(axis=-1))


def _ratio(x: Array, y: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(y > 0, x / y, np.nan)
