"""Scores of runs, and what rliable says of them (Agarwal et al., NeurIPS 2021): IQM, optimality gap, profiles.

A score is a run's mean return over the budget, on a scale from the untrained control (0) to the threshold (1).
"""

from collections.abc import Callable

import numpy as np
from scipy import stats

from heredity.transfer.bootstrap import estimate, interval, picks
from heredity.transfer.values import Array, Contrast, Estimate, Profile

LEVELS = tuple(level / 10 for level in range(11))


def contrast(scores: tuple[Array, Array], of: Callable[[Array], Array], seed: int) -> Contrast:
    """Estimate a function of an arm's scores (along the last axis) for each arm, and its difference."""
    inherited, control = (estimate([arm], of, seed) for arm in scores)
    return Contrast(inherited, control, estimate(scores, lambda x, y: of(x) - of(y), seed))


def interquartile_mean(scores: Array) -> Array:
    """Return the mean without the lowest and the highest quarter of runs, along the last axis."""
    return np.asarray(stats.trim_mean(scores, 0.25, axis=-1))


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


def probability_of_improvement(inherited: Array, control: Array, seed: int) -> Estimate:
    """Estimate P(an inherited run scores above a control run), ties counting half."""
    wins = np.sign(inherited[:, None] - control[None, :]) / 2 + 0.5
    shares = [
        (picked[..., None] == np.arange(size)).mean(axis=1)
        for picked, size in zip(picks(wins.shape, seed), wins.shape, strict=True)
    ]
    return interval(float(wins.mean()), np.einsum("bi,ij,bj->b", shares[0], wins, shares[1]), wins.shape)
