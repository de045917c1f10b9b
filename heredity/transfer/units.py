"""Which members of an arm are one independent unit; a unit's datum is the mean over its members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from heredity.errors import CurveError
from heredity.seeds import seed_sequence
from heredity.transfer.estimates import Array

Places = np.ndarray[Any, np.dtype[np.int64]]

LEFT_OUT = -1
"""Where a member stands whose unit is left out."""


@dataclass(frozen=True)
class Units:
    """The independent units that some members belong to.

    members: their names. names: of the units, in the order of their first members. index: int64[members], the place of
    each member's unit in `names`, or LEFT_OUT.
    """

    members: tuple[str, ...]
    names: tuple[str, ...]
    index: Places

    def __len__(self) -> int:
        """Return how many units there are."""
        return len(self.names)

    @cached_property
    def sizes(self) -> Places:
        """How many members each unit has, int64[units]."""
        return np.bincount(self.index[self.index >= 0], minlength=len(self))

    def means(self, values: Array) -> Array:
        """Return the mean over each unit's members, float64[units], of a number per member, float64[members]."""
        kept = self.index >= 0
        return np.asarray(np.bincount(self.index[kept], values[kept], len(self)) / self.sizes)

    def latest(self, values: Array) -> Array:
        """Return the largest number among each unit's members, float64[units]."""
        return np.array([values[self.index == unit].max() for unit in range(len(self))])

    def counts(self, picked: Any) -> Array:
        """Return how often each unit is in each resample, float64[resamples, units], of int[resamples, picks]."""
        rows, width = len(picked), len(self)
        flat = picked + width * np.arange(rows)[:, None]
        return np.bincount(flat.ravel(), minlength=rows * width).reshape(rows, width).astype(np.float64)

    def restricted_to(self, names: Sequence[str]) -> "Units":
        """Return these units alone, in this order."""
        places = [names.index(name) if name in names else LEFT_OUT for name in self.names]
        return Units(self.members, tuple(names), np.array(places, np.int64)[self.index])

    def at_most(self, count: int, seed: int, arm: str) -> "Units":
        """Return the same units of at most `count` members each, drawn by seed, arm and the unit's name.

        So whom a unit sends does not depend on which other units there are, nor on the order of members.
        """
        index = np.full_like(self.index, LEFT_OUT)
        for unit, name in enumerate(self.names):
            members = sorted(np.flatnonzero(self.index == unit), key=lambda place: self.members[place])
            drawn = np.random.default_rng(seed_sequence(seed, arm, name)).permutation(len(members))[:count]
            index[[members[place] for place in drawn]] = unit
        return Units(self.members, self.names, index)


def units_of(label: str, members: Sequence[str], units: Mapping[str, str] | None) -> Units:
    """Return the units of members, each by itself where `units` is None. Raises CurveError for one without unit."""
    owners = dict(zip(members, members, strict=True)) if units is None else units
    if missing := [member for member in members if member not in owners]:
        raise CurveError(f"{label} {missing[0]}: expected the unit that it belongs to in units, got none")
    names = tuple(dict.fromkeys(owners[member] for member in members))
    place = {name: index for index, name in enumerate(names)}
    return Units(tuple(members), names, np.array([place[owners[member]] for member in members], np.int64))
