"""What is published of a survivor: its mean return over episodes that did not choose it, with an interval.

The best of several members looks better than it is on the episodes that chose it (the winner's curse, see
heredity.gate.luck); on others that luck is gone, and an ordinary interval keeps its word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from heredity.errors import GateError
from heredity.gate.bounds import lower_bound, mean
from heredity.study.lineages import lineage_of

CONFIDENCE = 0.975
"""Of either end, so that both hold together in 95 % of cases."""


@dataclass(frozen=True)
class Confirmation:
    """A survivor's mean return over `episodes` that did not choose it, and the ends of its two-sided 95 % interval."""

    episodes: int
    mean: float
    low: float
    high: float


def confirmed_mean(returns: Sequence[float]) -> Confirmation:
    """Return the mean of float[n], n ≥ 2, with its two-sided 95 % interval, each end a one-sided bound at 97.5 %.

    Claims that the interval holds the mean of one member over all episodes in about 95 of 100 cases, where the returns
    had no part in choosing it; not that the intervals of several members do so together. The low end is
    `lower_bound`'s, the high end is that of the mirrored returns: 1 − x of zeros and ones, which stay zeros and ones
    and get Wilson's bound, else −x. Equal returns other than 0 or 1 have no spread to judge by, and no width.
    Raises GateError for fewer than two returns, or one that is not finite.
    """
    if len(returns) < 2 or not np.isfinite(returns).all():
        raise GateError(f"expected at least 2 finite returns to confirm a mean, got {list(returns)[:5]}")
    values = np.asarray(returns, np.float64)
    one = 1.0 if np.isin(values, (0.0, 1.0)).all() else 0.0
    low, mirrored = (lower_bound(each.tolist(), CONFIDENCE) for each in (values, one - values))
    return Confirmation(len(values), mean(values.tolist()), low, one - mirrored)


def first_confirmed(
    survivors: Sequence[str], confirmations: Mapping[str, Confirmation]
) -> tuple[str, Confirmation] | None:
    """Return the confirmation that a generation is known by, and whose it is; None where nobody was confirmed.

    It is that of the survivor whom the gate ranked first, of those whose environment lived through it. The highest
    would be chosen by the episodes that it is told of. Of several lineages it is the mean over their first survivors,
    with Student's interval over the lineages.
    """
    firsts: dict[str, str] = {}
    for name in survivors:
        if name in confirmations:
            firsts.setdefault(lineage_of(name), name)
    chosen = [confirmations[name] for name in firsts.values()]
    if len(chosen) < 2:
        return next(((name, confirmations[name]) for name in firsts.values()), None)
    means = [each.mean for each in chosen]
    reach = float(scipy.stats.t.ppf(CONFIDENCE, len(means) - 1) * scipy.stats.sem(means))
    middle, who = mean(means), f"the first survivors of {len(means)} lineages"
    return who, Confirmation(sum(each.episodes for each in chosen), middle, middle - reach, middle + reach)
