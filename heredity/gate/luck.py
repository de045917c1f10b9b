"""How much of a survivor's lead is fitness and how much is luck: reliability, shrunken means, the winner's curse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy

from heredity.gate.bounds import mean


@dataclass(frozen=True)
class Luck:
    """What noise of evaluation does to a population's mean returns.

    reliability: ρ = σ²_true / (σ²_true + σ²_episode/n), the share of the variance of mean returns that is the members'
    own, from 0 to 1. winners_curse: how much too good the best mean is expected to look, (1 − ρ) · σ · E[max_N]. Both
    None for fewer than two members. shrunken: each mean drawn towards the population's by what is noise.
    """

    reliability: float | None
    winners_curse: float | None
    shrunken: Mapping[str, float]


def luck(returns: Mapping[str, Sequence[float]]) -> Luck:
    """Estimate the luck in a population's means from its spread and the members' own.

    The noise of a mean is taken from the spread of the member's own episodes. On common seeds part of that is shared
    by all members and moves no ranking, so the winner's curse is, if anything, overstated.
    """
    means = np.array([np.mean(values) for values in returns.values()])
    if len(means) < 2:
        return Luck(None, None, dict(zip(returns, means.tolist(), strict=True)))
    observed = float(np.var(means, ddof=1))
    noise = float(np.mean([np.var(values, ddof=1) / len(values) for values in returns.values()]))
    reliability = max(0.0, 1 - noise / observed) if observed else 0.0
    shrunken = means.mean() + reliability * (means - means.mean())
    curse = (1 - reliability) * np.sqrt(observed) * expected_maximum(len(means))
    return Luck(reliability, float(curse), dict(zip(returns, shrunken.tolist(), strict=True)))


def f_test_p(returns: Mapping[str, Sequence[float]]) -> float | None:
    """Return how often members that are all equally good would differ as much as these do: the F test's p.

    None where it has none: for one member, and where no member's returns differ. On common seeds part of the spread of
    episodes is shared, and p is, if anything, too large.
    """
    samples = [np.asarray(values, np.float64) for values in returns.values()]
    if len(samples) < 2 or not any(np.ptp(values) for values in samples):
        return None
    with np.errstate(all="ignore"):
        p = float(scipy.stats.f_oneway(*samples).pvalue)
    return p if np.isfinite(p) else None


def selection_differential(means: Mapping[str, float], survivors: Sequence[str]) -> float | None:
    """Return the mean of the survivors − the mean of all, by the gate's own episodes; None without survivors."""
    return mean([means[name] for name in survivors]) - mean(list(means.values())) if survivors else None


@cache
def expected_maximum(n: int) -> float:
    """Return the expectation of the largest of n standard normal draws: 0.56 for 2, 1.42 for 8, 1.87 for 20."""
    density = lambda x: n * x * scipy.stats.norm.pdf(x) * scipy.stats.norm.cdf(x) ** (n - 1)  # noqa: E731
    return float(scipy.integrate.quad(density, -10, 10)[0])
