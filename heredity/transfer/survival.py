"""Times to the threshold, right-censored: Kaplan–Meier, restricted means, the log-rank test."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heredity.transfer.bootstrap import finite, interval, picks
from heredity.transfer.permutation import permutation_test
from heredity.transfer.values import Arm, Array, Contrast, Curve, TimeToThreshold

Flags = np.ndarray[Any, np.dtype[np.bool_]]

ROUNDING = 1e-9
"""A product of n fractions that should be one half may miss it by this much."""


@dataclass(frozen=True)
class Times:
    """Per run, when it reached the threshold (`reached` True) or until when it was seen not to have."""

    steps: Array
    reached: Flags


def times_to_threshold(curves: Sequence[Curve], shifts: Sequence[int], threshold: float, horizon: int) -> Times:
    """Return when each curve, begun after `shifts` steps, first stands at the threshold; censored at the horizon."""
    first = np.array([_first_time(curve, threshold) for curve in curves]) + np.array(shifts)
    last = np.array([curve[0][-1] for curve in curves]) + np.array(shifts)
    reached = first <= horizon
    return Times(np.where(reached, first, np.minimum(last, horizon)).astype(np.float64), reached)


def compare_times(inherited: Times, control: Times, horizon: int, seed: int, paired: bool) -> TimeToThreshold:
    """Compare two arms' times; the restricted mean ends where the follow-up of one of them does."""
    arms = inherited, control
    end = min(_follow_up(times, horizon) for times in arms)
    sizes = tuple(len(times.steps) for times in arms)
    medians, means = [], []
    for times, picked in zip(arms, picks(sizes, seed), strict=True):
        steps, survival = kaplan_meier(times, picked)
        medians.append(median(steps, survival))
        means.append(restricted_mean(steps, survival, end))
    value = [median(*kaplan_meier(times)) for times in arms]
    mean = [float(restricted_mean(*kaplan_meier(times), end)) for times in arms]
    arm_means = [interval(mean[arm], means[arm], (sizes[arm],)) for arm in (0, 1)]
    scores = np.split(log_rank_scores(*arms), [sizes[0]])
    return TimeToThreshold(
        inherited=Arm(int(inherited.reached.sum()), sizes[0], finite(value[0])),
        control=Arm(int(control.reached.sum()), sizes[1], finite(value[1])),
        speed_up=interval(float(_speed_up(*value)), _speed_up(*medians), sizes),
        restricted_mean=Contrast(arm_means[0], arm_means[1], interval(mean[0] - mean[1], means[0] - means[1], sizes)),
        restricted_to=float(end),
        log_rank=permutation_test(scores[0], scores[1], seed=seed, paired=paired),
    )


def kaplan_meier(times: Times, picked: Any = None) -> tuple[Array, Array]:
    """Return rising times and the share not yet at the threshold after each, float64[…, runs] (Kaplan & Meier, 1958).

    picked: int64[resamples, runs], which runs each resample holds; all of them once where it is left out. A run
    censored at the time of another's event was still at risk there.
    """
    order = np.lexsort((~times.reached, times.steps))
    kept = np.arange(len(order)) if picked is None else np.sort(np.argsort(order)[picked], axis=-1)
    at_risk = kept.shape[-1] - np.arange(kept.shape[-1])
    survival = np.cumprod(np.where(times.reached[order][kept], 1 - 1 / at_risk, 1.0), axis=-1)
    return times.steps[order][kept], np.asarray(survival, np.float64)


def median(steps: Array, survival: Array) -> Array:
    """Return the first time by which half of the runs have reached the threshold, infinite where they never do."""
    halved = survival <= 0.5 + ROUNDING
    first = np.take_along_axis(steps, halved.argmax(axis=-1)[..., None], axis=-1)[..., 0]
    return np.asarray(np.where(halved[..., -1], first, np.inf))


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


def _first_time(curve: Curve, threshold: float) -> float:
    steps, returns = curve
    above = np.flatnonzero(returns >= threshold)
    return float(steps[above[0]]) if len(above) else np.inf


def _follow_up(times: Times, horizon: int) -> float:
    """Return until when an arm's survival curve is known: to its last time if that is censored, else without end."""
    last = float(times.steps.max())
    return float(horizon) if times.reached[times.steps == last].all() else last


def _speed_up(inherited: Array, control: Array) -> Array:
    """Return control / inherited; infinite when only the control is censored, undefined when both are."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isinf(inherited) & np.isinf(control), np.nan, control / inherited)
