"""The first edition's lower bounds of a mean, kept to be measured against: see benchmarks.calibration."""

import math

import numpy as np
import scipy

from heredity.gate.bounds import Values, mean

LEFT_SKEWED = -0.5
RESAMPLES = 2000


def earlier_bound(values: Values, confidence: float, seed: int = 0) -> float:
    """Return Wilson's bound of zeros and ones, the studentized bootstrap's of left-skewed returns, else Student's."""
    sample = np.asarray(values, np.float64)
    if np.isin(sample, (0.0, 1.0)).all():
        return _wilson(values, confidence)
    if not np.ptp(sample):
        return mean(values)
    skewness = float(np.mean(((sample - sample.mean()) / sample.std()) ** 3))
    if skewness < LEFT_SKEWED:
        return _bootstrap(sample, confidence, seed)
    return mean(values) - float(scipy.stats.t.ppf(confidence, len(values) - 1) * scipy.stats.sem(values))


def _wilson(values: Values, confidence: float) -> float:
    rate, n, z = mean(values), len(values), float(scipy.stats.norm.ppf(confidence))
    center = rate + z * z / (2 * n)
    reach = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return (center - reach) / (1 + z * z / n)


def _bootstrap(sample: "np.ndarray[tuple[int], np.dtype[np.float64]]", confidence: float, seed: int) -> float:
    n, center, deviation = len(sample), mean(sample.tolist()), float(sample.std(ddof=1))
    drawn = sample[np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))]
    deviations = np.maximum(drawn.std(axis=1, ddof=1), deviation / n)
    pivots = (drawn.mean(axis=1) - center) / deviations
    return max(float(sample.min()), center - float(np.quantile(pivots, confidence)) * deviation)
