"""Permutation tests of equal arms, exact where that is feasible, and Holm's correction over several of them."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from heredity.transfer.bootstrap import blocks
from heredity.transfer.estimates import Array, PermutationTest

ALPHA = 0.05
"""The rate at which a test finds something where nothing is."""

PERMUTATIONS = 100_000
"""How many are drawn where not all are counted; the observed one counts as one more."""

MOST_EXACT = 32
"""Up to this many runs of both arms, or pairs, all permutations are counted, from the 2^16 subsets of each half."""

ROUNDING = 1e-9
"""Sums of the same numbers in another order may differ by this share of the largest."""


def permutation_test(
    x: Array, y: Array, *, seed: int, paired: bool, noun: str = "runs", sampled: str = ""
) -> PermutationTest:
    """Test two-sidedly that the means of float64[units] and float64[units] differ only by chance.

    paired: unit k of both arms is a pair, so what is permuted is which of the two is called inherited; otherwise any
    unit may have been in either arm. noun: what units are called. sampled: what stands for a unit, where it is not its
    mean.
    """
    distinct = 2 ** len(x) if paired else math.comb(len(x) + len(y), len(x))
    smallest = min(1.0, 2 / distinct)
    n, counted = (len(x), f"{len(x)} pairs") if paired else (len(x) + len(y), f"{len(x)} + {len(y)} {noun}")
    exact = n <= MOST_EXACT
    how = ("paired" if paired else "unpaired", "exact" if exact else f"{PERMUTATIONS:,} random permutations", sampled)
    method = ", ".join(filter(None, how))
    if smallest > ALPHA:
        clearest = f"the clearest possible result of {counted} has p = {smallest:.2g}"
        return PermutationTest(None, None, smallest, n, method, f"too few {noun} to test: {clearest}")
    p = _exact_p(x, y, paired) if exact else _drawn_p(x, y, paired, seed)
    return PermutationTest(p, None, smallest, n, method, f"p = {p:.2g} ({method}, {counted})")


def lineages_needed(tests: int, paired: bool = False) -> int:
    """Return how many units per arm, or pairs, the clearest results of so many tests need to be below 0.05 after Holm.

    Holm multiplies the smallest of m p-values by m. The clearest result of n + n unpaired units has p = 2 / C(2n, n),
    that of n pairs 2 / 2^n.
    """
    units = 1
    while 2 * max(tests, 1) / (2**units if paired else math.comb(2 * units, units)) >= ALPHA:
        units += 1
    return units


def _exact_p(x: Array, y: Array, paired: bool) -> float:
    """Return twice the share of all permutations that are at least as far on the side of the observed difference."""
    # The difference of means rises with the sum of the first arm, of pairs with the sum of the differences that keep
    # their sign: so it is enough to count subsets by their sum. Those of a half are enumerated, and a sum of two halves
    # is beyond a number where that of the second is beyond what the first leaves of it.
    values, chosen = (x - y, None) if paired else (np.concatenate([x, y]), len(x))
    observed = float((x - y).sum() if paired else x.sum())
    left, right = (_subsets(half) for half in np.array_split(values, 2))
    slack = ROUNDING * float(np.abs(values).max(initial=0))
    everything = np.sort(np.concatenate(list(right.values())))
    least = most = total = 0
    for size, sums in left.items():
        others = everything if chosen is None else right.get(chosen - size, np.zeros(0))
        total += len(sums) * len(others)
        least += int(np.searchsorted(others, observed + slack - sums, side="right").sum())
        most += len(sums) * len(others) - int(np.searchsorted(others, observed - slack - sums, side="left").sum())
    return min(1.0, 2 * min(least, most) / total)


def _subsets(values: Array) -> dict[int, Array]:
    """Return the sums of all subsets of some values, rising, by how many values they hold."""
    return {size: np.sort(held @ values) for size, held in _halves(len(values)).items()}


@lru_cache(maxsize=4)
def _halves(n: int) -> dict[int, Array]:
    """Return which of n values every subset holds, float64[subsets, n], by how many those are."""
    held = np.arange(2**n)[:, None] >> np.arange(n) & 1
    sizes = held.sum(axis=1)
    return {size: held[sizes == size].astype(np.float64) for size in range(n + 1)}


def _drawn_p(x: Array, y: Array, paired: bool, seed: int) -> float:
    """Return the same of permutations at random, the observed one counted as one more."""
    values, chosen = (x - y, None) if paired else (np.concatenate([x, y]), len(x))
    observed = float(values.sum() if paired else x.sum())
    slack = ROUNDING * float(np.abs(values).max(initial=0))
    of_bytes, least, most = _sums_of_bytes(values), 1, 1
    for packed in _subsets_at_random(len(values), chosen, seed):
        sums = of_bytes[packed, np.arange(packed.shape[1])].sum(axis=1)
        least += int(np.count_nonzero(sums <= observed + slack))
        most += int(np.count_nonzero(sums >= observed - slack))
    return min(1.0, 2 * min(least, most) / (PERMUTATIONS + 1))


def _sums_of_bytes(values: Array) -> Array:
    """Return what each of 256 bytes of a packed subset adds up to, float64[256, bytes], each byte of eight values."""
    padded = np.append(values, np.zeros(-len(values) % 8)).reshape(-1, 8)
    return np.asarray(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1) @ padded.T)


@lru_cache(maxsize=4)
def _subsets_at_random(n: int, size: int | None, seed: int) -> tuple[Any, ...]:
    """Draw PERMUTATIONS subsets of n values, of one size or of any: blocks of uint8[rows, bytes], a bit per value."""
    rng = np.random.default_rng(seed)
    drawn = []
    for rows in blocks(PERMUTATIONS, n):
        shape = (rows.stop - rows.start, n)
        held = np.broadcast_to(np.arange(n) < (size or 0), shape)
        held = rng.random(shape) < 0.5 if size is None else rng.permuted(held, axis=1)
        drawn.append(np.packbits(held, axis=1))
    return tuple(drawn)


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return p-values adjusted for being several (Holm, Scand. J. Statist. 6, 1979); those that are None stay so."""
    ascending = sorted((p, name) for name, p in p_values.items() if p is not None)
    adjusted: dict[str, float | None] = dict.fromkeys(p_values)
    least = 0.0
    for rank, (p, name) in enumerate(ascending):
        least = max(least, min(1.0, (len(ascending) - rank) * p))
        adjusted[name] = least
    return adjusted
