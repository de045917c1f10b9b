"""Times to the threshold, right-censored: Kaplan–Meier, restricted means, the log-rank test."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heredity.transfer.bootstrap import finite, interval, picks
from heredity.transfer.estimates import Array, Contrast, Curve, Reached, TimeToThreshold, defined
from heredity.transfer.permutation import permutation_test
from heredity.transfer.speed_up import Medians, speed_up

Flags = np.ndarray[Any, np.dtype[np.bool_]]

ROUNDING = 1e-9
"""A product of n fractions that should be one half may miss it by this much."""


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


def time_to_threshold(curve: Curve, threshold: float) -> Time:
    """Return the first step at which a curve stands at the threshold, else its last, 0 where it has none."""
    steps, returns = curve
    above = np.flatnonzero(np.asarray(returns) >= threshold)
    return Time(float(steps[above[0]]), True) if len(above) else Time(float(steps[-1]) if len(steps) else 0.0, False)


def times_to_threshold(
    curves: Sequence[Curve], shifts: Sequence[int], threshold: float, horizon: float = np.inf
) -> Times:
    """Return when each curve, begun after `shifts` steps, first stands at the threshold; censored at the horizon."""
    times = [time_to_threshold(curve, threshold) for curve in curves]
    steps = np.array([time.steps for time in times]) + np.array(shifts)
    reached = np.array([time.reached for time in times], np.bool_) & (steps <= horizon)
    return Times(np.minimum(steps, horizon).astype(np.float64), reached)


def with_failed(times: Times, count: int, horizon: int) -> Times:
    """Return times of an arm and of `count` runs more, which did not reach the threshold by the horizon."""
    steps = np.append(times.steps, np.full(count, float(horizon)))
    return Times(steps, np.append(times.reached, np.zeros(count, np.bool_)))


def restricted(times: Times, end: float) -> Array:
    """Return per run its time to the threshold, or `end` where that is earlier or it was not seen to reach it."""
    return np.where(times.reached, np.minimum(times.steps, end), end)


def compare_times(inherited: Times, control: Times, horizon: int, seed: int, paired: bool) -> TimeToThreshold:
    """Compare two arms' times; the restricted mean ends where the follow-up of one of them does."""
    arms = inherited, control
    end = min(_follow_up(times, horizon) for times in arms)
    sizes = tuple(len(times.steps) for times in arms)
    medians, means = [], []
    for times, picked in zip(arms, picks(sizes, seed), strict=True):
        steps, survival = kaplan_meier(times, picked)
        medians.append(Medians(median(steps, survival), steps[..., -1]))
        means.append(restricted_mean(steps, survival, end))
    value = [median(*kaplan_meier(times)) for times in arms]
    ends = [np.asarray(times.steps.max()) for times in arms]
    mean = [float(restricted_mean(*kaplan_meier(times), end)) for times in arms]
    arm_means = [interval(mean[arm], means[arm], (sizes[arm],)) for arm in (0, 1)]
    difference = defined(interval(mean[0] - mean[1], means[0] - means[1], sizes))
    scores = np.split(log_rank_scores(*arms), [sizes[0]])
    return TimeToThreshold(
        inherited=Reached(int(inherited.reached.sum()), sizes[0], finite(value[0])),
        control=Reached(int(control.reached.sum()), sizes[1], finite(value[1])),
        speed_up=speed_up([Medians(*each) for each in zip(value, ends, strict=True)], medians, sizes),
        restricted_mean=Contrast(arm_means[0], arm_means[1], difference),
        restricted_to=float(end),
        log_rank=permutation_test(scores[0], scores[1], seed=seed, paired=paired),
    )


def kaplan_meier(times: Times, picked: Any = None) -> tuple[Array, Array]:
    """Return rising times and the share not yet at the threshold after each, float64[…, runs] (Kaplan & Meier, 1958).

    picked: int64[resamples, runs], which runs each resample holds; all of them once where it is left out. A run
    censored at the time of another's event was still at risk there.
    """
    # `order` has events before what is censored at the same time; a resample is sorted by its places in that order
    order = np.lexsort((~times.reached, times.steps))
    places = np.arange(len(order)) if picked is None else np.sort(np.argsort(order)[picked], axis=-1)
    at_risk = places.shape[-1] - np.arange(places.shape[-1])
    survival = np.cumprod(np.where(times.reached[order][places], 1 - 1 / at_risk, 1.0), axis=-1)
    return times.steps[order][places], np.asarray(survival, np.float64)


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
    first = np.take_along_axis(steps, holds.argmax(axis=-1)[..., None], axis=-1)[..., 0]
    return np.where(holds.any(axis=-1), first, np.inf)


def restricted_mean(steps: Array, survival: Array, end: float) -> Array:
    """Return the area below the survival curve from 0 to `end`: the mean of min(time, end)."""
    edges = np.concatenate(
        [np.zeros_like(steps[..., :1]), np.minimum(steps, end), np.full_like(steps[..., :1], end)], -1
    )
    heights = np.concatenate([np.ones_like(survival[..., :1]), survival], -1)
    return np.asarray((np.diff(edges, axis=-1) * heights).sum(axis=-1))


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
