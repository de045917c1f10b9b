"""How many times as fast one arm reached the threshold as another, where not all medians are known."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from heredity.transfer.bootstrap import finite, tail_share
from heredity.transfer.estimates import Array, SpeedUp


class Medians(NamedTuple):
    """Median times, infinite where fewer than half reached the threshold, and until when each arm was followed."""

    times: Array
    followed: Array


def speed_up(arms: Sequence[Medians], resampled: Sequence[Medians], sizes: Sequence[int]) -> SpeedUp:
    """Return the control's median over the inherited one, and the expanded percentile interval of its resamples.

    arms, resampled: the inherited arm's and the control's. A ratio of which only one median is known lies between two
    numbers, one of them 0 or infinity: the interval's low end is that of the lower numbers, its high end that of the
    higher ones. Of the ratios of which neither is known, every other one counts as 0 and every other as infinity.
    """
    low, high = (float(end) for end in _between(*arms))
    value = finite(low) if low == high else None
    above, below = (None, None) if value is not None else (finite(low) or None, finite(high) or None)
    if not len(resampled[0].times):
        return SpeedUp(value, None, None, sum(sizes), above, below)
    lowest, highest = _between(*resampled)
    unknown = np.flatnonzero(np.isinf(highest) & (lowest == 0))
    highest[unknown[::2]], lowest[unknown[1::2]] = 0.0, np.inf
    tail = tail_share(sizes)
    ends = np.quantile(lowest, tail, method="inverted_cdf"), np.quantile(highest, 1 - tail, method="inverted_cdf")
    return SpeedUp(value, finite(ends[0]), finite(ends[1]), sum(sizes), above, below)


def _between(inherited: Medians, control: Medians) -> tuple[Array, Array]:
    """Return the numbers that control / inherited is at least and at most: equal where both medians are known."""
    known = np.isfinite(inherited.times), np.isfinite(control.times)
    with np.errstate(invalid="ignore", divide="ignore"):
        least = np.where(known[0], np.where(known[1], control.times, control.followed) / inherited.times, 0.0)
        most = np.where(known[1], control.times / np.where(known[0], inherited.times, inherited.followed), np.inf)
    nothing = np.isnan(least) | np.isnan(most)  # 0 / 0: both arms were there before their first step
    return np.where(nothing, 0.0, least), np.where(nothing, np.inf, most)
