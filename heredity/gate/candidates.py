"""The members of a population before the gate: what its rule asks of each, at which level, and whether it is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from heredity.gate import bounds, sequential_test
from heredity.gate.mean_bound import best_bound, episodes_needed, lower_bounds
from heredity.gate.record import Candidate
from heredity.study.gate_rule import GateRule

Returns = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Question:
    """What a gate asks of members.

    bar: what they are compared with. alpha: of one look at one member, or at all of them where `gate.error` is family.
    floor, highest: the lowest return that there can be, and the highest that there can be or was seen.
    """

    rule: GateRule
    bar: float
    alpha: float
    floor: float
    highest: float
    champion_returns: Sequence[float] | None = None


def fewest_episodes(rule: GateRule, members: int = 1) -> int:
    """Return how many episodes of a member the rule needs, of a population of so many."""
    if rule.rule == "quantile":
        strictest = rule.alpha / (members if rule.error == "family" else 1)
        return bounds.fewest_for_quantile(rule.quantile, strictest)
    return sequential_test.FEWEST if rule.rule == "champion" else 2


def bar_of(rule: GateRule, threshold: float, means: list[float], champion_returns: Sequence[float] | None) -> float:
    """Return what members are compared with."""
    if rule.rule == "spread":
        return bounds.spread_bar(means, rule.deviations)
    if rule.rule == "top" and rule.at_most is not None:
        return bounds.top_bar(means, rule.at_most)
    if rule.rule == "champion" and champion_returns is not None:
        return bounds.mean(champion_returns)
    return float(threshold) - rule.margin


def judged_population(returns: Returns, question: Question) -> dict[str, Candidate]:
    """Judge all members of a population, by name, so that the rule's error is that of a member or of all of them.

    Of all: by Holm's procedure (1979). All that are left are judged at α over their number, those that pass leave, and
    again, until nobody passes. Against a champion, whose test has no such steps, at α over all.
    """
    if question.rule.error == "member" or question.rule.rule not in ("lower_bound", "quantile", "champion"):
        return judged(returns, question, question.alpha)
    if question.rule.rule == "champion":
        return judged(returns, question, question.alpha / len(returns))
    verdicts, left, passed = dict[str, Candidate](), dict(returns), True
    while left and passed:
        latest = judged(left, question, question.alpha / len(left))
        verdicts |= latest
        passed = any(candidate.passed for candidate in latest.values())
        left = {name: left[name] for name in left if not latest[name].passed}
    return {name: verdicts[name] for name in returns}


def judged(returns: Returns, question: Question, alpha: float) -> dict[str, Candidate]:
    """Judge members, or null policies, each by what it did alone, at one level."""
    champion_returns = question.champion_returns
    if question.rule.rule == "champion" and champion_returns is not None:
        return {name: _against(values, champion_returns, question.rule, alpha) for name, values in returns.items()}
    numbers = _bounds(returns, question, alpha)
    return {
        name: _compared(values, number, question, alpha)
        for (name, values), number in zip(returns.items(), numbers, strict=True)
    }


def ranked(candidate: Candidate, rank: int, rule: GateRule) -> Candidate:
    """Let nobody in beyond the places there are: of equal members at the bar, the first by the draw."""
    passed = rule.at_most is not None and rank <= rule.at_most
    return replace(candidate, passed=passed, reason=f"rank {rank}, the best {rule.at_most} pass")


def cannot_tell(question: Question, n: int, alpha: float) -> bool:
    """Whether n episodes of the highest return would not do either."""
    if question.rule.rule != "lower_bound":
        return False
    return best_bound(question.floor, question.highest, n, alpha) < question.bar


def _compared(values: Sequence[float], bound: float, question: Question, alpha: float) -> Candidate:
    rule, bar, n = question.rule, question.bar, len(values)
    mean, passed = bounds.mean(values), bound >= bar
    level = f"{100 * (1 - alpha):.4g}%"
    measure = {
        "lower_bound": f"{level} lower bound",
        "mean_minus_std": f"mean − {rule.deviations:g} standard deviations",
        "quantile": f"{level} lower bound of the {rule.quantile:g} quantile",
    }.get(rule.rule, "mean")
    bar_name = {
        "spread": f"the population's mean + {rule.deviations:g} standard deviations",
        "top": "the last one let in",
    }.get(rule.rule, f"threshold − {rule.margin:g} =" if rule.margin else "threshold")
    reason = f"{measure} {bound:.4g} {'≥' if passed else '<'} {bar_name} {bar:.4g}"
    if not passed and cannot_tell(question, n, alpha):
        reason = _untold(question, n, alpha)
    stated = alpha if rule.rule in ("lower_bound", "quantile") else None
    return Candidate(n, mean, bound, passed, reason, alpha=stated)


def _untold(question: Question, n: int, alpha: float) -> str:
    best = best_bound(question.floor, question.highest, n, alpha)
    needed = episodes_needed(question.floor, question.highest, question.bar, alpha)
    others = f"{needed:,} would do" if needed else f"none would, the bar being {question.bar:.4g}"
    return (
        f"cannot tell with {n} episodes: even {n} of the highest return {question.highest:.4g} give a bound of "
        f"{best:.4g}; {others}"
    )


def _bounds(returns: Returns, question: Question, alpha: float) -> list[float]:
    """Return the number that the rule compares with its bar, of every member."""
    rule, samples = question.rule, list(returns.values())
    if rule.rule == "lower_bound":
        return list(map(float, lower_bounds(samples, question.floor, alpha)))
    if rule.rule == "mean_minus_std":
        return [bounds.mean_minus_std(values, rule.deviations) for values in samples]
    if rule.rule == "quantile":
        return [bounds.quantile_bound(values, rule.quantile, alpha) for values in samples]
    return [bounds.mean(values) for values in samples]


def _against(values: Sequence[float], incumbent: Sequence[float], rule: GateRule, alpha: float) -> Candidate:
    """Judge one member by its match against the champion."""
    ended = sequential_test.paired_test(
        np.subtract(values, incumbent).tolist(), alpha=alpha, beta=1 - rule.power, effect=rule.effect
    )
    reason = f"{ended.verdict} than the champion" if ended.verdict != "undecided" else "undecided, the champion stays"
    reason += f" after {ended.pairs} episodes (log-likelihood ratio {ended.ratio:.3g})"
    return Candidate(ended.pairs, bounds.mean(values), None, ended.verdict == "better", reason, alpha=alpha)
