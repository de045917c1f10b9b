"""By how much parents exceed others, and their children the children of others, lineage by lineage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from heredity.study.lineages import ALONE, by_lineage, lineage_of
from heredity.transfer.estimates import Array, Estimate
from heredity.transfer.families import Parents, Returns
from heredity.transfer.student import Measured, less, mean_of, quotient, quotient_of_means, weighted_sum

RANDOM_MEMBERS, FRESH_WEIGHTS = "children of random members", "fresh weights"

Fitness = Mapping[str, float]
"""Mean returns by member."""


@dataclass(frozen=True)
class Baseline:
    """What parents and children are compared with; fitness by member, of at least two.

    kind: RANDOM_MEMBERS or FRESH_WEIGHTS. parents: of fresh weights, their fitness on the parents' task, None where
    nobody measured it. zero_shot, trained: the fitness on the children's task, before and after training. In the place
    of a mapping stands a sequence where there is one lineage.
    """

    kind: str
    parents: Fitness | Sequence[float] | None
    zero_shot: Fitness | Sequence[float]
    trained: Fitness | Sequence[float]


@dataclass(frozen=True)
class Difference:
    """A mean less another one: the number, and of several lineages what it is in each, float64[lineages]."""

    measured: Measured
    data: Array | None

    def over(self, lead: "Difference") -> Estimate | None:
        """Return this over the parents' lead, None where that is not clearly above 0."""
        if self.data is None or lead.data is None:
            return quotient(self.measured, lead.measured)
        return quotient_of_means(self.data, lead.data)


@dataclass(frozen=True)
class Breeding:
    """The generation of the parents, its children and who they are compared with, lineage by lineage.

    confirmed: of all parents, None where that of one of them is lacking.
    """

    members: Returns
    confirmed: Returns | None
    parents: Parents
    baseline: Baseline | None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The lineages that have all sides."""
        names = dict.fromkeys(lineage_of(child) for child in self.parents)
        base = self.baseline
        sides = (base.parents, base.zero_shot, base.trained) if base else ()
        there = [{lineage_of(member) for member in _named(side)} for side in sides if side is not None]
        return tuple(name for name in names if all(name in side for side in there))

    @property
    def several(self) -> bool:
        """Whether this is a study of several lineages."""
        return any(lineage_of(child) != ALONE for child in self.parents)

    def selection(self) -> Difference | None:
        """Return S: the confirmed parents less all members of their generation."""
        everybody = by_lineage(self.members)

        def of_all(lineage: str) -> Measured:
            return _mean_return(everybody[lineage], dict.fromkeys(everybody[lineage], 1 / len(everybody[lineage])))

        return self._lead(of_all)

    def lead(self) -> Difference | None:
        """Return by how much the confirmed parents exceed fresh weights; None where nobody measured these."""
        if self.baseline is None or self.baseline.kind != FRESH_WEIGHTS or self.baseline.parents is None:
            return None
        fresh = by_lineage(_named(self.baseline.parents))
        return self._lead(lambda lineage: _mean(fresh[lineage]))

    def response(self, children: Fitness, others: Fitness | Sequence[float]) -> Difference | None:
        """Return R: the children less those of the baseline."""
        sides = by_lineage({child: children[child] for child in self.parents}), by_lineage(_named(others))
        return self._differences(lambda lineage: less(_mean(sides[0][lineage]), _mean(sides[1][lineage])))

    def _lead(self, others: Callable[[str], Measured]) -> Difference | None:
        if (confirmed := self.confirmed) is None:
            return None
        shares = {name: _shares(self.parents, name) for name in self.names}

        def difference(lineage: str) -> Measured:
            return less(_mean_return(confirmed, shares[lineage]), others(lineage))

        return self._differences(difference)

    def _differences(self, of_lineage: Callable[[str], Measured]) -> Difference | None:
        """Return a difference over the lineages; None where none has all sides."""
        each = [of_lineage(name) for name in self.names]
        if not each or not self.several:
            return Difference(each[0], None) if each else None
        data = np.array([one.value for one in each])
        return Difference(mean_of(data), data)


def _named(fitness: Fitness | Sequence[float]) -> Fitness:
    """Return a fitness by member."""
    return fitness if isinstance(fitness, Mapping) else {f"{place}": value for place, value in enumerate(fitness)}


def _mean(fitness: Fitness) -> Measured:
    return mean_of(np.array([*fitness.values()], np.float64))


def _mean_return(returns: Returns, weights: Mapping[str, float]) -> Measured:
    """Return the weighted mean return of some members.

    Members that played equally many episodes played the same ones, and what one episode is like moves all of them: its
    mean over members is one datum.
    """
    played = [np.asarray(returns[name], np.float64) for name in weights]
    if len({len(each) for each in played}) == 1:
        mean = mean_of(np.array([*weights.values()]) @ np.array(played))
        return Measured(mean.value, mean.variance, mean.freedom, len(weights))
    return weighted_sum([mean_of(each) for each in played], [*weights.values()], len(weights))


def _shares(parents: Parents, lineage: str) -> dict[str, float]:
    """Return how large a share of the parents of a lineage's children each of these is; they add up to 1."""
    couples = [couple for child, couple in parents.items() if lineage_of(child) == lineage]
    shares: dict[str, float] = {}
    for couple in couples:
        for name in couple:
            shares[name] = shares.get(name, 0.0) + 1 / (len(couple) * len(couples))
    return shares
