"""The gate: which members' returns clear a bar, beyond the luck of the episodes they were seen on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from heredity.errors import GateError
from heredity.gate import champion, rules
from heredity.gate.candidates import Candidate, bar_of, judged, ranked
from heredity.gate.selection import luck, selection_differential

Returns = Mapping[str, Sequence[float]]


class GateRule(BaseModel):
    """How a member passes: the `gate` section of params.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["mean", "lower_bound", "mean_minus_std", "quantile", "spread", "top", "champion"] = Field(
        "lower_bound",
        description="mean, lower_bound, mean_minus_std, quantile, spread, top or champion",
        examples=["lower_bound"],
    )
    confidence: float = Field(0.95, ge=0.5, lt=1, description="a confidence from 0.5 to below 1", examples=[0.95])
    method: Literal["auto", "student", "bootstrap", "wilson"] = Field(
        "auto", description="auto, student, bootstrap or wilson", examples=["auto"]
    )
    deviations: float = Field(1.0, ge=0, le=1e6, description="a number of standard deviations from 0", examples=[1.0])
    quantile: float = Field(0.5, ge=0.001, le=0.999, description="a quantile between 0.001 and 0.999", examples=[0.5])
    champion: str | None = Field(None, description="parent or the path of a model's .zip", examples=["parent"])
    effect: float = Field(0.3, gt=0, le=1000, description="a positive number of standard deviations", examples=[0.3])
    power: float = Field(0.95, ge=0.5, lt=1, description="a power from 0.5 to below 1", examples=[0.95])
    reference: str | None = Field(None, description="the path of a model's .zip, or null", examples=["expert.zip"])
    fraction: float = Field(0.9, gt=0, le=1000, description="a positive part of the reference's score", examples=[0.9])
    at_most: int | None = Field(None, ge=1, description="a positive number of survivors, or null", examples=[3])
    when_none: Literal["best", "extend", "stop"] = Field("best", description="best, extend or stop", examples=["best"])
    extend_budget: int | None = Field(
        None, ge=1, description="a positive number of environment steps per member", examples=[50000]
    )
    approval: Literal["none", "required"] = Field("none", description="none or required", examples=["required"])

    @property
    def fewest_episodes(self) -> int:
        """How many episodes of a member the rule needs."""
        if self.rule == "quantile":
            return rules.fewest_for_quantile(self.quantile, self.confidence)
        return champion.FEWEST if self.rule == "champion" else 2

    @property
    def lacks(self) -> str | None:
        """The key that the rule needs and that is not there."""
        needed = {"top": ("at_most", self.at_most), "champion": ("champion", self.champion)}.get(self.rule)
        return needed[0] if needed and needed[1] is None else None

    @property
    def extension_steps(self) -> int:
        """How many steps a member may be trained once more, 0 where nobody is."""
        return self.extend_budget or 0 if self.when_none == "extend" else 0


@dataclass(frozen=True)
class Decision:
    """Who passed, who has heirs, and why; tuples of member names are in order of mean return, best first.

    alpha: the rate at which the rule passes a member that is exactly at the bar; None for rules that state none.
    bar: what the bounds were compared with: the threshold, or what a rule that compares members puts in its place.
    Selection differential, reliability and winner's curse: see heredity.gate.selection.
    """

    rule: str
    confidence: float
    alpha: float | None
    threshold: float
    bar: float
    passed: tuple[str, ...]
    survivors: tuple[str, ...]
    candidates: Mapping[str, Candidate]
    nulls: Mapping[str, Candidate]
    fallback: str | None
    empty_gate: bool
    selection_differential: float | None
    reliability: float | None
    winners_curse: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, as gate.json holds them."""
        return asdict(self)


def decide(
    returns: Returns,
    rule: GateRule,
    *,
    threshold: float,
    null_returns: Returns | None = None,
    champion_returns: Sequence[float] | None = None,
    seed: int = 0,
) -> Decision:
    """Let through the members that the rule says are at or above its bar.

    returns: episode returns per member, on seeds that nobody trained or selected on.
    null_returns: the same for policies that have learned nothing; if one of them passes, `empty_gate` is True and
    nobody survives. champion_returns: the champion's, episode by episode on the same seeds. seed: of the bootstrap.
    Members of equal mean are ordered by name. `spread`, `top` and `champion` compare members with one another and do
    not ask for the threshold. When nobody passes, `when_none: best` keeps the member of the highest mean, on record as
    a fallback, `stop` keeps nobody, and neither does `extend`, which asks the caller to train the members once more and
    decide again; the threshold is never lowered.

    Raises GateError for returns that are not finite, fewer episodes than the rule needs, or no member.
    """
    null_returns = null_returns or {}
    _check(returns, rule, threshold, {**null_returns, **returns}, champion_returns)
    means = {name: rules.mean(values) for name, values in returns.items()}
    order = sorted(means, key=lambda name: (-means[name], name))
    bar = bar_of(rule, threshold, list(means.values()), champion_returns)
    chance = luck(returns)
    verdicts = {
        name: replace(judged(values, rule, bar, champion_returns, seed), shrunken=chance.shrunken[name])
        for name, values in returns.items()
    }
    if rule.rule == "top":
        verdicts = {name: ranked(verdicts[name], rank, rule) for rank, name in enumerate(order, 1)}
    nulls = {name: judged(values, rule, bar, champion_returns, seed) for name, values in null_returns.items()}
    empty = any(null.passed for null in nulls.values())
    passed = tuple(name for name in order if verdicts[name].passed)
    fallback = None if passed or empty else rule.when_none
    survivors = () if empty else tuple(order[:1]) if fallback == "best" else passed[: rule.at_most]
    return Decision(
        rule=rule.rule,
        confidence=rule.confidence,
        alpha=round(1 - rule.confidence, 12) if rule.rule in ("lower_bound", "quantile", "champion") else None,
        threshold=float(threshold),
        bar=bar,
        passed=passed,
        survivors=survivors,
        candidates={name: verdicts[name] for name in returns},
        nulls=nulls,
        fallback=fallback,
        empty_gate=empty,
        selection_differential=selection_differential(means, survivors),
        reliability=chance.reliability,
        winners_curse=chance.winners_curse,
    )


def _check(
    returns: Returns, rule: GateRule, threshold: float, everybody: Returns, champion_returns: Sequence[float] | None
) -> None:
    if not returns:
        raise GateError("expected the returns of at least one member, got none")
    if not math.isfinite(threshold):
        raise GateError(f"expected a finite threshold, got {threshold}")
    if rule.rule == "top" and rule.at_most is None:
        raise GateError("expected at_most, the number that rule top lets in, got none")
    if rule.rule == "champion":
        if champion_returns is None:
            raise GateError("expected champion_returns, which rule champion compares with, got none")
        everybody = {**everybody, "champion": champion_returns}
    fewest = rule.fewest_episodes
    for name, values in everybody.items():
        if len(values) < fewest:
            raise GateError(
                f"{name}: expected at least {fewest} episodes, got {len(values)}; "
                f"rule {rule.rule} needs them: raise evaluate.episodes"
            )
        if not np.isfinite(values).all():
            at = next(index for index, value in enumerate(values) if not math.isfinite(value))
            raise GateError(f"{name}: expected finite returns, got {values[at]} in episode {at}")
        if (rule.rule, rule.method) == ("lower_bound", "wilson") and not np.isin(values, (0.0, 1.0)).all():
            raise GateError(f"{name}: method wilson expected returns of 0 and 1, got others; write method: auto")
        if rule.rule == "champion" and len(values) != len(everybody["champion"]):
            raise GateError(
                f"{name}: expected {len(everybody['champion'])} episodes, as many as the champion's, got {len(values)}"
            )
