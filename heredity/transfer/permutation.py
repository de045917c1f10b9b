"""Permutation tests of equal arms, exact where that is feasible, and Holm's correction over several of them."""

import math
from collections.abc import Mapping

import numpy as np
import scipy

from heredity.transfer.bootstrap import LEVEL
from heredity.transfer.estimates import Array, PermutationTest

PERMUTATIONS = 2**16
"""Up to this many distinct permutations all are tried (16 pairs, or two arms of 9 runs); beyond, so many at random."""


def permutation_test(x: Array, y: Array, *, seed: int, paired: bool) -> PermutationTest:
    """Test two-sidedly that the means of float64[runs] and float64[runs] differ only by chance.

    paired: run k of both arms shares a seed, so what is permuted is which of the two is called inherited; otherwise
    any run may have been in either arm.
    """
    distinct = 2 ** len(x) if paired else math.comb(len(x) + len(y), len(x))
    smallest, alpha = min(1.0, 2 / distinct), 1 - LEVEL
    n, unit = (len(x), "pairs") if paired else (len(x) + len(y), "runs")
    how = "exact" if distinct <= PERMUTATIONS else f"{PERMUTATIONS:,} random permutations"
    method = f"{'paired' if paired else 'unpaired'}, {how}"
    if smallest > alpha:
        clearest = f"the clearest possible result of {n} {unit} has p = {smallest:.2g}"
        return PermutationTest(None, None, smallest, n, method, f"too few runs to test: {clearest}")
    result = scipy.stats.permutation_test(
        (x, y),
        lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
        permutation_type="samples" if paired else "independent",
        vectorized=True,
        n_resamples=PERMUTATIONS,
        rng=np.random.default_rng(seed),
    )
    p = float(min(1.0, result.pvalue))
    return PermutationTest(p, None, smallest, n, method, f"p = {p:.2g} ({method}, {n} {unit})")


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return p-values adjusted for being several (Holm, Scand. J. Statist. 6, 1979); those that are None stay so."""
    ascending = sorted((p, name) for name, p in p_values.items() if p is not None)
    adjusted: dict[str, float | None] = dict.fromkeys(p_values)
    least = 0.0
    for rank, (p, name) in enumerate(ascending):
        least = max(least, min(1.0, (len(ascending) - rank) * p))
        adjusted[name] = least
    return adjusted
