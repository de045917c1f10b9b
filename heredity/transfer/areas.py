"""Exact areas under learning curves: straight between their points, flat before the first and after the last."""

from collections.abc import Mapping, Sequence

import numpy as np

from heredity.transfer.estimates import Array, Curve


def delayed(curve: Curve, wait: int) -> Curve:
    """Return a curve that stays at its first return for so many steps before it goes on as it was."""
    steps, returns = (np.asarray(each, np.float64) for each in curve)
    if not wait or not len(steps):
        return steps, returns
    return np.concatenate([steps[:1], steps + wait]), np.concatenate([returns[:1], returns])


def mean_over(curve: Curve, begin: float, end: float, cap: float = np.inf) -> float:
    """Return the mean of a curve over the steps from `begin` to a later `end`, every return at most `cap`."""
    steps, returns = (np.asarray(each, np.float64) for each in curve)
    edges = np.concatenate([[begin], steps[(steps > begin) & (steps < end)], [end]])
    heights = np.interp(edges, steps, returns)
    if np.isfinite(cap):
        edges = np.sort(np.concatenate([edges, _crossings(edges, heights, cap)]))
        heights = np.minimum(np.interp(edges, steps, returns), cap)
    return float(np.trapezoid(heights, edges) / (end - begin))


def means_over(curves: Mapping[str, Curve], begin: float, end: float) -> Array:
    """Return the mean of every curve over the steps from `begin` to `end`, float64[runs]."""
    return np.array([mean_over(curve, begin, end) for curve in curves.values()])


def gains(curves: Mapping[str, Curve], shifts: Sequence[int], horizon: int, least: float, cap: float) -> Array:
    """Return how far above `least` every curve is on average from 0 to the horizon, float64[runs].

    Until a curve begins, after its own of the `shifts`, it gains nothing.
    """
    spans = [max(horizon - shift, 0) for shift in shifts]
    above = [
        span * (mean_over(curve, 0, span, cap) - least) if span else 0.0
        for curve, span in zip(curves.values(), spans, strict=True)
    ]
    return np.array(above) / horizon


def _crossings(edges: Array, heights: Array, level: float) -> Array:
    """Return where the straight pieces between edges cross a level."""
    above = heights - level
    crossing = above[:-1] * above[1:] < 0
    left, right = above[:-1][crossing], above[1:][crossing]
    return np.asarray(edges[:-1][crossing] + left / (left - right) * np.diff(edges)[crossing])
