"""Permutation tests of equal arms, exact where that is feasible, and Holm's correction over several of them."""

import math
from collections.abc import Mapping

import numpy as np
import scipy

from heredity.transfer.estimates import Array, PermutationTest

ALPHA = 0.05
"""The rate at which a test finds something where nothing is."""

PERMUTATIONS = 100_000
"""How many are drawn where not all are counted; the observed one counts as one more."""

MOST_EXACT = 32
"""Up to this many runs of both arms, or pairs, all permutations are counted, from the 2^16 subsets of each half."""

ROUNDING = 1e-9
"""Sums of the same numbers in another order may differ by this share of the largest."""


def permutation_test(x: Array, y: Array, *, seed: int, paired: bool) -> PermutationTest:
    """Test two-sidedly that the means of float64[runs] and float64[runs] differ only by chance.

    paired: run k of both arms is a pair, so what is permuted is which of the two is called inherited; otherwise any run
    may have been in either arm.
    """
    distinct = 2 ** len(x) if paired else math.comb(len(x) + len(y), len(x))
    smallest = min(1.0, 2 / distinct)
    n, unit = (len(x), "pairs") if paired else (len(x) + len(y), "runs")
    exact = n <= MOST_EXACT
    method = f"{'paired' if paired else 'unpaired'}, {'exact' if exact else f'{PERMUTATIONS:,} random permutations'}"
    if smallest > ALPHA:
        clearest = f"the clearest possible result of {n} {unit} has p = {smallest:.2g}"
        return PermutationTest(None, None, smallest, n, method, f"too few runs to test: {clearest}")
    p = _exact_p(x, y, paired) if exact else _drawn_p(x, y, paired, seed)
    return PermutationTest(p, None, smallest, n, method, f"p = {p:.2g} ({method}, {n} {unit})")


def _exact_p(x: Array, y: Array, paired: bool) -> float:
    """Return twice the share of all permutations that are at least as far on the side of the observed difference."""
    # The difference of means rises with the sum of the first arm, of pairs with the sum of the differences that keep
    # their sign: so it is enough to count subsets by their sum. Those of a half are enumerated, and a sum of two halves
    # is beyond a number where that of the second is beyond what the first leaves of it.
    values, chosen = (x - y, None) if paired else (np.concatenate([x, y]), len(x))
    observed = float((x - y).sum() if paired else x.sum())
    left, right = (_subsets(half) for half in np.array_split(values, 2))
    slack = ROUNDING * float(np.abs(values).max(initial=0))
    least = most = total = 0
    for size, sums in left.items():
        others = np.concatenate(list(right.values())) if chosen is None else right.get(chosen - size, np.zeros(0))
        others = np.sort(others)
        total += len(sums) * len(others)
        least += int(np.searchsorted(others, observed + slack - sums, side="right").sum())
        most += len(sums) * len(others) - int(np.searchsorted(others, observed - slack - sums, side="left").sum())
    return min(1.0, 2 * min(least, most) / total)


def _subsets(values: Array) -> dict[int, Array]:
    """Return the sums of all subsets of some values, by how many values they hold."""
    held = np.arange(2 ** len(values))[:, None] >> np.arange(len(values)) & 1
    sums, sizes = held @ values, held.sum(axis=1)
    return {size: sums[sizes == size] for size in range(len(values) + 1)}


def _drawn_p(x: Array, y: Array, paired: bool, seed: int) -> float:
    """Return the same of permutations at random."""
    result = scipy.stats.permutation_test(
        (x, y),
        lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
        permutation_type="samples" if paired else "independent",
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=PERMUTATIONS // 10,
        rng=np.random.default_rng(seed),
    )
    return float(min(1.0, result.pvalue))


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return p-values adjusted for being several (Holm, Scand. J. Statist. 6, 1979); those that are None stay so."""
    ascending = sorted((p, name) for name, p in p_values.items() if p is not None)
    adjusted: dict[str, float | None] = dict.fromkeys(p_values)
    least = 0.0
    for rank, (p, name) in enumerate(ascending):
        least = max(least, min(1.0, (len(ascending) - rank) * p))
        adjusted[name] = least
    return adjusted
