"""The gate: which members' returns clear a threshold, beyond the luck of the episodes they were seen on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy import stats

from heredity.errors import GateError


class GateRule(BaseModel):
    """How a member passes: the `gate` section of params.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["lower_bound"] = Field("lower_bound", description="lower_bound", examples=["lower_bound"])
    confidence: float = Field(0.95, ge=0.5, lt=1, description="a confidence from 0.5 to below 1", examples=[0.95])
    at_most: int | None = Field(None, ge=1, description="a positive number of survivors, or null", examples=[3])
    when_none: Literal["best"] = Field("best", description="best", examples=["best"])
    approval: Literal["none", "required"] = Field("none", description="none or required", examples=["required"])


@dataclass(frozen=True)
class Candidate:
    """One member before the gate: its episodes, their mean, the lower bound of the true mean, and the verdict."""

    episodes: int
    mean: float
    bound: float
    passed: bool
    reason: str


@dataclass(frozen=True)
class Decision:
    """Who passed, who has heirs, and why; tuples of member names are in order of mean return, best first."""

    rule: str
    confidence: float
    threshold: float
    passed: tuple[str, ...]
    survivors: tuple[str, ...]
    candidates: Mapping[str, Candidate]
    fallback: str | None
    empty_gate: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, as gate.json holds them."""
        return asdict(self)


def decide(
    returns: Mapping[str, Sequence[float]],
    rule: GateRule,
    *,
    threshold: float,
    null_returns: Mapping[str, Sequence[float]] | None = None,
) -> Decision:
    """Let through the members whose one-sided lower confidence bound is at or above the threshold.

    returns: episode returns per member, on seeds that nobody trained or selected on.
    null_returns: the same for policies that have learned nothing; if one of them passes, `empty_gate` is True and
    nobody survives. Members of equal mean are ordered by name. When nobody passes, `when_none: best` keeps the member
    of the highest mean, on record as a fallback; the threshold is never lowered.

    Raises GateError for returns that are not finite, fewer than two episodes, or no member.
    """
    if not returns:
        raise GateError("expected the returns of at least one member, got none")
    if not math.isfinite(threshold):
        raise GateError(f"expected a finite threshold, got {threshold}")
    candidates = {name: _judged(name, values, rule, threshold) for name, values in returns.items()}
    order = sorted(candidates, key=lambda name: (-candidates[name].mean, name))
    passed = tuple(name for name in order if candidates[name].passed)
    null = {name: _judged(name, values, rule, threshold) for name, values in (null_returns or {}).items()}
    empty = any(candidate.passed for candidate in null.values())
    survivors = () if empty else passed[: rule.at_most] or tuple(order[:1])
    return Decision(
        rule=rule.rule,
        confidence=rule.confidence,
        threshold=float(threshold),
        passed=passed,
        survivors=survivors,
        candidates=candidates,
        fallback=None if passed or empty else rule.when_none,
        empty_gate=empty,
    )


def lower_bound(values: Sequence[float], confidence: float) -> float:
    """Return the one-sided lower confidence bound of the mean of float[n], n ≥ 2.

    Wilson's score bound (Wilson 1927) where every value is 0 or 1, as success rates are, else Student's t. Equal
    values have no spread to judge by: the bound is their mean.
    """
    sample = np.asarray(values, np.float64)
    if np.isin(sample, (0.0, 1.0)).all():
        return _wilson(float(sample.mean()), len(sample), float(stats.norm.ppf(confidence)))
    error = float(stats.sem(sample))
    return float(sample.mean() - stats.t.ppf(confidence, len(sample) - 1) * error)


def _wilson(rate: float, n: int, z: float) -> float:
    center = rate + z * z / (2 * n)
    spread = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return (center - spread) / (1 + z * z / n)


def _judged(name: str, values: Sequence[float], rule: GateRule, threshold: float) -> Candidate:
    if len(values) < 2:
        raise GateError(f"{name}: expected at least 2 episodes, got {len(values)}; raise evaluate.episodes")
    if not np.isfinite(values).all():
        raise GateError(f"{name}: expected finite returns, got {next(v for v in values if not math.isfinite(v))}")
    mean, bound = float(np.mean(values)), lower_bound(values, rule.confidence)
    passed = bound >= threshold
    reason = f"{rule.confidence:.0%} lower bound {bound:.4g} {'≥' if passed else '<'} threshold {threshold:.4g}"
    return Candidate(len(values), mean, bound, passed, reason)
