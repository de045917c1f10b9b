"""The one lower confidence bound of a mean return: of any returns that have a lowest possible one, the floor.

Learned-Miller & Thomas, "A new confidence interval for the mean of a bounded random variable" (arXiv 1905.06208), from
below: with x_(1) ≤ … ≤ x_(n), x_(0) the floor, and u_(1) ≤ … ≤ u_(n) sorted uniforms, every row of a table of these
gives floor + Σ_j u_(n+1−j) · (x_(j) − x_(j−1)), and the bound is an order statistic over the rows. Of two values it is
Clopper–Pearson's. That it covers is conjectured there and holds in every simulation of docs/evidence.md; a proved
relative is that of Phan, Thomas & Learned-Miller (ICML 2021).

A row is computed as floor + Σ_i w_i · (x_(i) − floor), which is the same sum: spacings of uniforms, w_i ≥ 0, are a draw
from a flat Dirichlet distribution with a part more, which is the floor's. All w_i being at least 0, and added one after
the other, no return that rises lowers a bound, to the last bit and whoever else is judged in the same pass. The table
is fixed: the part that is not the floor's is the largest of n uniforms, drawn evenly over the rows, so that the bound
of equal returns is known in closed form (`best_bound`).
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from heredity.errors import GateError

Values = Sequence[float]
Array = np.ndarray[Any, np.dtype[np.float64]]

LEAST_ALPHA, MOST_ALPHA = 1e-6, 0.5
MOST_EPISODES = 1_000_000

ROWS, ROWS_IN_TAIL = 20_000, 30
"""Of a table: at least so many, and so many of which the bound is expected to be the last."""

DEVIATIONS = 3.0
"""By so many standard errors of a table the level lies below α, so that its own luck does not break the word."""

BLOCKS = 1000
"""So many sorted returns have a weight each; of more, blocks have, and a return counts as the lowest of its block."""

MOST_DRAWS = 10**9
"""Rows times blocks: of an α so small that it needs more rows, fewer blocks are left."""

SEED = 190606208
CHUNK, AT_ONCE, CACHED = 4096, 1 << 20, 1 << 22
"""Rows computed together; numbers of a table held at once (8 MB); a table that is kept for the next call (34 MB)."""

TOGETHER = 1 << 15
"""Rows of several members computed together: no more than a core keeps near."""


def lower_bound(values: Values, floor: float, alpha: float) -> float:
    """Return the lower bound of the mean of float[n] that is above it with probability at most `alpha`.

    floor: the lowest return that there can be. n: from 2 to 1,000,000. Raises GateError as `lower_bounds` does.
    """
    return float(lower_bounds([values], floor, alpha)[0])


def lower_bounds(samples: Sequence[Values], floor: float, alpha: float) -> Array:
    """Return float64[members]: of every one of these float[n] the lower bound of its mean, each at `alpha`.

    Raises GateError for an `alpha` out of [0.000001, 0.5], a sample that is not of 2 to 1,000,000 finite returns, and a
    return below the floor.
    """
    if not LEAST_ALPHA <= alpha <= MOST_ALPHA:
        raise GateError(
            f"expected a lower bound at an alpha from {LEAST_ALPHA:.6f} to {MOST_ALPHA}, got {alpha:.3g}; write "
            "a lower confidence"
        )
    ascending = [np.sort(np.asarray(sample, np.float64)) for sample in samples]
    for returns in ascending:
        if not (2 <= len(returns) <= MOST_EPISODES and np.isfinite(returns).all() and floor <= returns[0]):
            raise GateError(
                f"expected 2 to {MOST_EPISODES:,} finite returns at or above the floor {floor:g}, got {len(returns)} "
                f"from {min(returns, default=math.nan):g} to {max(returns, default=math.nan):g}"
            )
    bounds = np.empty(len(ascending))
    for n in {len(returns) for returns in ascending}:
        alike = [index for index, returns in enumerate(ascending) if len(returns) == n]
        bounds[alike] = floor + _tails(np.stack([ascending[index] for index in alike]) - floor, alpha)
    return bounds


def best_bound(floor: float, highest: float, n: int, alpha: float) -> float:
    """Return the lower bound of the mean of n returns that are all the highest that there can be."""
    return floor + (highest - floor) * math.pow(table_level(alpha), 1 / n)


def episodes_needed(floor: float, highest: float, bar: float, alpha: float) -> int | None:
    """Return the fewest returns with which `best_bound` is at the bar; None where not even 1,000,000 would do."""
    if bar <= floor:
        return 2
    share = (bar - floor) / (highest - floor) if highest > floor else 1.0
    if share >= 1:
        return None
    share += (1 - share) * 1e-12  # a sum of weights is 1 but for its last bits
    n = max(2, math.ceil(math.log(table_level(alpha)) / math.log(share))) if share < 1 else MOST_EPISODES + 1
    return n if n <= MOST_EPISODES else None


def table_level(alpha: float) -> float:
    """Return the level of the order statistic that is a table's bound at `alpha`: a little below it."""
    rows = _rows(alpha)
    return (_rank(alpha, rows) - 0.5) / rows


def _rows(alpha: float) -> int:
    return max(ROWS, math.ceil(ROWS_IN_TAIL / alpha))


def _rank(alpha: float, rows: int) -> int:
    """Return which of a table's rows, in ascending order from 1, is the bound."""
    return max(1, math.floor(rows * (alpha - DEVIATIONS * math.sqrt(alpha * (1 - alpha) / rows))))


def _tails(lifts: Array, alpha: float) -> Array:
    """Return float64[members]: the order statistic over all rows of float64[members, n], ascending, over the floor."""
    members, n = lifts.shape
    rows = _rows(alpha)
    rank, edges = _rank(alpha, rows), _edges(n, rows)
    lowest = lifts[:, edges[:-1]]
    together = max(1, TOGETHER // min(CHUNK, AT_ONCE // (len(edges) - 1)))
    groups = [lowest[first : first + together] for first in range(0, members, together)]
    return np.concatenate([_tail(group, n, rows, rank) for group in groups])


def _tail(lifts: Array, n: int, rows: int, rank: int) -> Array:
    """Return the same of a few members, keeping of all rows no more than the lowest `rank`."""
    kept = np.empty((len(lifts), 0))
    for weights in _stored_table(n, rows) if n * rows <= CACHED else _table(n, rows):
        values, product = np.zeros((2, len(lifts), weights.shape[1]))
        for weight, lift in zip(weights, lifts.T, strict=True):  # one after the other: a product of matrices need not
            values += np.multiply(weight, lift[:, None], out=product)
        kept = np.concatenate([kept, values], axis=1)
        kept = np.partition(kept, rank - 1, axis=1)[:, :rank] if kept.shape[1] > rank else kept
    tail: Array = kept.max(axis=1)
    return tail


def _edges(n: int, rows: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return where blocks of n sorted returns begin, and n: as many blocks as returns, where these are few."""
    blocks = min(n, BLOCKS, MOST_DRAWS // rows)
    return np.arange(blocks + 1, dtype=np.int64) * n // blocks


@lru_cache(maxsize=1)
def _stored_table(n: int, rows: int) -> tuple[Array, ...]:
    return tuple(_table(n, rows))


def _table(n: int, rows: int) -> Iterator[Array]:
    """Yield float64[blocks, some rows]: the weights of the blocks of n sorted returns; what 1 lacks is the floor's."""
    sizes = np.diff(_edges(n, rows))
    some = min(CHUNK, AT_ONCE // len(sizes))
    for first in range(0, rows, some):
        count = min(some, rows - first)
        rng = np.random.default_rng([SEED, n, first])
        shape = (len(sizes), count)
        weights = rng.standard_exponential(shape) if len(sizes) == n else rng.standard_gamma(sizes[:, None], shape)
        largest = ((np.arange(first, first + count) + 0.5) / rows) ** (1 / n)
        weights *= largest / weights.sum(axis=0)
        yield weights
