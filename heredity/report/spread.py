"""How the numbers of many members are spread, for whom a line or a mark each would be unreadable."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

Array = np.ndarray[Any, Any]

MANY = 64
"""Of an arm of more members than these shares are drawn, and counts are told, rather than every member."""


@dataclass(frozen=True)
class Bin:
    """The members whose number is from `low` to below `high`."""

    low: float
    high: float
    members: tuple[str, ...]


def bins(values: Mapping[str, float], most: int) -> list[Bin]:
    """Sort members by their numbers into at most so many bins of one round width, side by side; none of nobody.

    values: by member. most: at least 2. Members of equal numbers are in one bin.
    """
    if not values:
        return []
    low, high = min(values.values()), max(values.values())
    width = _round_width((high - low) / (most - 1) or abs(low) / most or 1.0)
    first = math.floor(low / width)
    places = {member: min(math.floor(value / width) - first, most - 1) for member, value in values.items()}
    filled: list[list[str]] = [[] for _ in range(max(places.values()) + 1)]
    for member, place in places.items():
        filled[place].append(member)
    return [
        Bin((first + place) * width, (first + place + 1) * width, tuple(members))
        for place, members in enumerate(filled)
    ]


def _round_width(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is no smaller."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def quantile_curves(curves: Sequence[tuple[Array, Array]], shares: Sequence[float], points: int) -> tuple[Array, Array]:
    """Return float64[points] steps and float64[points, shares]: quantiles over curves of rising steps and returns.

    They go from where half of the curves have begun to where the last one stops; one that has yet to begin counts with
    its first return, one that has stopped with its last.
    """
    starts = sorted(steps[0] for steps, _ in curves)
    grid = np.linspace(starts[(len(starts) - 1) // 2], max(steps[-1] for steps, _ in curves), points)
    return grid, np.quantile([np.interp(grid, *curve) for curve in curves], shares, axis=0).T


def first_and_last(ranked: Sequence[T], ends: int) -> list[T]:
    """Return the first few and the last few, everything where that is no less."""
    return list(ranked) if len(ranked) <= 2 * ends else [*ranked[:ends], *ranked[-ends:]]
