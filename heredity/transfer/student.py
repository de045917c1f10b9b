"""Numbers with Student's intervals: means, their differences, and the quotient of two of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from heredity.transfer.bootstrap import LEVEL, finite
from heredity.transfer.estimates import Array, Estimate


@dataclass(frozen=True)
class Measured:
    """A number and what its interval needs.

    variance: of the number. freedom: the degrees of freedom of that variance, below 1 where it is not known. n: of how
    many independent units the number is.
    """

    value: float
    variance: float
    freedom: float
    n: int

    @property
    def quantile(self) -> float:
        """Student's quantile that the ends of the interval are at."""
        return float(scipy.special.stdtrit(self.freedom, (1 + LEVEL) / 2)) if self.freedom >= 1 else math.inf

    @property
    def reach(self) -> float:
        """How far the ends of the interval are from the value."""
        return self.quantile * math.sqrt(self.variance) if self.freedom >= 1 else math.inf

    @property
    def clearly_positive(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.value - self.reach > 0

    def estimate(self) -> Estimate:
        """Return the number with its interval; an end that is not known is None."""
        return Estimate(finite(self.value), finite(self.value - self.reach), finite(self.value + self.reach), self.n)


def mean_of(data: Array) -> Measured:
    """Return the mean of independent numbers, float64[n]."""
    n = len(data)
    return Measured(float(data.mean()), float(data.var(ddof=1) / n) if n > 1 else math.nan, n - 1, n)


def weighted_sum(parts: Sequence[Measured], weights: Sequence[float], n: int) -> Measured:
    """Return the weighted sum of independent numbers, its degrees of freedom by Welch and Satterthwaite."""
    value = math.fsum(weight * part.value for part, weight in zip(parts, weights, strict=True))
    if min(part.freedom for part in parts) < 1:
        return Measured(value, math.nan, 0, n)
    shares = [weight**2 * part.variance for part, weight in zip(parts, weights, strict=True)]
    squares = math.fsum(share**2 / part.freedom for share, part in zip(shares, parts, strict=True))
    variance = math.fsum(shares)
    return Measured(value, variance, variance**2 / squares if squares else min(part.freedom for part in parts), n)


def less(minuend: Measured, subtrahend: Measured) -> Measured:
    """Return the difference of two independent numbers, of the units of both."""
    return weighted_sum([minuend, subtrahend], [1, -1], minuend.n + subtrahend.n)


def quotient(over: Measured, under: Measured, covariance: float = 0.0) -> Estimate | None:
    """Return over / under by Fieller's theorem; None where the divisor is not clearly positive.

    covariance: of the two numbers. The interval holds those quotients q for which over − q · under may be 0; it exists
    where the divisor's own interval has no 0 in it (Fieller, J. R. Stat. Soc. B 16, 1954). Where the two are
    independent and of different degrees of freedom, each has its own quantile.
    """
    if not under.clearly_positive:
        return None
    value = over.value / under.value
    if not math.isfinite(over.reach):
        return Estimate(finite(value), None, None, over.n)
    squared = under.value**2 - under.reach**2
    shared = over.value * under.value - covariance * over.quantile * under.quantile
    # rounding alone can make it negative: the value itself is always one of the quotients
    root = math.sqrt(max(0.0, shared**2 - squared * (over.value**2 - over.reach**2)))
    return Estimate(finite(value), finite((shared - root) / squared), finite((shared + root) / squared), over.n)


def quotient_of_means(over: Array, under: Array) -> Estimate | None:
    """Return the quotient of the means of pairs, float64[n] each, as `quotient` does."""
    covariance = float(np.cov(over, under)[0, 1] / len(over)) if len(over) > 1 else math.nan
    return quotient(mean_of(over), mean_of(under), covariance)
