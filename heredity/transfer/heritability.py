"""Selection differential, response, realised heritability and the regression of children on their parents."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy

from heredity.errors import CurveError
from heredity.transfer.bootstrap import LEVEL, RESAMPLES, finite, interval, picks
from heredity.transfer.values import Array, Estimate

RANDOM_MEMBERS, FRESH_WEIGHTS = "children of random members", "fresh weights"


@dataclass(frozen=True)
class Baseline:
    """What parents and children are compared with; fitness per member, at least two.

    kind: RANDOM_MEMBERS or FRESH_WEIGHTS. parents: the baseline's fitness on the parents' task, None where nobody
    measured it. zero_shot, trained: its fitness on the children's task, before and after training.
    """

    kind: str
    parents: Sequence[float] | None
    zero_shot: Sequence[float]
    trained: Sequence[float]


@dataclass(frozen=True)
class Regression:
    """Least-squares slope of children on the mean fitness of their parents, one point per family.

    Children of the same parents are no independent witnesses, so a family counts once, by its children's mean; two
    families give no interval. corrected: the slope divided by `reliability`, the share of the variance between parents
    that is not noise of their evaluation, taken as known; None where noise explains all of it.
    """

    slope: Estimate
    corrected: Estimate | None
    intercept: float
    reliability: float
    families: int


@dataclass(frozen=True)
class Measure:
    """Children at one time: R, h² = R / S, and their regression on their parents; None is undefined or not measured."""

    response: Estimate | None
    realised: Estimate | None
    regression: Regression | None


@dataclass(frozen=True)
class Heritability:
    """One generation and its parents.

    selection: the parents' mean fitness, each counting once per child, less that of all members of their generation.
    superiority: the same less that of the baseline, which is S of h² = R / S. zero_shot, trained: the children before
    and after training.
    """

    baseline: str | None
    selection: Estimate
    superiority: Estimate | None
    zero_shot: Measure
    trained: Measure
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def heritability(
    members: Mapping[str, Sequence[float]],
    parents: Mapping[str, Sequence[str]],
    zero_shot: Mapping[str, float],
    trained: Mapping[str, float],
    *,
    baseline: Baseline | None = None,
    seed: int = 0,
) -> Heritability:
    """Estimate the heritability of fitness from parents to children.

    members: episode returns of every member of the parents' generation on their task. parents: by child, the names of
    its parents. zero_shot, trained: by child, its fitness on its own task before and after training.

    Intervals: the parents are given, so S varies with the noise of their evaluation; children and fresh weights vary
    by the bootstrap. Raises CurveError for a parent without returns, or fewer than two children.
    """
    _check(members, parents, zero_shot, trained)
    fitness, noise = _means(members)
    shares = _shares(list(members), parents)
    drawn = fitness + noise * np.random.default_rng(seed).standard_normal((RESAMPLES, len(fitness)))
    sizes = (len(parents), len(baseline.zero_shot)) if baseline else (len(parents),)
    contrasts = shares - 1 / len(members)
    selection = interval(float(fitness @ contrasts), drawn @ contrasts, (len(members), len(members)))
    lead, lead_drawn = float(fitness @ contrasts), drawn @ contrasts
    if baseline and baseline.kind == FRESH_WEIGHTS and baseline.parents is not None:
        fresh = np.asarray(baseline.parents, np.float64)
        lead, lead_drawn = float(fitness @ shares - fresh.mean()), drawn @ shares - _resampled(fresh, seed + 2)
    known = baseline is not None and (baseline.kind == RANDOM_MEMBERS or baseline.parents is not None)

    def measure(children: Mapping[str, float], other: Sequence[float] | None) -> Measure:
        regression = _regression(fitness, noise, list(members), parents, children)
        if other is None:
            return Measure(None, None, regression)
        mine, others = np.array([children[child] for child in parents]), np.asarray(other, np.float64)
        gained = float(mine.mean() - others.mean())
        gained_drawn = _resampled(mine, seed) - _resampled(others, seed + 1)
        realised = interval(_ratio(gained, lead), _ratio(gained_drawn, lead_drawn), sizes) if known else None
        return Measure(interval(gained, gained_drawn, sizes), realised, regression)

    return Heritability(
        baseline=baseline.kind if baseline else None,
        selection=selection,
        superiority=interval(lead, lead_drawn, sizes) if known else None,
        zero_shot=measure(zero_shot, baseline.zero_shot if baseline else None),
        trained=measure(trained, baseline.trained if baseline else None),
        notes=() if known or not baseline else ("nobody measured the baseline on the parents' task: no h² by R / S",),
    )


def _regression(
    fitness: Array, noise: Array, names: list[str], parents: Mapping[str, Sequence[str]], children: Mapping[str, float]
) -> Regression | None:
    """Fit one line through the families; None with a single family, or parents of equal fitness."""
    families: dict[tuple[str, ...], list[float]] = {}
    for child, two in parents.items():
        families.setdefault(tuple(sorted(two)), []).append(children[child])
    index = [[names.index(name) for name in family] for family in families]
    x = np.array([fitness[own].mean() for own in index])
    if len(x) < 2 or np.ptp(x) == 0:
        return None
    y = np.array([np.mean(own) for own in families.values()])
    error = np.array([(noise[own] ** 2).sum() / len(own) ** 2 for own in index])
    line = scipy.stats.linregress(x, y)
    reach = float(scipy.stats.t.ppf((1 + LEVEL) / 2, len(x) - 2) * line.stderr) if len(x) > 2 else math.inf
    slope = (float(line.slope), float(line.slope) - reach, float(line.slope) + reach)
    reliability = max(0.0, 1 - float(error.mean()) / float(x.var(ddof=1)))

    def divided_by(share: float) -> Estimate:
        value, low, high = (finite(end / share) for end in slope)
        return Estimate(value, low, high, len(parents))

    corrected = divided_by(reliability) if reliability > 0 else None
    return Regression(divided_by(1.0), corrected, float(line.intercept), reliability, len(x))


def _means(members: Mapping[str, Sequence[float]]) -> tuple[Array, Array]:
    """Return every member's mean return and its standard error, float64[members] each."""
    played = [np.asarray(returns, np.float64) for returns in members.values()]
    return np.array([one.mean() for one in played]), np.array([one.std(ddof=1) / math.sqrt(len(one)) for one in played])


def _shares(names: list[str], parents: Mapping[str, Sequence[str]]) -> Array:
    """Return how large a share of the children's parents each member is, float64[members] of sum 1."""
    shares = np.zeros(len(names))
    for own in parents.values():
        for name in own:
            shares[names.index(name)] += 1 / (len(own) * len(parents))
    return shares


def _resampled(values: Array, seed: int) -> Array:
    """Return the means of RESAMPLES resamples."""
    return np.asarray(values[picks((len(values),), seed)[0]].mean(axis=-1))


def _ratio(gained: Any, lead: Any) -> Any:
    """Return R / S, undefined where the parents do not lead."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.asarray(lead) > 0, np.asarray(gained) / np.asarray(lead), np.nan)


def _check(
    members: Mapping[str, Sequence[float]],
    parents: Mapping[str, Sequence[str]],
    *children: Mapping[str, float],
) -> None:
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
