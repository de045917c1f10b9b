"""What is published of a survivor: its mean return over episodes that did not choose it, with an interval.

The best of several members looks better than it is on the episodes that chose it (the winner's curse, see
heredity.gate.luck); on others that luck is gone, and an ordinary interval keeps its word.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from heredity.errors import GateError
from heredity.gate.bounds import mean
from heredity.gate.mean_bound import lower_bounds
from heredity.gate.return_limits import ReturnLimit, lower_limit, upper_limit
from heredity.study.lineages import lineage_of

CONFIDENCE, ALPHA = 0.975, 0.025
"""Of either end, so that both hold together in 95 % of cases."""


@dataclass(frozen=True)
class Confirmation:
    """A survivor's mean return over `episodes` that did not choose it, and the ends of its two-sided 95 % interval.

    limits_known: whether it is known what returns lie between; an interval from the lowest and the highest return that
    were seen can be too narrow. limits: those that are known.
    """

    episodes: int
    mean: float
    low: float
    high: float
    limits_known: bool = True
    limits: tuple[float, float] = (-math.inf, math.inf)


def confirmed_mean(
    returns: Sequence[float], floor: ReturnLimit | None = None, ceiling: ReturnLimit | None = None
) -> Confirmation:
    """Return the mean of float[n], n ≥ 2, with its two-sided 95 % interval, as `confirmed_means` does."""
    return confirmed_means({"returns": returns}, floor, ceiling)["returns"]


def confirmed_means(
    returns: Mapping[str, Sequence[float]], floor: ReturnLimit | None, ceiling: ReturnLimit | None
) -> dict[str, Confirmation]:
    """Return by member the mean of float[n], n ≥ 2, with its two-sided 95 % interval.

    Each end is the gate's bound at 97.5 %: the low one from the floor, the high one that of the mirrored returns from
    the ceiling. floor, ceiling: as gate.json has them; where they are not known, the lowest and the highest return seen
    by the gate or here stand for them.

    Claims that the interval holds the mean of one member over all episodes in at least 95 of 100 cases, where the
    returns had no part in choosing it; not that the intervals of several members do so together.
    Raises GateError for fewer than two returns, one that is not finite, or one below a floor that the study states.
    """
    for name, values in returns.items():
        if len(values) < 2 or not np.isfinite(values).all():
            raise GateError(f"{name}: expected at least 2 finite returns to confirm a mean, got {list(values)[:5]}")
    if not returns:
        return {}
    lowest, highest = lower_limit(floor, returns), upper_limit(ceiling, returns)
    samples = [np.asarray(values, np.float64) for values in returns.values()]
    lows = lower_bounds([sample.tolist() for sample in samples], lowest.value, ALPHA)
    highs = -lower_bounds([(-sample).tolist() for sample in samples], -highest.value, ALPHA)
    known = lowest.known and highest.known
    limits = lowest.value if lowest.known else -math.inf, highest.value if highest.known else math.inf
    return {
        name: Confirmation(len(values), mean(values), float(low), float(high), known, limits)
        for (name, values), low, high in zip(returns.items(), lows, highs, strict=True)
    }


def first_confirmed(
    survivors: Sequence[str], confirmations: Mapping[str, Confirmation]
) -> tuple[str, Confirmation] | None:
    """Return the confirmation that a generation is known by, and whose it is; None where nobody was confirmed.

    It is that of the survivor whom the gate ranked first, of those whose environment lived through it. The highest
    would be chosen by the episodes that it is told of. Of several lineages it is the mean over their first survivors,
    with Student's interval over the lineages, no further than returns can be.
    """
    firsts: dict[str, str] = {}
    for name in survivors:
        if name in confirmations:
            firsts.setdefault(lineage_of(name), name)
    chosen = [confirmations[name] for name in firsts.values()]
    if len(chosen) < 2:
        return next(((name, confirmations[name]) for name in firsts.values()), None)
    means = [each.mean for each in chosen]
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    reach = float(scipy.special.stdtrit(len(means) - 1, CONFIDENCE) * error)  # scipy.stats takes a second to load
    middle, who = mean(means), f"the first survivors of {len(means)} lineages"
    least, most = chosen[0].limits
    low, high = max(middle - reach, least), min(middle + reach, most)
    return who, Confirmation(sum(each.episodes for each in chosen), middle, low, high, limits=(least, most))
