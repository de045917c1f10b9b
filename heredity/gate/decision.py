"""The gate: which members' returns clear a bar, beyond the luck of the episodes they were seen on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypedDict, Unpack

import numpy as np

from heredity.errors import GateError
from heredity.gate.bounds import mean
from heredity.gate.candidates import (
    Question,
    bar_of,
    cannot_tell,
    fewest_episodes,
    judged,
    judged_population,
    ranked,
)
from heredity.gate.luck import f_test_p, luck, selection_differential
from heredity.gate.mean_bound import episodes_needed
from heredity.gate.record import Candidate, Decision, PopulationError
from heredity.gate.return_limits import ENVIRONMENT, STATED, ReturnLimit, lower_limit, upper_limit
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


class DecisionTerms(TypedDict, total=False):
    """What besides is known of a decision.

    ceiling: the highest return that there can be, None where it is not known. looks: how often a member may be judged,
    each look having an equal part of 1 − confidence; once, or twice where the rule asks for an extension.
    """

    ceiling: float | ReturnLimit | None
    looks: int | None


STATES_A_RATE = ("lower_bound", "quantile", "champion")
"""Rules that say how often they pass a member that is exactly at the bar."""


def decide(
    returns: Mapping[str, Played],
    rule: GateRule,
    *,
    threshold: float,
    floor: float | ReturnLimit | None = None,
    null_returns: Mapping[str, Played] | None = None,
    champion_returns: Played | None = None,
    seed: int = 0,
    **terms: Unpack[DecisionTerms],
) -> Decision:
    """Let through the members that the rule says are at or above its bar: the threshold less the rule's margin.

    returns: by member, as numbers or as `evaluate` returns them, on seeds that nobody trained or selected on. floor:
    the lowest return there can be; without one the lowest seen, and no rate of error is known. null_returns: of
    policies that have learned nothing; if one passes, `empty_gate` is True and nobody survives. champion_returns: on
    the same seeds. seed: of the draw that orders members of equal mean. terms: `ceiling`, `looks` (DecisionTerms).
    `spread`, `top` and `champion` compare members with one another and do not ask for the threshold. When nobody
    passes, `when_none: best` keeps the member of the highest mean as a fallback, `stop` keeps nobody, and so does
    `extend`, after which the caller trains once more and decides again; the threshold never falls.

    Raises GateError for returns that are not finite or below a floor stated as a number, fewer episodes than the rule
    needs, an error rate below 0.000001, or no member.
    """
    players, nobodies = _numbers(returns), _numbers(null_returns or {})
    champion = None if champion_returns is None else _episode_returns(champion_returns)
    everybody = {**nobodies, **players}
    _check(players, rule, threshold, everybody, champion)
    everybody |= {} if champion is None else {"champion": champion}
    ceiling, looks = _terms(rule, **terms)
    lowest = lower_limit(ReturnLimit(float(floor), STATED) if isinstance(floor, float | int) else floor, everybody)
    highest = upper_limit(ceiling, everybody)
    question = Question(
        rule=rule,
        bar=bar_of(rule, threshold, [mean(values) for values in players.values()], champion),
        alpha=round(1 - rule.confidence, 12) / looks,
        floor=lowest.value,
        highest=highest.value,
        champion_returns=champion,
    )
    decision = replace(_decided(players, nobodies, question, seed), floor=lowest, ceiling=highest, looks=looks)
    alpha = _stated_rate(question, lowest)
    several = _population_error(alpha, rule, looks * len(players), looks)
    return replace(decision, threshold=float(threshold), alpha=alpha, population_error=several)


def _terms(
    rule: GateRule, *, ceiling: float | ReturnLimit | None = None, looks: int | None = None
) -> tuple[ReturnLimit | None, int]:
    known = ReturnLimit(float(ceiling), ENVIRONMENT) if isinstance(ceiling, float | int) else ceiling
    return known, rule.looks if looks is None else looks


def _decided(returns: Returns, null_returns: Returns, question: Question, seed: int) -> Decision:
    """Return the decision on plain numbers, without what is known of its error."""
    rule = question.rule
    means = {name: mean(values) for name, values in returns.items()}
    order, ties = _order(means, seed)
    chance = luck(returns)
    verdicts = {
        name: replace(candidate, shrunken=chance.shrunken[name])
        for name, candidate in judged_population(returns, question).items()
    }
    if rule.rule == "top":
        verdicts = {name: ranked(verdicts[name], order.index(name) + 1, rule) for name in returns}
    nulls = judged(null_returns, question, question.alpha)
    outcome = _outcome(rule, order, verdicts, any(null.passed for null in nulls.values()))
    return Decision(
        rule=rule.rule,
        confidence=rule.confidence,
        error=rule.error,
        bar=question.bar,
        candidates=verdicts,
        nulls=nulls,
        ties=ties,
        selection_differential=selection_differential(means, outcome["survivors"]),
        reliability=chance.reliability,
        winners_curse=chance.winners_curse,
        f_test_p=f_test_p(returns),
        **_too_few(verdicts, question),
        **outcome,
    )


def _order(means: Mapping[str, float], seed: int) -> tuple[list[str], tuple[tuple[str, ...], ...]]:
    """Return members by mean, best first, equal ones as drawn; and those groups of equal ones."""
    names = sorted(means)
    drawn = [names[index] for index in np.random.default_rng(seed).permutation(len(names))]
    order = sorted(drawn, key=lambda name: -means[name])
    groups: dict[float, list[str]] = {}
    for name in order:
        groups.setdefault(means[name], []).append(name)
    return order, tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _stated_rate(question: Question, floor: ReturnLimit) -> float | None:
    """Return how often a look passes who is exactly at the bar; a bound from a floor that is none promises nothing."""
    rule = question.rule.rule
    known = rule in STATES_A_RATE and (floor.known or rule != "lower_bound")
    return question.alpha if known else None


def _population_error(alpha: float | None, rule: GateRule, judged_members: int, looks: int) -> PopulationError | None:
    """Return what follows for the population, all looks at all members counted."""
    if alpha is None:
        return None
    times = looks if rule.error == "family" else judged_members
    separate = 1 - (1 - alpha) ** times
    return PopulationError(round(separate, 12), round(min(1.0, times * alpha), 12))


def _too_few(verdicts: Mapping[str, Candidate], question: Question) -> dict[str, Any]:
    """Return whether somebody could not have passed, and how many episodes would do for everybody."""
    untold = [
        candidate
        for candidate in verdicts.values()
        if candidate.alpha is not None
        and not candidate.passed
        and cannot_tell(question, candidate.episodes, candidate.alpha)
    ]
    needed = [
        episodes_needed(question.floor, question.highest, question.bar, candidate.alpha or 1.0) for candidate in untold
    ]
    most = max(filter(None, needed), default=None)
    return {"cannot_tell": bool(untold), "episodes_needed": None if None in needed else most}


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
    survivors = () if empty else tuple(order[:1]) if fallback == "best" else passed
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
    if rule.margin and not rule.compares_with_threshold:
        raise GateError(f"expected no margin, because rule {rule.rule} asks for no threshold, got {rule.margin:g}")
    if rule.rule == "champion":
        if champion_returns is None:
            raise GateError("expected champion_returns, which rule champion compares with, got none")
        everybody = {**everybody, "champion": champion_returns}
    fewest = fewest_episodes(rule, len(returns))
    for name, values in everybody.items():
        if len(values) < fewest:
            raise GateError(
                f"{name}: expected at least {fewest} episodes, got {len(values)}; "
                f"rule {rule.rule} needs them: raise evaluate.episodes"
            )
        if not np.isfinite(values).all():
            at = next(index for index, value in enumerate(values) if not math.isfinite(value))
            raise GateError(f"{name}: expected finite returns, got {values[at]} in episode {at}")
        if rule.rule == "champion" and len(values) != len(everybody["champion"]):
            raise GateError(
                f"{name}: expected {len(everybody['champion'])} episodes, as many as the champion's, got {len(values)}"
            )
