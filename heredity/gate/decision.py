"""The gate: which members' returns clear a bar, beyond the luck of the episodes they were seen on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from heredity.errors import GateError
from heredity.gate.bounds import mean
from heredity.gate.candidates import bar_of, fewest_episodes, judged, ranked
from heredity.gate.luck import luck, selection_differential
from heredity.gate.record import Candidate, Decision
from heredity.study.gate_rule import GateRule

Returns = Mapping[str, Sequence[float]]


class Episodes(Protocol):
    """What `evaluate` returns of one member: `returns` is float64[episodes]."""

    @property
    def returns(self) -> "np.ndarray[Any, np.dtype[np.float64]]":
        """One return per episode."""
        ...


Played = Sequence[float] | Episodes
"""The episode returns of one member, as numbers or as `evaluate` returns them."""


STATES_A_RATE = ("lower_bound", "quantile", "champion")
"""Rules that say how often they pass a member that is exactly at the bar."""


def decide(
    returns: Mapping[str, Played],
    rule: GateRule,
    *,
    threshold: float,
    null_returns: Mapping[str, Played] | None = None,
    champion_returns: Played | None = None,
    seed: int = 0,
) -> Decision:
    """Let through the members that the rule says are at or above its bar.

    returns: episode returns per member, as numbers or as `evaluate` returns them, on seeds that nobody trained or
    selected on. null_returns: of policies that
    have learned nothing; if one of them passes, `empty_gate` is True and nobody survives. champion_returns: the
    champion's, episode by episode on the same seeds. seed: of the bootstrap. Members of equal mean are ordered by name.
    `spread`, `top` and `champion` compare members with one another and do not ask for the threshold. When nobody
    passes, `when_none: best` keeps the member of the highest mean, on record as a fallback, `stop` keeps nobody, and so
    does `extend`, after which the caller trains the members once more and decides again; the threshold never falls.

    Raises GateError for returns that are not finite, fewer episodes than the rule needs, or no member.
    """
    players, nobodies = _numbers(returns), _numbers(null_returns or {})
    champion = None if champion_returns is None else _episode_returns(champion_returns)
    return _decided(players, rule, threshold, nobodies, champion, seed)


def _decided(
    returns: Returns,
    rule: GateRule,
    threshold: float,
    null_returns: Returns,
    champion_returns: Sequence[float] | None,
    seed: int,
) -> Decision:
    """Return the decision on plain numbers."""
    _check(returns, rule, threshold, {**null_returns, **returns}, champion_returns)
    means = {name: mean(values) for name, values in returns.items()}
    order = sorted(means, key=lambda name: (-means[name], name))
    bar = bar_of(rule, threshold, list(means.values()), champion_returns)
    judge = partial(judged, rule=rule, bar=bar, champion_returns=champion_returns, seed=seed)
    chance = luck(returns)
    verdicts = {name: replace(judge(returns[name]), shrunken=chance.shrunken[name]) for name in returns}
    if rule.rule == "top":
        verdicts = {name: ranked(verdicts[name], order.index(name) + 1, rule) for name in returns}
    nulls = {name: judge(values) for name, values in null_returns.items()}
    outcome = _outcome(rule, order, verdicts, any(null.passed for null in nulls.values()))
    return Decision(
        rule=rule.rule,
        confidence=rule.confidence,
        alpha=round(1 - rule.confidence, 12) if rule.rule in STATES_A_RATE else None,
        threshold=float(threshold),
        bar=bar,
        candidates=verdicts,
        nulls=nulls,
        selection_differential=selection_differential(means, outcome["survivors"]),
        reliability=chance.reliability,
        winners_curse=chance.winners_curse,
        **outcome,
    )


def _numbers(players: Mapping[str, Played]) -> dict[str, Sequence[float]]:
    return {name: _episode_returns(episodes) for name, episodes in players.items()}


def _episode_returns(episodes: Any) -> Sequence[float]:
    """Return the numbers of one member, taken out of what `evaluate` returned where it is that."""
    returns: Sequence[float] = episodes.returns.tolist() if hasattr(episodes, "returns") else episodes
    return returns


def _outcome(rule: GateRule, order: Sequence[str], verdicts: Mapping[str, Candidate], empty: bool) -> dict[str, Any]:
    """Return who passed and who survives, best first; of a gate that a null policy passes, nobody."""
    passed = tuple(name for name in order if verdicts[name].passed)
    fallback = None if passed or empty else rule.when_none
    survivors = () if empty else tuple(order[:1]) if fallback == "best" else passed[: rule.at_most]
    return {"passed": passed, "survivors": survivors, "fallback": fallback, "empty_gate": empty}


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
    fewest = fewest_episodes(rule)
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
