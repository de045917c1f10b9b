"""Children against their parents, a family counting once: the slope, and whether the parents differ at all."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import scipy

from heredity.study.lineages import by_lineage, lineage_of
from heredity.transfer.bootstrap import LEVEL, finite
from heredity.transfer.estimates import Array, Estimate, Regression

Returns = Mapping[str, Sequence[float]]
"""Episode returns by member."""

Parents = Mapping[str, Sequence[str]]
"""By child, the names of its parents."""

Each = TypeVar("Each")

ALPHA = 0.05
"""The p-value below which parents are said to differ by more than their noise."""

ROUNDING = 1e-20
"""Sums of squares around a mean that are so small a share of the squares themselves are none."""


@dataclass(frozen=True)
class _Families:
    """One lineage's families, float64[families] each, and how many children they have.

    parents: the mean fitness of the parents. noise: its variance by the episodes. children: the mean fitness.
    """

    parents: Array
    noise: Array
    children: Array
    size: int


def regression(returns: Returns, parents: Parents, children: Mapping[str, float]) -> Regression | None:
    """Fit one slope through the families, each held against those of its own lineage alone.

    returns: of every parent, at least two each. None where no lineage has two families, or all parents are equal.
    """
    groups = [group for group in _families(returns, parents, children) if len(group.parents) > 1]
    if not groups:
        return None
    x = np.concatenate([group.parents - group.parents.mean() for group in groups])
    y = np.concatenate([group.children - group.children.mean() for group in groups])
    if not (squares := float(x @ x)):
        return None
    value, free = float(x @ y) / squares, len(x) - len(groups)
    left = y - value * x
    reach = math.inf
    if free > 1:
        error = math.sqrt(float(left @ left) / (free - 1) / squares)
        reach = float(scipy.special.stdtrit(free - 1, (1 + LEVEL) / 2)) * error
    noise = float(np.concatenate([group.noise for group in groups]).mean())
    names = {name for couple in parents.values() for name in couple}
    shares = _reliability(noise / (squares / free), free, sum(len(returns[name]) - 1 for name in names))
    centre = [
        float(np.concatenate(each).mean()) for each in zip(*((g.parents, g.children) for g in groups), strict=True)
    ]
    count = sum(group.size for group in groups)
    slope = Estimate(finite(value), finite(value - reach), finite(value + reach), count)
    corrected = _corrected(value, reach, shares, count) if shares[0] > 0 else None
    return Regression(slope, corrected, centre[1] - value * centre[0], max(0.0, shares[0]), len(x))


def _reliability(noise: float, free: int, free_within: int) -> tuple[float, float, float]:
    """Return 1 − the share of the variance of parents that is noise, and the ends of its 95 % interval.

    The share is 1 / F, of so many degrees of freedom.
    """
    ends = (float(scipy.special.fdtri(free, free_within, (1 + side * LEVEL) / 2)) for side in (1, -1))
    low, high = (1 - noise * end for end in ends)
    return 1 - noise, low, high


def _corrected(value: float, reach: float, shares: tuple[float, float, float], count: int) -> Estimate:
    """Return a slope divided by a reliability, with all that both of their intervals allow."""
    reliability, least, most = shares
    low, high = value - reach, value + reach
    if least <= 0:
        low, high = (low / most if low > 0 else -math.inf), (high / most if high < 0 else math.inf)
    else:
        low, high = min(low / least, low / most), max(high / least, high / most)
    return Estimate(finite(value / reliability), finite(low), finite(high), count)


def measured_by(
    members: Mapping[str, Each], confirmed: Mapping[str, Each], parents: Collection[str]
) -> Mapping[str, Each]:
    """Return what parents are held against their children by: what did not choose them, where all of them have it."""
    return confirmed if all(name in confirmed for name in parents) else members


def equality_p(returns: Returns) -> float:
    """Return the p-value of a one-way F test of equal mean returns, members held against those of their lineage alone.

    returns: at least two of every member. 1.0 where no lineage has two members, or no return differs from another.
    """
    lineages = [[np.asarray(each, np.float64) for each in group.values()] for group in by_lineage(returns).values()]
    lineages = [group for group in lineages if len(group) > 1]
    played = [values for group in lineages for values in group]
    between = sum(_between(group) for group in lineages)
    within = sum(float(((values - values.mean()) ** 2).sum()) for values in played)
    rounding = ROUNDING * sum(float(values @ values) for values in played)
    if between <= rounding:
        return 1.0
    if within <= rounding:
        return 0.0
    free = len(played) - len(lineages), sum(map(len, played)) - len(played)
    return float(scipy.stats.f.sf(between / free[0] / (within / free[1]), *free))


def _between(group: Sequence[Array]) -> float:
    """Return the sum of squares between the members of one lineage."""
    means, sizes = np.array([values.mean() for values in group]), np.array([len(values) for values in group])
    return float(sizes @ (means - np.average(means, weights=sizes)) ** 2)


def _families(returns: Returns, parents: Parents, children: Mapping[str, float]) -> list[_Families]:
    """Return the families of every lineage."""
    means = {name: float(np.mean(played)) for name, played in returns.items()}
    noise = {name: float(np.var(played, ddof=1)) / len(played) for name, played in returns.items()}
    couples: dict[str, dict[tuple[str, ...], list[float]]] = {}
    for child, couple in parents.items():
        couples.setdefault(lineage_of(child), {}).setdefault(tuple(sorted(couple)), []).append(children[child])
    return [
        _Families(
            np.array([np.mean([means[name] for name in couple]) for couple in families]),
            np.array([sum(noise[name] for name in couple) / len(couple) ** 2 for couple in families]),
            np.array([np.mean(fitness) for fitness in families.values()]),
            sum(map(len, families.values())),
        )
        for families in couples.values()
    ]
