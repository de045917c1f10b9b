"""How far two estimates of two studies lie apart, by their intervals alone."""

from math import hypot, inf

from heredity.transfer.estimates import Estimate


def estimate_difference(first: Estimate, second: Estimate) -> Estimate | None:
    """Return the second less the first with a 95 % interval, None where one is undefined or has no interval.

    The interval is recovered from theirs (Zou & Donner 2008, "Construction of confidence limits about effect
    measures"), which holds for independent studies; of two that share members, whose estimates go together, it is too
    wide. n: the units of both.
    """
    if first.value is None or second.value is None or not (_has_ends(first) and _has_ends(second)):
        return None
    value = second.value - first.value
    low = value - hypot(second.value - _low(second), _high(first) - first.value)
    high = value + hypot(_high(second) - second.value, first.value - _low(first))
    return Estimate(value, None if low == -inf else low, None if high == inf else high, first.n + second.n)


def _has_ends(estimate: Estimate) -> bool:
    return estimate.low is not None or estimate.high is not None


def _low(estimate: Estimate) -> float:
    return -inf if estimate.low is None else estimate.low


def _high(estimate: Estimate) -> float:
    return inf if estimate.high is None else estimate.high
