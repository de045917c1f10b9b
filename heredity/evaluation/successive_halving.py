"""Successive halving: clear losers of a population play few episodes, the close ones many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import fmean

from heredity.errors import GateError

Play = Callable[[tuple[str, ...], int, int], Mapping[str, Sequence[float]]]
"""From members and the episodes first … last − 1 to the returns of each member on them."""


@dataclass(frozen=True)
class Round:
    """Episodes `first` to `last` − 1 are played, then the best `keep` go on."""

    first: int
    last: int
    keep: int


@dataclass(frozen=True)
class Race:
    """Who is left, best first, and every return that was seen, by member."""

    finalists: tuple[str, ...]
    returns: Mapping[str, Sequence[float]]


def rounds(members: int, *, finalists: int, episodes: int) -> list[Round]:
    """Return the rounds of a race (Karnin, Koren & Somekh 2013): half go on each time, and play twice as much.

    episodes: what a finalist has played in the end. Raises GateError where that gives the first round none.
    """
    sizes = [members]
    while sizes[-1] > finalists:
        sizes.append(max(finalists, ceil(sizes[-1] / 2)))
    weight = 2 ** (len(sizes) - 1) - 1
    if episodes < weight:
        raise GateError(
            f"expected at least {weight} episodes to race {members} members to {finalists}, got {episodes}; "
            "raise evaluate.select_episodes"
        )
    # Whole episodes: ends are rounded and not the rounds' lengths, so that a finalist has played exactly `episodes`.
    ends = [episodes * (2**k - 1) // weight for k in range(len(sizes))] if weight else [0]
    return [Round(first, last, keep) for (first, last), keep in zip(pairwise(ends), sizes[1:], strict=True)]


def race(members: Sequence[str], play: Play, *, finalists: int, episodes: int) -> Race:
    """Play rounds until `finalists` are left, those of the highest mean return so far; equal ones go by name.

    Members that `play` returns nothing for are out.
    """
    left = tuple(members)
    returns: dict[str, list[float]] = {name: [] for name in members}
    for stage in rounds(len(members), finalists=finalists, episodes=episodes):
        played_on = play(left, stage.first, stage.last)
        for name, played in played_on.items():
            returns[name] += played
        left = tuple(sorted(played_on, key=lambda name: (-fmean(returns[name]), name))[: stage.keep])
    return Race(left, returns)
