"""The numbers that gates compare with a bar, each a pure function over episode returns; none is a ratio of returns."""

import math
import statistics
from collections.abc import Sequence
from typing import Literal

import numpy as np
import scipy

Values = Sequence[float]
Method = Literal["student", "bootstrap", "wilson"]

LEFT_SKEWED = -0.5
"""A sample whose skewness is below this is bounded by the bootstrap: Student's bound passes too many of those."""

RESAMPLES = 2000


def mean(values: Values) -> float:
    """Return the mean of float[n], n ≥ 1, exactly rounded: equal returns at the threshold are a tie, and ties pass."""
    return statistics.mean(map(float, values))


def mean_minus_std(values: Values, deviations: float) -> float:
    """Return mean − deviations · sample standard deviation of float[n], n ≥ 2."""
    return mean(values) - deviations * _deviation(values, 1)


def lower_bound(values: Values, confidence: float, method: Method | None = None, seed: int = 0) -> float:
    """Return the one-sided lower confidence bound of the mean of float[n], n ≥ 2.

    method: what `choose_method` says where it is left out. seed: of the bootstrap's draws.
    Equal values have no spread to judge by: except by Wilson's, the bound is their mean.
    """
    method = method or choose_method(values)
    if method == "wilson":
        return _wilson(values, confidence)
    if not _deviation(values, 1):
        return mean(values)
    return _student(values, confidence) if method == "student" else _bootstrap(values, confidence, seed)


def choose_method(values: Values) -> Method:
    """Return the bound that fits a sample: Wilson for zeros and ones, the bootstrap where rare failures skew it."""
    if np.isin(values, (0.0, 1.0)).all():
        return "wilson"
    deviation = _deviation(values, 0)
    if not deviation:
        return "student"
    skewness = float(np.mean(((np.asarray(values) - np.mean(values)) / deviation) ** 3))
    return "bootstrap" if skewness < LEFT_SKEWED else "student"


def quantile_bound(values: Values, quantile: float, confidence: float) -> float:
    """Return the lower confidence bound of a quantile: an order statistic, valid for any distribution.

    The r-th smallest of n values exceeds the quantile with probability at most P(Binomial(n, quantile) < r) (David &
    Nagaraja 2003, section 7.1); r is the largest for which that is at most 1 − confidence. values: float[n] with
    n ≥ `fewest_for_quantile`, else there is no such r.
    """
    ranks = scipy.stats.binom.cdf(np.arange(len(values)), len(values), quantile) <= 1 - confidence
    return float(np.sort(values)[int(ranks.sum()) - 1])


def fewest_for_quantile(quantile: float, confidence: float) -> int:
    """Return how many episodes `quantile_bound` needs: the least n ≥ 2 with (1 − quantile)ⁿ ≤ 1 − confidence."""
    fewest = max(2, math.floor(math.log(1 - confidence) / math.log(1 - quantile)))
    while scipy.stats.binom.cdf(0, fewest, quantile) > 1 - confidence:
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


def _student(values: Values, confidence: float) -> float:
    """Student's t."""
    return mean(values) - float(scipy.stats.t.ppf(confidence, len(values) - 1) * scipy.stats.sem(values))


def _wilson(values: Values, confidence: float) -> float:
    """Wilson's score bound of a success rate (Wilson 1927)."""
    rate, n, z = mean(values), len(values), float(scipy.stats.norm.ppf(confidence))
    center = rate + z * z / (2 * n)
    reach = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return (center - reach) / (1 + z * z / n)


def _bootstrap(values: Values, confidence: float, seed: int) -> float:
    """The studentized bootstrap (Hall 1988), whose error falls with 1/n where Student's falls with 1/√n.

    With one failure among few episodes it would fall below every return that was seen; it ends at the lowest.
    """
    n, center, deviation = len(values), mean(values), _deviation(values, 1)
    drawn = np.asarray(values, np.float64)[np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))]
    deviations = np.maximum(drawn.std(axis=1, ddof=1), deviation / n)  # a resample of equal values has none of its own
    pivots = (drawn.mean(axis=1) - center) / deviations
    return max(float(min(values)), center - float(np.quantile(pivots, confidence)) * deviation)
