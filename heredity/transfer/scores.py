"""Scores of units, and what rliable says of them (Agarwal et al., NeurIPS 2021): IQM, optimality gap, profiles.

A score is a unit's mean return over the budget, on a scale from the untrained control (0) to the threshold (1).
"""

from collections.abc import Callable

import numpy as np
import scipy

from heredity.transfer.bootstrap import LEVEL, estimate
from heredity.transfer.estimates import Array, Contrast, Estimate, Profile, defined

LEVELS = tuple(level / 10 for level in range(11))

ROUNDING = 1e-9
"""The share itself is a second root where it is 0 or 1; the end of its interval is sought this far beside it."""


def contrast(scores: tuple[Array, Array], of: Callable[[Array], Array], seed: int, *, paired: bool = False) -> Contrast:
    """Estimate a function of an arm's scores (along the last axis) for each arm, and its difference."""
    inherited, control = (estimate([arm], of, seed) for arm in scores)
    difference = estimate(scores, lambda x, y: of(x) - of(y), seed, paired=paired)
    return Contrast(inherited, control, defined(difference))


def interquartile_mean(scores: Array) -> Array:
    """Return the mean without the lowest and the highest quarter of runs, along the last axis."""
    return np.asarray(scipy.stats.trim_mean(scores, 0.25, axis=-1))


def optimality_gap(scores: Array) -> Array:
    """Return by how much runs fall short of 1 on average, those above it counting as 1, along the last axis."""
    return np.asarray(1 - np.minimum(scores, 1).mean(axis=-1))


def profile(scores: tuple[Array, Array], seed: int) -> Profile:
    """Return the share of each arm's runs that score above every level."""
    shares = [
        tuple(estimate([(arm > level).astype(np.float64)], lambda above: above.mean(axis=-1), seed) for level in LEVELS)
        for arm in scores
    ]
    return Profile(LEVELS, shares[0], shares[1])


def probability_of_improvement(inherited: Array, control: Array) -> Estimate:
    """Estimate P(an inherited run scores above a control run), ties counting half.

    The interval is Newcombe's fifth (Statistics in Medicine 25, 2006, 559–573), which inverts a score test. A bootstrap
    would have no width where every inherited run beats every run of the control, and covers far too rarely near there.
    """
    wins = np.sign(inherited[:, None] - control[None, :]) / 2 + 0.5
    value, (m, n) = float(wins.mean()), wins.shape
    if min(m, n) < 2:
        return Estimate(value, None, None, m + n)
    z = float(scipy.stats.norm.ppf((1 + LEVEL) / 2))

    def beyond(p: float) -> float:
        variance = p * (1 - p) * (1 + ((m + n) / 2 - 1) * ((1 - p) / (2 - p) + p / (1 + p))) / (m * n)
        return float((value - p) ** 2 - z * z * variance)

    low = scipy.optimize.brentq(beyond, 0, value * (1 - ROUNDING)) if value > 0 else 0.0
    high = scipy.optimize.brentq(beyond, 1 - (1 - value) * (1 - ROUNDING), 1) if value < 1 else 1.0
    return Estimate(value, float(low), float(high), m + n)
