"""Times to the threshold, right-censored: Kaplan–Meier, restricted means, the log-rank test."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from heredity.transfer.bootstrap import blocks, finite, interval
from heredity.transfer.estimates import Array, Contrast, Curve, Reached, TimeToThreshold, defined
from heredity.transfer.inference import Inference
from heredity.transfer.speed_up import Medians, speed_up
from heredity.transfer.units import Units

Flags = np.ndarray[Any, np.dtype[np.bool_]]

ROUNDING = 1e-9
"""A product of n fractions that should be one half may miss it by this much."""

FEW_RUNS = 64
"""Of more runs in an arm resamples are taken time by time, not run by run."""


@dataclass(frozen=True)
class Time:
    """When one run reached the threshold (`reached` True), or until when it was seen not to have."""

    steps: float
    reached: bool


@dataclass(frozen=True)
class Shares:
    """The share of an arm's members that have reached the threshold, from each of rising steps on (Kaplan–Meier)."""

    steps: tuple[float, ...]
    reached: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.steps) != len(self.reached):
            raise ValueError(f"expected a share for each of {len(self.steps)} steps, got {len(self.reached)}")


@dataclass(frozen=True)
class Times:
    """Per run, when it reached the threshold (`reached` True) or until when it was seen not to have."""

    steps: Array
    reached: Flags


def time_to_threshold(curve: Curve, threshold: float, shift: int = 0) -> Time:
    """Return the first step at which a curve stands at the threshold, else its last, 0 where it has none.

    shift: the steps after which the curve begins.
    """
    steps, returns = curve
    above = np.flatnonzero(np.asarray(returns) >= threshold)
    if len(above):
        return Time(float(steps[above[0]]) + shift, True)
    return Time((float(steps[-1]) if len(steps) else 0.0) + shift, False)


def times_to_threshold(
    curves: Sequence[Curve], shifts: Sequence[int], threshold: float, horizon: float = np.inf
) -> Times:
    """Return when each curve, begun after `shifts` steps, first stands at the threshold; censored at the horizon."""
    times = [time_to_threshold(curve, threshold, shift) for curve, shift in zip(curves, shifts, strict=True)]
    steps = np.array([time.steps for time in times])
    reached = np.array([time.reached for time in times], np.bool_) & (steps <= horizon)
    return Times(np.minimum(steps, horizon).astype(np.float64), reached)


def with_failed(times: Times, count: int, horizon: int) -> Times:
    """Return times of an arm and of `count` runs more, which did not reach the threshold by the horizon."""
    steps = np.append(times.steps, np.full(count, float(horizon)))
    return Times(steps, np.append(times.reached, np.zeros(count, np.bool_)))


def restricted(times: Times, end: float) -> Array:
    """Return per run its time to the threshold, or `end` where that is earlier or it was not seen to reach it."""
    return np.where(times.reached, np.minimum(times.steps, end), end)


def compare_times(inherited: Times, control: Times, horizon: int, inference: Inference) -> TimeToThreshold:
    """Compare two arms' times; the restricted mean ends where the follow-up of one of them does.

    Medians are of members, and a resample holds all members of the units that it holds. The restricted mean is of the
    units' means.
    """
    arms, sizes = (inherited, control), inference.sizes
    end = min(_follow_up(times, horizon) for times in arms)
    drawn = [
        _resampled(times, units, picked, end)
        for times, units, picked in zip(arms, inference.units, inference.picks(), strict=True)
    ]
    value = [median(*kaplan_meier(times)) for times in arms]
    ends = [np.asarray(times.steps.max()) for times in arms]
    mean = [
        float(restricted_mean(*kaplan_meier(times, _weights(units)), end))
        for times, units in zip(arms, inference.units, strict=True)
    ]
    means = [each.means for each in drawn]
    of_arms = [interval(mean[arm], means[arm], (len(inference.units[arm]),)) for arm in (0, 1)]
    difference = defined(interval(mean[0] - mean[1], means[0] - means[1], sizes))
    return TimeToThreshold(
        inherited=Reached(int(inherited.reached.sum()), len(inherited.steps), finite(value[0])),
        control=Reached(int(control.reached.sum()), len(control.steps), finite(value[1])),
        speed_up=speed_up(
            [Medians(*each) for each in zip(value, ends, strict=True)], [each.medians for each in drawn], sizes
        ),
        restricted_mean=Contrast(of_arms[0], of_arms[1], difference),
        restricted_to=float(end),
        log_rank=inference.test(np.split(log_rank_scores(*arms), [len(inherited.steps)])),
    )


class _Resampled(NamedTuple):
    """Of every resample of one arm's units, float64[resamples] each."""

    medians: Medians
    means: Array


def _resampled(times: Times, units: Units, picked: Any, end: float) -> _Resampled:
    """Return medians and restricted means of resamples, int[resamples, picks], of an arm's units."""
    found, last, weights = [], units.latest(times.steps), _weights(units)
    estimates = _by_time if len(times.steps) > FEW_RUNS else _by_run
    width = max(len(times.steps) if estimates is _by_run else len(units), 1)
    for rows in blocks(len(picked), width):
        held = units.counts(picked[rows])
        steps, survival = estimates(times, units, held, np.ones_like(weights))
        of_units = survival if np.ptp(weights) == 0 else estimates(times, units, held, weights)[1]
        followed = last[picked[rows]].max(axis=-1)
        found.append((median(steps, survival), followed, restricted_mean(steps, of_units, end)))
    medians, followed, means = (np.concatenate(each) for each in zip(*found, strict=True))
    return _Resampled(Medians(medians, followed), means)


def _by_run(times: Times, units: Units, held: Array, weights: Array) -> tuple[Array, Array]:
    """Return what `kaplan_meier` does of units, held so often: float64[resamples, units]; weights: of members."""
    return kaplan_meier(times, held[:, units.index] * weights)


def _by_time(times: Times, units: Units, held: Array, weights: Array) -> tuple[Array, Array]:
    """Return the same at the distinct times: of very many runs most share one with others, and all units' are added up.

    It differs from `_by_run` by rounding alone.
    """
    steps, places = np.unique(times.steps, return_inverse=True)
    happened, left = np.zeros((2, len(units), len(steps)))
    np.add.at(happened, (units.index, places), weights * times.reached)
    np.add.at(left, (units.index, places), weights)
    at_risk = held @ np.cumsum(left[:, ::-1], axis=-1)[:, ::-1]
    events = held @ happened
    leaving = np.divide(events, at_risk, out=np.zeros_like(at_risk), where=(events > 0) & (at_risk > 0))
    return steps, np.asarray(np.cumprod(1 - leaving, axis=-1), np.float64)


def _weights(units: Units) -> Array:
    """Return what each member counts for where every unit counts once, float64[members]."""
    return np.asarray(1 / units.sizes[units.index])


def kaplan_meier(times: Times, weights: Array | None = None) -> tuple[Array, Array]:
    """Return rising times, float64[runs], and the share not yet at the threshold after each, float64[…, runs].

    Kaplan & Meier (1958). weights: float64[…, runs], how often each run counts; once where it is left out. A run
    censored at the time of another's event was still at risk there.
    """
    order = np.lexsort((~times.reached, times.steps))  # events before what is censored at the same time
    counted = np.ones(len(order)) if weights is None else weights[..., order]
    at_risk = np.cumsum(counted[..., ::-1], axis=-1)[..., ::-1]
    leaving = np.divide(counted, at_risk, out=np.zeros_like(at_risk), where=times.reached[order] & (at_risk > 0))
    return times.steps[order], np.asarray(np.cumprod(1 - leaving, axis=-1), np.float64)


def shares(times: Times) -> Shares:
    """Return the Kaplan–Meier estimate as steps that begin at 0, each step once."""
    if not len(times.steps):
        return Shares((0.0,), (0.0,))
    steps, survival = kaplan_meier(times)
    last = np.append(np.diff(steps) > 0, True)  # of the runs at one step, the last has them all
    reached = {0.0: 0.0} | dict(zip(steps[last].tolist(), (1 - survival[last]).tolist(), strict=True))
    return Shares(tuple(reached), tuple(reached.values()))


def median(steps: Array, survival: Array) -> Array:
    """Return the time by which half of the runs have reached the threshold, infinite where they never do.

    Where exactly half have for a while, it is the middle of that while, as R's survfit has it; where that lasts until
    nobody is followed any more, there is none.
    """
    first, after = (_first(steps, share) for share in (survival <= 0.5 + ROUNDING, survival < 0.5 - ROUNDING))
    return np.asarray((first + after) / 2)


def _first(steps: Array, holds: Flags) -> Array:
    """Return the first of the steps at which something holds, infinite where it never does."""
    return np.where(holds.any(axis=-1), steps[holds.argmax(axis=-1)], np.inf)


def restricted_mean(steps: Array, survival: Array, end: float) -> Array:
    """Return the area below the survival curve from 0 to `end`: the mean of min(time, end)."""
    widths = np.diff(np.concatenate([[0.0], np.minimum(steps, end), [end]]))
    return np.asarray(widths[0] + survival @ widths[1:])


def log_rank_scores(*arms: Times) -> Array:
    """Return per run, arm after arm, its event less the pooled cumulative hazard until its time (Nelson–Aalen).

    The sum over an arm is the log-rank test's observed minus expected events, so permuting scores permutes the test.
    """
    steps, reached = (np.concatenate([getattr(arm, name) for arm in arms]) for name in ("steps", "reached"))
    events = np.unique(steps[reached])
    at_risk = (steps >= events[:, None]).sum(axis=1)
    happened = ((steps == events[:, None]) & reached).sum(axis=1)
    hazard = ((events[:, None] <= steps) * (happened / at_risk)[:, None]).sum(axis=0)
    return np.asarray(reached - hazard)


def _follow_up(times: Times, horizon: int) -> float:
    """Return until when an arm's survival curve is known: to its last time if that is censored, else without end."""
    last = float(times.steps.max())
    return float(horizon) if times.reached[times.steps == last].all() else last
