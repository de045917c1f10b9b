"""Is a challenger better than the champion? A sequential test of paired differences, decided as early as it can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

FEWEST = 10
"""Pairs before the first look: returns are not normal, and their mean is only after some."""


@dataclass(frozen=True)
class Match:
    """How a match ended: after `pairs` episodes, at this log-likelihood ratio."""

    verdict: Literal["better", "not better", "undecided"]
    pairs: int
    ratio: float


def match(differences: Sequence[float], *, alpha: float, beta: float, effect: float) -> Match:
    """Decide between H0, the mean difference is 0 or less, and H1, it is `effect` standard deviations or more.

    differences: challenger − champion on common seeds, float[n], in the order of the seeds.

    Wald's sequential probability ratio test (Wald 1945) at every pair from FEWEST on: better at log((1 − β)/α), not
    better at log(β/(1 − α)). The spread is not known, so the ratio is that of z ~ N(effect·√n, 1) to N(0, 1) with z
    the normal score of Student's t over the first n pairs: effect·√n·z − n·effect²/2. Equal returns on every pair are
    evidence for nobody, and end as "not better".
    """
    sample = np.asarray(differences, np.float64)
    better, worse = np.log((1 - beta) / alpha), np.log(beta / (1 - alpha))
    ratio = 0.0
    for pairs in range(FEWEST, len(sample) + 1):
        ratio = float(effect * np.sqrt(pairs) * _score(sample[:pairs]) - pairs * effect**2 / 2)
        if ratio >= better or ratio <= worse:
            return Match("better" if ratio >= better else "not better", pairs, ratio)
    return Match("undecided", len(sample), ratio)


def _score(sample: "np.typing.NDArray[np.float64]") -> float:
    """Return the normal score of Student's t; differences that are all equal score by their sign alone."""
    if not np.ptp(sample):
        return float(np.sign(sample[0]) * np.sqrt(len(sample)))
    t = float(sample.mean() / stats.sem(sample))
    return float(np.sign(t) * stats.norm.isf(stats.t.sf(abs(t), len(sample) - 1)))
