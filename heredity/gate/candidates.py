"""One member before the gate: what its rule asks, and whether it is there."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from heredity.gate import bounds, sequential_test
from heredity.gate.record import Candidate
from heredity.study.gate_rule import GateRule


def fewest_episodes(rule: GateRule) -> int:
    """Return how many episodes of a member the rule needs."""
    if rule.rule == "quantile":
        return bounds.fewest_for_quantile(rule.quantile, rule.confidence)
    return sequential_test.FEWEST if rule.rule == "champion" else 2


def bar_of(rule: GateRule, threshold: float, means: list[float], champion_returns: Sequence[float] | None) -> float:
    """Return what members are compared with."""
    if rule.rule == "spread":
        return bounds.spread_bar(means, rule.deviations)
    if rule.rule == "top" and rule.at_most is not None:
        return bounds.top_bar(means, rule.at_most)
    if rule.rule == "champion" and champion_returns is not None:
        return bounds.mean(champion_returns)
    return float(threshold)


def judged(
    values: Sequence[float], rule: GateRule, bar: float, champion_returns: Sequence[float] | None, seed: int
) -> Candidate:
    """Judge one member, or one null policy, by what it did alone."""
    mean = bounds.mean(values)
    if rule.rule == "champion" and champion_returns is not None:
        return _against(values, champion_returns, rule, mean)
    bound, method = _bound(values, rule, seed)
    passed = bound >= bar
    measure = {
        "mean": "mean",
        "lower_bound": f"{rule.confidence:.0%} lower bound",
        "mean_minus_std": f"mean − {rule.deviations:g} standard deviations",
        "quantile": f"{rule.confidence:.0%} lower bound of the {rule.quantile:g} quantile",
    }.get(rule.rule, "mean")
    bar_name = {
        "spread": f"the population's mean + {rule.deviations:g} standard deviations",
        "top": "the last one let in",
    }
    reason = f"{measure} {bound:.4g} {'≥' if passed else '<'} {bar_name.get(rule.rule, 'threshold')} {bar:.4g}"
    return Candidate(len(values), mean, bound, passed, reason, method)


def _bound(values: Sequence[float], rule: GateRule, seed: int) -> tuple[float, str]:
    """Return the number that the rule compares with its bar, and how it was found."""
    if rule.rule == "lower_bound":
        method = bounds.choose_method(values) if rule.method == "auto" else rule.method
        return bounds.lower_bound(values, rule.confidence, method, seed), method
    if rule.rule == "mean_minus_std":
        return bounds.mean_minus_std(values, rule.deviations), rule.rule
    if rule.rule == "quantile":
        return bounds.quantile_bound(values, rule.quantile, rule.confidence), rule.rule
    return bounds.mean(values), rule.rule


def _against(values: Sequence[float], incumbent: Sequence[float], rule: GateRule, mean: float) -> Candidate:
    """Judge one member by its match against the champion."""
    ended = sequential_test.paired_test(
        np.subtract(values, incumbent).tolist(), alpha=1 - rule.confidence, beta=1 - rule.power, effect=rule.effect
    )
    reason = f"{ended.verdict} than the champion" if ended.verdict != "undecided" else "undecided, the champion stays"
    reason += f" after {ended.pairs} episodes (log-likelihood ratio {ended.ratio:.3g})"
    return Candidate(ended.pairs, mean, None, ended.verdict == "better", reason, "champion")


def ranked(candidate: Candidate, rank: int, rule: GateRule) -> Candidate:
    """Let nobody in beyond the places there are: of equal members at the bar, the first by name."""
    passed = rule.at_most is not None and rank <= rule.at_most
    return replace(candidate, passed=passed, reason=f"rank {rank}, the best {rule.at_most} pass")
