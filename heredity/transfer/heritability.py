"""Heritability: how much of what set the parents apart do their children show?

The breeder's equation is R = h² S (Mühlenbein & Schlierkamp-Voosen, Evolutionary Computation 1(4), 1993): S is by how
much the parents exceed the population that they were taken from, R by how much their children exceed the children of
members taken at random. Where a study has no such children, fresh weights are the baseline of both, and R / S says what
share of the parents' lead over fresh weights their children have. `baseline` says which it was.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from heredity.errors import CurveError
from heredity.transfer.bootstrap import LEVEL, RESAMPLES, finite, interval, picks
from heredity.transfer.estimates import Array, Estimate, Heritability, Measure, Regression
from heredity.transfer.units import units_of

FEWEST_UNITS = 2
"""Units below which nothing can be resampled."""

RANDOM_MEMBERS, FRESH_WEIGHTS = "children of random members", "fresh weights"

Returns = Mapping[str, Sequence[float]]
"""Episode returns by member."""

Parents = Mapping[str, Sequence[str]]
"""By child, the names of its parents."""


@dataclass(frozen=True)
class Baseline:
    """What parents and children are compared with; fitness per member, at least two.

    kind: RANDOM_MEMBERS or FRESH_WEIGHTS. parents: the baseline's fitness on the parents' task, None where nobody
    measured it. zero_shot, trained: its fitness on the children's task, before and after training. units: of each of
    these two, the independent unit that it belongs to; where left out, each is one by itself.
    """

    kind: str
    parents: Sequence[float] | None
    zero_shot: Sequence[float]
    trained: Sequence[float]
    units: Sequence[str] | None = None

    def of_units(self, fitness: Sequence[float]) -> Array:
        """Return the mean of each unit's fitness, float64[units]."""
        return _of_units(fitness, self.units)


@dataclass(frozen=True)
class _Parents:
    """The parents' generation: float64[members] each, but for the draws.

    fitness, noise: mean return and its standard error. shares: how large a share of the children's parents each member
    is, of sum 1. drawn: float64[RESAMPLES, members], the fitness with the noise of its evaluation drawn anew.
    """

    names: tuple[str, ...]
    fitness: Array
    noise: Array
    shares: Array
    drawn: Array

    @classmethod
    def of(cls, members: Returns, parents: Parents, seed: int) -> "_Parents":
        names, (fitness, noise) = tuple(members), _means(members)
        drawn = fitness + noise * np.random.default_rng(seed).standard_normal((RESAMPLES, len(fitness)))
        return cls(names, fitness, noise, _shares(names, parents), drawn)


@dataclass(frozen=True)
class _Lead:
    """By how much parents exceed what they are compared with: the number, and float64[RESAMPLES] of its noise."""

    value: float
    drawn: Array

    @classmethod
    def over_members(cls, parents: _Parents) -> "_Lead":
        contrasts = parents.shares - 1 / len(parents.names)
        return cls(float(parents.fitness @ contrasts), parents.drawn @ contrasts)

    @classmethod
    def over_fresh(cls, parents: _Parents, fresh: Sequence[float], seed: int) -> "_Lead":
        alone = np.asarray(fresh, np.float64)
        value = float(parents.fitness @ parents.shares - alone.mean())
        return cls(value, parents.drawn @ parents.shares - _resampled(alone, seed))


@dataclass(frozen=True)
class _Children:
    """Children of given parents against the children of a baseline; lead: None where nobody measured S."""

    fitness: Array
    baseline: Array
    lead: _Lead | None
    seed: int

    def response(self) -> _Lead:
        alone = min(len(self.fitness), len(self.baseline)) < FEWEST_UNITS
        drawn = np.zeros(0) if alone else _resampled(self.fitness, self.seed) - _resampled(self.baseline, self.seed + 1)
        return _Lead(float(self.fitness.mean() - self.baseline.mean()), drawn)

    def measure(self, regression: Regression | None) -> Measure:
        gained, sizes = self.response(), (len(self.fitness), len(self.baseline))
        response = interval(gained.value, gained.drawn, sizes)
        if self.lead is None:
            return Measure(response, None, regression)
        ratios = _ratio(gained.drawn, self.lead.drawn[: len(gained.drawn)])
        return Measure(response, interval(_ratio(gained.value, self.lead.value), ratios, sizes), regression)


def heritability(
    members: Returns,
    parents: Parents,
    zero_shot: Mapping[str, float],
    trained: Mapping[str, float],
    *,
    baseline: Baseline | None = None,
    seed: int = 0,
    units: Mapping[str, str] | None = None,
) -> Heritability:
    """Estimate the heritability of fitness from parents to children.

    members: episode returns of every member of the parents' generation on their task. parents: by child, the names of
    its parents. zero_shot, trained: by child, its fitness on its own task before and after training.

    units: by child, the independent unit that it belongs to, as its lineage; where left out, each is one by itself.
    Intervals: the parents are given, so S varies with the noise of their evaluation; children and baseline vary by the
    bootstrap of their units. Raises CurveError for a parent without returns, a child without unit, or fewer than two
    children.
    """
    _check(members, parents, zero_shot, trained)
    owners = units_of("child", [*parents], units)
    generation = _Parents.of(members, parents, seed)
    over_members = _Lead.over_members(generation)
    lead = _lead(generation, over_members, baseline, seed)
    sizes = (len(parents), len(baseline.zero_shot)) if baseline else (len(parents),)

    def measure(children: Mapping[str, float], others: Sequence[float] | None) -> Measure:
        regression = _regression(generation, parents, children)
        if baseline is None or others is None:
            return Measure(None, None, regression)
        fitness = owners.means(np.array([children[child] for child in parents], np.float64))
        return _Children(fitness, baseline.of_units(others), lead, seed).measure(regression)

    return Heritability(
        baseline=baseline.kind if baseline else None,
        selection=interval(over_members.value, over_members.drawn, (len(members), len(members))),
        superiority=interval(lead.value, lead.drawn, sizes) if lead else None,
        zero_shot=measure(zero_shot, baseline.zero_shot if baseline else None),
        trained=measure(trained, baseline.trained if baseline else None),
        notes=() if lead or not baseline else ("nobody measured the baseline on the parents' task: no h² by R / S",),
    )


def _lead(parents: _Parents, over_members: _Lead, baseline: Baseline | None, seed: int) -> _Lead | None:
    """Return S of h² = R / S, None where nobody measured it."""
    if baseline is None:
        return None
    if baseline.kind == RANDOM_MEMBERS:
        return over_members
    return None if baseline.parents is None else _Lead.over_fresh(parents, baseline.parents, seed + 2)


def _regression(generation: _Parents, parents: Parents, children: Mapping[str, float]) -> Regression | None:
    """Fit one line through the families; None with a single family, or parents of equal fitness."""
    families: dict[tuple[str, ...], list[float]] = {}
    for child, couple in parents.items():
        families.setdefault(tuple(sorted(couple)), []).append(children[child])
    indices = [[generation.names.index(name) for name in family] for family in families]
    x = np.array([generation.fitness[index].mean() for index in indices])
    if len(x) < 2 or np.ptp(x) == 0:
        return None
    y = np.array([np.mean(fitness) for fitness in families.values()])
    error = np.array([(generation.noise[index] ** 2).sum() / len(index) ** 2 for index in indices])
    line = scipy.stats.linregress(x, y)
    reach = float(scipy.stats.t.ppf((1 + LEVEL) / 2, len(x) - 2) * line.stderr) if len(x) > 2 else math.inf
    slope = (float(line.slope), float(line.slope) - reach, float(line.slope) + reach)
    reliability = max(0.0, 1 - float(error.mean()) / float(x.var(ddof=1)))

    def divided_by(share: float) -> Estimate:
        value, low, high = (finite(end / share) for end in slope)
        return Estimate(value, low, high, len(parents))

    corrected = divided_by(reliability) if reliability > 0 else None
    return Regression(divided_by(1.0), corrected, float(line.intercept), reliability, len(x))


def _means(members: Returns) -> tuple[Array, Array]:
    """Return every member's mean return and its standard error, float64[members] each."""
    played = [np.asarray(returns, np.float64) for returns in members.values()]
    return np.array([one.mean() for one in played]), np.array([one.std(ddof=1) / math.sqrt(len(one)) for one in played])


def _shares(names: Sequence[str], parents: Parents) -> Array:
    """Return how large a share of the children's parents each member is, float64[members] of sum 1."""
    shares = np.zeros(len(names))
    for couple in parents.values():
        for name in couple:
            shares[names.index(name)] += 1 / (len(couple) * len(parents))
    return shares


def _of_units(fitness: Sequence[float], owners: Sequence[str] | None) -> Array:
    """Return the mean fitness of each unit, float64[units], of the fitness and the unit of each member."""
    members = [str(place) for place in range(len(fitness))]
    units = units_of("member", members, None if owners is None else dict(zip(members, owners, strict=True)))
    return units.means(np.asarray(fitness, np.float64))


def _resampled(values: Array, seed: int) -> Array:
    """Return the means of RESAMPLES resamples."""
    return np.asarray(values[picks((len(values),), seed)[0]].mean(axis=-1))


def _ratio(gained: Any, lead: Any) -> Any:
    """Return R / S, undefined where the parents do not lead."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.asarray(lead) > 0, np.asarray(gained) / np.asarray(lead), np.nan)


def _check(members: Returns, parents: Parents, *children: Mapping[str, float]) -> None:
    if len(parents) < 2:
        raise CurveError(f"expected at least 2 children, got {len(parents)}")
    for name, played in members.items():
        if len(played) < 2 or not np.isfinite(played).all():
            raise CurveError(f"parent {name}: expected at least 2 finite episode returns, got {list(played)[:3]}")
    for child, names in parents.items():
        if lost := [name for name in names if name not in members] or (["a parent"] if not names else []):
            raise CurveError(f"child {child}: expected the returns of {lost[0]}, got none")
        for fitness in children:
            if not math.isfinite(fitness.get(child, math.nan)):
                raise CurveError(f"child {child}: expected a finite fitness, got {fitness.get(child)}")
