"""Transfer: what starting from inherited weights was worth, against a control from random weights.

Every number comes with a 95 % percentile bootstrap interval over runs (members), resampled within each arm. The
metrics are those of Taylor & Stone (JMLR 10, 2009) and of Wołczyk et al. (Continual World, NeurIPS 2021).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from heredity.errors import CurveError

Array = np.ndarray[Any, np.dtype[np.float64]]
Curve = tuple[Any, Any]

RESAMPLES = 50_000
LEVEL = 0.95
POINTS = 401
"""Curves are compared on this many evenly spaced steps."""

LAST_SHARE = 0.1
"""The asymptote is the mean over the last tenth of the budget."""


@dataclass(frozen=True)
class Estimate:
    """A number with the ends of its 95 % interval and the number of runs; None is undefined, or beyond the budget."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Arm:
    """How many runs of an arm reached the threshold, and the Kaplan–Meier median of when; None: not within budget."""

    reached: int
    of: int
    median: float | None


@dataclass(frozen=True)
class TimeToThreshold:
    """Environment steps until the threshold, censored at the budget; `speed_up` is control over inherited."""

    inherited: Arm
    control: Arm
    speed_up: Estimate


@dataclass(frozen=True)
class Transfer:
    """The comparison of two arms. Weak: the ancestors' steps are not counted. Strong: the curve starts after them."""

    jumpstart: Estimate
    asymptotic_gain: Estimate
    area_difference: Estimate
    transfer_ratio: Estimate
    relative_area: Estimate
    forward_transfer: Estimate
    forward_transfer_strong: Estimate
    time_to_threshold: TimeToThreshold
    time_to_threshold_strong: TimeToThreshold
    probability_of_improvement: Estimate
    negative_transfer: bool | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def compare(
    inherited: Mapping[str, Curve],
    control: Mapping[str, Curve],
    *,
    threshold: float,
    budget: int,
    source_steps: int | Mapping[str, int],
    seed: int = 0,
    control_budget: int | None = None,
) -> Transfer:
    """Compare the learning curves of two arms on one task.

    inherited, control: per member (env_steps int[k], returns float[k]), steps rising from 0, the untrained policy. A
    curve that ends before the budget keeps its last return, as a member that stops at its threshold does.
    threshold: the return that counts as learned. budget: steps per member on which weak metrics compare.
    source_steps: steps the ancestors took, for all members or each. control_budget: the steps the control was given,
    on which strong metrics compare; `budget` where it is left out.

    Raises CurveError naming arm and member for a curve that is empty, unsorted, not finite or without a row at 0.
    """
    if not (budget > 0 and math.isfinite(threshold)):
        raise CurveError(f"expected a positive budget and a finite threshold, got {budget} and {threshold}")
    horizon = budget if control_budget is None else control_budget
    arms = [_checked("inherited", inherited), _checked("control", control)]
    shifts = [source_steps if isinstance(source_steps, int) else source_steps[name] for name in inherited]
    weak = _Comparison(_sampled(arms[0], budget), _sampled(arms[1], budget), threshold, seed)
    strong = _Comparison(_sampled(arms[0], horizon, shifts), _sampled(arms[1], horizon), threshold, seed)
    area = weak.difference(lambda curves: curves.mean(axis=-1))
    return Transfer(
        jumpstart=weak.difference(lambda curves: curves[..., 0]),
        asymptotic_gain=weak.difference(lambda curves: curves[..., -max(1, int(POINTS * LAST_SHARE)) :].mean(axis=-1)),
        area_difference=area,
        transfer_ratio=weak.of_areas(lambda x, y: _ratio(x, y)),
        relative_area=weak.of_areas(lambda x, y: _ratio(x - y, y)),
        forward_transfer=weak.of_areas(lambda x, y: _ratio(x - y, 1 - y), capped=True),
        forward_transfer_strong=strong.of_areas(lambda x, y: _ratio(x - y, 1 - y), capped=True),
        time_to_threshold=_times(arms, [0] * len(shifts), threshold, budget, seed),
        time_to_threshold_strong=_times(arms, shifts, threshold, horizon, seed),
        probability_of_improvement=weak.improvement(),
        negative_transfer=None if area.high is None else area.high < 0,
        notes=weak.notes(),
    )


class _Comparison:
    """Two arms on a common grid: float64[runs, POINTS] each, NaN where a shifted curve has not begun."""

    def __init__(self, inherited: Array, control: Array, threshold: float, seed: int) -> None:
        self.raw = inherited, control
        self.seed = seed
        self.random = float(control[:, 0].mean())
        self.scale = threshold - self.random

    def difference(self, score: Callable[[Array], Array]) -> Estimate:
        """Estimate the difference of the arms' mean scores, in units of return."""
        return _estimate([score(curves) for curves in self.raw], lambda x, y: x - y, self.seed)

    def of_areas(self, of: Callable[[Array, Array], Array], capped: bool = False) -> Estimate:
        """Estimate a function of the arms' mean areas, returns normalised so that random is 0 and the threshold 1."""
        if self.scale <= 0:
            return Estimate(None, None, None, self._runs())
        return _estimate([self._areas(curves, capped) for curves in self.raw], of, self.seed)

    def improvement(self) -> Estimate:
        """Estimate P(a run of the inherited arm has the larger area), ties counting half."""
        areas = [curves.mean(axis=-1) for curves in self.raw]
        wins = np.sign(areas[0][:, None] - areas[1][None, :]) / 2 + 0.5
        picks = _picks([len(area) for area in areas], self.seed)
        return _interval(float(wins.mean()), _mean_over(wins, *picks), self._runs())

    def notes(self) -> tuple[str, ...]:
        """Say what the numbers cannot."""
        found = []
        if self.scale <= 0:
            found.append("the untrained control already clears the threshold: normalised metrics are undefined")
        if min(len(curves) for curves in self.raw) < 2:
            found.append("an arm has a single run: no interval can be given")
        return tuple(found)

    def _areas(self, curves: Array, capped: bool) -> Array:
        """Return the mean normalised return per run; steps before a shifted curve begins count as random.

        Capped at the threshold, an area is at most 1, as the success rates are for which forward transfer was defined.
        """
        normal = np.nan_to_num((curves - self.random) / self.scale, nan=0.0)
        return np.asarray((np.minimum(normal, 1.0) if capped else normal).mean(axis=-1))

    def _runs(self) -> int:
        return sum(len(curves) for curves in self.raw)


def _times(
    arms: list[dict[str, Curve]], shifts: list[int], threshold: float, horizon: int, seed: int
) -> TimeToThreshold:
    """Compare the times to threshold; a time beyond the horizon is censored there and counts as infinite."""
    inherited, control = (np.array([_first_time(curve, threshold) for curve in arm.values()]) for arm in arms)
    times = [np.where(t <= horizon, t, np.inf) for t in (inherited + np.array(shifts), control)]
    reached = [Arm(int(np.isfinite(t).sum()), len(t), _finite(_median(t))) for t in times]
    medians = [_median(t[picked]) for t, picked in zip(times, _picks([len(t) for t in times], seed), strict=True)]
    value = _speed_up(_median(times[0]), _median(times[1]))
    return TimeToThreshold(reached[0], reached[1], _interval(float(value), _speed_up(*medians), sum(map(len, times))))


def _first_time(curve: Curve, threshold: float) -> float:
    steps, returns = curve
    above = np.flatnonzero(returns >= threshold)
    return float(steps[above[0]]) if len(above) else math.inf


def _median(times: Array) -> Array:
    """Return the Kaplan–Meier median along the last axis: the first time by which half of the runs have reached.

    All censoring is at one horizon, later than every event, so the survival function falls by 1/n at each event.
    """
    return np.asarray(np.sort(times, axis=-1)[..., (times.shape[-1] + 1) // 2 - 1])


def _speed_up(inherited: Array, control: Array) -> Array:
    """Return control / inherited; infinite when only the control is censored, undefined when both are."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isinf(inherited) & np.isinf(control), np.nan, control / inherited)


def _ratio(x: Array, y: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(y > 0, x / y, np.nan)


def _estimate(scores: list[Array], of: Callable[[Array, Array], Array], seed: int) -> Estimate:
    """Estimate a function of two arms' mean scores, float64[runs] each."""
    value = of(*(np.asarray(score.mean()) for score in scores))
    picks = _picks([len(score) for score in scores], seed)
    means = [score[picked].mean(axis=-1) for score, picked in zip(scores, picks, strict=True)]
    return _interval(float(value), of(*means), sum(len(score) for score in scores))


def _picks(sizes: list[int], seed: int) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """Draw RESAMPLES resamples of every arm, int64[RESAMPLES, runs]; none can be drawn from a single run."""
    rng = np.random.default_rng(seed)
    count = RESAMPLES if min(sizes) > 1 else 0
    return [rng.integers(size, size=(count, size)) for size in sizes]


def _mean_over(wins: Array, rows: Any, columns: Any) -> Array:
    """Return the mean of wins[runs, runs] over each pair of resamples, every run counting as often as it was drawn."""
    shares = [
        (picked[..., None] == np.arange(size)).mean(axis=1)
        for picked, size in zip((rows, columns), wins.shape, strict=True)
    ]
    return np.asarray(np.einsum("bi,ij,bj->b", shares[0], wins, shares[1]))


def _interval(value: float, resampled: Array, n: int) -> Estimate:
    """Return the percentile interval; an end that is infinite or undefined is None."""
    if not len(resampled) or np.isnan(resampled).any():
        return Estimate(_finite(value), None, None, n)
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
    return Estimate(_finite(value), _finite(low), _finite(high), n)


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _checked(arm: str, curves: Mapping[str, Curve]) -> dict[str, Curve]:
    if not curves:
        raise CurveError(f"{arm}: expected the curve of at least one member, got none")
    checked = {}
    for member, (steps, returns) in curves.items():
        steps, returns = np.asarray(steps, np.float64), np.asarray(returns, np.float64)
        where = f"{arm} {member}"
        if steps.ndim != 1 or steps.shape != returns.shape or not len(steps):
            raise CurveError(f"{where}: expected two lists of equal length, got {steps.shape} and {returns.shape}")
        if not (np.isfinite(steps).all() and np.isfinite(returns).all()):
            raise CurveError(f"{where}: expected finite steps and returns, got NaN or infinity")
        if steps[0] != 0 or not (np.diff(steps) > 0).all():
            raise CurveError(f"{where}: expected steps that rise from 0, got {steps[0]:g}, … out of order or doubled")
        checked[member] = (steps, returns)
    return checked


def _sampled(arm: Mapping[str, Curve], horizon: int, shifts: list[int] | None = None) -> Array:
    """Return float64[runs, POINTS]: every curve between 0 and the horizon, NaN before a shifted one begins."""
    grid = np.linspace(0, horizon, POINTS)
    shifts = shifts or [0] * len(arm)
    return np.array(
        [np.interp(grid - shift, *curve, left=np.nan) for curve, shift in zip(arm.values(), shifts, strict=True)]
    )
