"""The bootstrap over runs, stratified by arm, and its intervals."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import scipy

from heredity.transfer.estimates import Array, Estimate

RESAMPLES = 50_000
LEVEL = 0.95

Picks = tuple[np.ndarray[Any, np.dtype[np.int64]], ...]


@lru_cache(maxsize=4)
def picks(sizes: tuple[int, ...], seed: int) -> Picks:
    """Draw RESAMPLES resamples of every arm, int64[RESAMPLES, runs]; none can be drawn from a single run."""
    rng = np.random.default_rng(seed)
    count = RESAMPLES if min(sizes) > 1 else 0
    return tuple(rng.integers(size, size=(count, size)) for size in sizes)


def estimate(samples: Sequence[Array], of: Callable[..., Array], seed: int) -> Estimate:
    """Estimate a function of whole arms, float64[runs] each; `of` works along the last axis."""
    sizes = tuple(len(sample) for sample in samples)
    resampled = of(*(sample[picked] for sample, picked in zip(samples, picks(sizes, seed), strict=True)))
    return interval(float(of(*samples)), resampled, sizes)


def estimate_of_means(samples: Sequence[Array], of: Callable[..., Array], seed: int) -> Estimate:
    """Estimate a function of the arms' means."""
    return estimate(samples, lambda *arms: of(*(arm.mean(axis=-1) for arm in arms)), seed)


def interval(value: float, resampled: Array, sizes: Sequence[int]) -> Estimate:
    """Return the expanded percentile interval; an end that is infinite or undefined is None."""
    if not len(resampled) or np.isnan(resampled).any():
        return Estimate(finite(value), None, None, sum(sizes))
    tail = tail_share(sizes)
    low, high = np.quantile(resampled, [tail, 1 - tail], method="inverted_cdf")
    return Estimate(finite(value), finite(low), finite(high), sum(sizes))


def tail_share(sizes: Sequence[int]) -> float:
    """Return the share of resamples beyond each end of an interval.

    Resampling n runs shows (n − 1)/n of their variance, and normal tails where Student's are due, so the plain 2.5 %
    covers too rarely with few runs. The expanded percentile interval goes further out accordingly (Hesterberg, The
    American Statistician 69, 2015, section 4.3); with many runs it is the percentile interval.
    """
    spread = math.sqrt(min(sizes) / (min(sizes) - 1))
    quantile = scipy.stats.t.ppf((1 - LEVEL) / 2, sum(sizes) - len(sizes))
    return float(scipy.stats.norm.cdf(spread * quantile))


def finite(value: Any) -> float | None:
    """Return a finite number, else None."""
    return float(value) if math.isfinite(value) else None
