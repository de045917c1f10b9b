"""The bootstrap over independent units, stratified by arm or in pairs, and its intervals."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import scipy

from heredity.transfer.estimates import Array, Estimate

RESAMPLES = 50_000
LEVEL = 0.95

ROUNDING = 1e-9
"""Of the largest of an estimate and its ends, what sums of floating-point numbers are good for at the worst."""

CELLS = 2**22
"""How many numbers one step works on at a time, 32 MiB each: thousands of members do not fit in memory at once."""

Picks = tuple[np.ndarray[Any, np.dtype[Any]], ...]


@lru_cache(maxsize=4)
def picks(sizes: tuple[int, ...], seed: int) -> Picks:
    """Draw RESAMPLES resamples of every arm, int[RESAMPLES, units]; none can be drawn from a single unit."""
    rng = np.random.default_rng(seed)
    count = RESAMPLES if min(sizes) > 1 else 0
    drawn = tuple(np.empty((count, size), np.min_scalar_type(size)) for size in sizes)
    for arm, size in zip(drawn, sizes, strict=True):
        for rows in blocks(count, size):
            arm[rows] = rng.integers(size, size=arm[rows].shape)
    return drawn


def picks_of_arms(sizes: tuple[int, ...], seed: int, paired: bool) -> Picks:
    """Draw resamples of every arm, of pairs the same ones in all arms."""
    return picks(sizes[:1], seed) * len(sizes) if paired else picks(sizes, seed)


def blocks(rows: int, width: int) -> Iterator[slice]:
    """Cut rows of so many numbers into blocks that fit in memory; none at all are one empty block."""
    step = max(1, CELLS // max(1, width))
    return (slice(begin, min(begin + step, rows)) for begin in range(0, max(rows, 1), step))


def estimate(samples: Sequence[Array], of: Callable[..., Array], seed: int, *, paired: bool = False) -> Estimate:
    """Estimate a function of whole arms, float64[units] each; `of` works along the last axis.

    paired: unit k of all arms is resampled as one.
    """
    sizes = tuple(len(sample) for sample in samples)
    drawn = picks_of_arms(sizes, seed, paired)
    resampled = [
        of(*(sample[picked[rows]] for sample, picked in zip(samples, drawn, strict=True)))
        for rows in blocks(len(drawn[0]), sum(sizes))
    ]
    return interval(float(of(*samples)), np.concatenate(resampled), sizes[:1] if paired else sizes)


def estimate_of_means(
    samples: Sequence[Array], of: Callable[..., Array], seed: int, *, paired: bool = False
) -> Estimate:
    """Estimate a function of the arms' means."""
    return estimate(samples, lambda *arms: of(*(arm.mean(axis=-1) for arm in arms)), seed, paired=paired)


def interval(value: float, resampled: Array, sizes: Sequence[int]) -> Estimate:
    """Return the expanded percentile interval; an end that is infinite or undefined is None."""
    if not len(resampled) or np.isnan(resampled).any():
        return Estimate(finite(value), None, None, sum(sizes))
    tail = tail_share(sizes)
    low, high = np.quantile(resampled, [tail, 1 - tail], method="inverted_cdf")
    value, low, high = _without_noise(value, float(low), float(high))
    return Estimate(finite(value), finite(low), finite(high), sum(sizes))


def _without_noise(*numbers: float) -> list[float]:
    """Return numbers of which those are 0 that rounding alone has moved from it: an interval's end may lie on 0."""
    least = ROUNDING * max((abs(each) for each in numbers if math.isfinite(each)), default=0.0)
    return [0.0 if abs(each) <= least else each for each in numbers]


def tail_share(sizes: Sequence[int]) -> float:
    """Return the share of resamples beyond each end of an interval.

    Resampling n units shows (n − 1)/n of their variance, and normal tails where Student's are due, so the plain 2.5 %
    covers too rarely with few units. The expanded percentile interval goes further out accordingly (Hesterberg, The
    American Statistician 69, 2015, section 4.3); with many units it is the percentile interval.
    """
    spread = math.sqrt(min(sizes) / (min(sizes) - 1))
    quantile = scipy.stats.t.ppf((1 - LEVEL) / 2, sum(sizes) - len(sizes))
    return float(scipy.stats.norm.cdf(spread * quantile))


def finite(value: Any) -> float | None:
    """Return a finite number, else None."""
    return float(value) if math.isfinite(value) else None
