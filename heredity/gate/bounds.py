"""Numbers that gates compare with a bar, each a pure function over episode returns; none is a ratio of returns.

The lower bound of a mean is heredity.gate.mean_bound's.
"""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import scipy

Values = Sequence[float]


def mean(values: Values) -> float:
    """Return the mean of float[n], n ≥ 1, exactly rounded: equal returns at the threshold are a tie, and ties pass."""
    return statistics.mean(map(float, values))


def mean_minus_std(values: Values, deviations: float) -> float:
    """Return mean − deviations · sample standard deviation of float[n], n ≥ 2."""
    return mean(values) - deviations * _deviation(values, 1)


def quantile_bound(values: Values, quantile: float, alpha: float) -> float:
    """Return the lower confidence bound of a quantile: an order statistic, valid for any distribution.

    The r-th smallest of n values exceeds the quantile with probability at most P(Binomial(n, quantile) < r) (David &
    Nagaraja 2003, section 7.1); r is the largest for which that is at most α. values: float[n] with n ≥
    `fewest_for_quantile`, else there is no such r.
    """
    ranks = scipy.stats.binom.cdf(np.arange(len(values)), len(values), quantile) <= alpha
    return float(np.sort(values)[int(ranks.sum()) - 1])


def fewest_for_quantile(quantile: float, alpha: float) -> int:
    """Return how many episodes `quantile_bound` needs: the least n ≥ 2 with (1 − quantile)ⁿ ≤ α."""
    fewest = max(2, math.floor(math.log(alpha) / math.log(1 - quantile)))
    while scipy.stats.binom.cdf(0, fewest, quantile) > alpha:
        fewest += 1
    return fewest


def spread_bar(means: Values, deviations: float) -> float:
    """Return mean + deviations · standard deviation of the population's mean returns, float[members]."""
    return mean(means) + deviations * _deviation(means, 0)


def top_bar(means: Values, count: int) -> float:
    """Return the lowest of the `count` best mean returns, float[members]."""
    return float(np.sort(means)[-min(count, len(means))])


def reference_threshold(score: float, floor: float, fraction: float) -> float:
    """Return the threshold that is a fraction of the way from `floor`, a random policy's score, to a reference's.

    A plain fraction of the score would ask for more than the score where that is negative.
    """
    return floor + fraction * (score - floor)


def _deviation(values: Values, ddof: int) -> float:
    """Return the standard deviation, and exactly 0 for equal values."""
    return float(np.std(values, ddof=ddof)) if np.ptp(values) else 0.0
