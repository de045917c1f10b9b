"""Is a challenger better than the champion? A sequential test of paired differences, decided as early as it can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

FEWEST = 10
"""Pairs before the first look: returns are not normal, and their mean is only after some."""


Verdict = Literal["better", "not better", "undecided"]


@dataclass(frozen=True)
class PairedTest:
    """How a match ended: after `pairs` episodes, at this log-likelihood ratio."""

    verdict: Verdict
    pairs: int
    ratio: float


def paired_test(differences: Sequence[float], *, alpha: float, beta: float, effect: float) -> PairedTest:
    """Decide between H0, the mean difference is 0 or less, and H1, it is `effect` standard deviations or more.

    differences: challenger − champion on common seeds, float[n], n ≥ FEWEST, in the order of the seeds.

    Wald's sequential probability ratio test (Wald 1945) at every pair from FEWEST on: better at log((1 − β)/α), not
    better at log(β/(1 − α)). The spread is not known, so the ratio is that of z ~ N(effect·√n, 1) to N(0, 1) with z
    the normal score of Student's t over the first n pairs: effect·√n·z − n·effect²/2. Equal returns on every pair are
    evidence for nobody, and end as "not better".
    """
    pairs = np.arange(FEWEST, len(differences) + 1)
    scores = _scores(np.asarray(differences, np.float64))[FEWEST - 1 :]
    ratios = effect * np.sqrt(pairs) * scores - pairs * effect**2 / 2
    better, worse = np.log((1 - beta) / alpha), np.log(beta / (1 - alpha))
    decided = np.flatnonzero((ratios >= better) | (ratios <= worse))
    last = int(decided[0]) if len(decided) else -1
    verdict: Verdict = "better" if ratios[last] >= better else "not better" if ratios[last] <= worse else "undecided"
    return PairedTest(verdict, int(pairs[last]), float(ratios[last]))


def _scores(sample: "np.typing.NDArray[np.float64]") -> "np.typing.NDArray[np.float64]":
    """Return, for every n, the normal score of Student's t over the first n; equal differences score by their sign."""
    n = np.arange(1, len(sample) + 1)
    shifted = sample - sample[0]  # equal differences have exactly no spread
    total = np.cumsum(shifted)
    means = sample[0] + total / n
    errors = np.sqrt(np.maximum(np.cumsum(shifted**2) - total**2 / n, 0) / np.maximum(n - 1, 1) / n)
    t = np.divide(means, errors, out=np.zeros(len(sample)), where=errors > 0)
    normal = np.sign(t) * scipy.stats.norm.isf(scipy.stats.t.sf(np.abs(t), np.maximum(n - 1, 1)))
    scores: np.typing.NDArray[np.float64] = np.where(errors > 0, normal, np.sign(means) * np.sqrt(n))
    return scores
