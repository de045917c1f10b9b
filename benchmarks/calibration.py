"""Does the gate keep its word? Rates of false passes and refusals against known true values, before and after.

    python -m benchmarks.calibration [--quick] [--write docs/evidence.md]

Before: the first edition's bound (Wilson, the bootstrap or Student's, by the sample). After: heredity.gate.mean_bound.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.documents import write_between_marks
from benchmarks.earlier_bounds import earlier_bound
from heredity.gate.confirmation import confirmed_means
from heredity.gate.decision import decide
from heredity.gate.mean_bound import lower_bounds
from heredity.study.gate_rule import GateRule
from heredity.workers import map_in_processes

EPISODES = (10, 20, 50, 100, 200)
SIMULATIONS, POPULATIONS = 200, 60
ALPHA = 0.05
CONFIRMED = 100
"""Of the members of a cell, so many are confirmed without a floor."""

BETTER = 0.3
"""How far above its bar a member is that should pass, in standard deviations of its episode returns."""

Draw = Callable[[Any, tuple[int, ...]], Any]
"""From a generator and a shape to returns."""


@dataclass(frozen=True)
class Kind:
    """Returns of some kind, and the lowest that there can be."""

    draw: Draw
    floor: float


def doorkey(rng: Any, shape: tuple[int, ...], share: float) -> Any:
    return np.where(rng.random(shape) < share, 0.0, 1 - 0.9 * rng.beta(2, 40, shape))


def lander(rng: Any, shape: tuple[int, ...], share: float) -> Any:
    crashed = rng.normal(-120, 60, shape).clip(-500)
    return np.where(rng.random(shape) < share, crashed, rng.normal(250, 25, shape))


def cartpole(rng: Any, shape: tuple[int, ...], share: float) -> Any:
    return np.where(rng.random(shape) < share, rng.uniform(50, 450, shape), 500.0)


def acrobot(rng: Any, shape: tuple[int, ...], share: float) -> Any:
    return np.where(rng.random(shape) < share, -500.0, -80 - rng.gamma(2, 8, shape))


def binary(rng: Any, shape: tuple[int, ...], share: float) -> Any:
    return (rng.random(shape) >= share).astype(float)


def normal(rng: Any, shape: tuple[int, ...], floor: float) -> Any:
    return rng.normal(0, 1, shape).clip(floor)


KINDS = {
    **{f"DoorKey, {share:.0%} zeros": Kind(partial(doorkey, share=share), 0.0) for share in (0.03, 0.1, 0.4)},
    **{f"LunarLander, {share:.0%} crash": Kind(partial(lander, share=share), -500.0) for share in (0.03, 0.2)},
    **{f"CartPole, {share:.0%} below 500": Kind(partial(cartpole, share=share), 0.0) for share in (0.02, 0.1)},
    **{f"Acrobot, {share:.0%} at −500": Kind(partial(acrobot, share=share), -500.0) for share in (0.02, 0.1)},
    **{f"two values, {share:.3g} failures": Kind(partial(binary, share=share), 0.0) for share in (0.026, 0.1, 0.5)},
    **{f"normal, floor {sd} sd below": Kind(partial(normal, floor=-sd), -sd) for sd in (6, 3)},
}

FAMILY = "DoorKey, 10% zeros"

Cell = tuple[str, int]


@lru_cache
def truth(name: str) -> tuple[float, float]:
    """Return mean and standard deviation of an episode's return."""
    returns = KINDS[name].draw(np.random.default_rng(0), (1_000_000,))
    return float(returns.mean()), float(returns.std())


def rates(cell: Cell, simulations: int) -> tuple[float, ...]:
    """Return false passes at the bar and refusals BETTER above it, of the first edition's bound and of today's.

    And last how often the interval of a confirmed mean holds the mean where nobody knows what returns lie between.
    """
    name, n = cell
    kind = KINDS[name]
    samples = kind.draw(np.random.default_rng([list(KINDS).index(name), n]), (simulations, n))
    center, deviation = truth(name)
    before = np.array([earlier_bound(sample.tolist(), 1 - ALPHA) for sample in samples])
    after = lower_bounds(list(samples), kind.floor, ALPHA)
    each = [confirmed_means({"m": sample.tolist()}, None, None)["m"] for sample in samples[:CONFIRMED]]
    held = float(np.mean([one.low <= center <= one.high for one in each]))
    above = center - BETTER * deviation
    counts = [float(np.mean(test)) for bound in (before, after) for test in (bound >= center, bound < above)]
    return (*counts, held)


def family(members: int, populations: int, n: int = 100) -> tuple[float, ...]:
    """Return how often somebody passes of a population at the bar: before, after, as a family; and what is stated."""
    kind, rng, passed = KINDS[FAMILY], np.random.default_rng(members), np.zeros(3)
    bar = truth(FAMILY)[0]
    stated = 0.0
    for _ in range(populations):
        returns = {f"m{k}": sample.tolist() for k, sample in enumerate(kind.draw(rng, (members, n)))}
        plain, whole = (
            decide(returns, GateRule(error=error), threshold=bar, floor=kind.floor) for error in ("member", "family")
        )
        before = any(earlier_bound(sample, 1 - ALPHA) >= bar for sample in returns.values())
        passed += (before, bool(plain.passed), bool(whole.passed))
        stated = plain.population_error.separate if plain.population_error else 0.0
    return (*(passed / populations).tolist(), stated)


RULES = {
    "quantile (median)": GateRule(rule="quantile"),
    "champion": GateRule(rule="champion"),
    "champion, a steady one": GateRule(rule="champion"),
    "mean": GateRule(rule="mean"),
    "mean_minus_std": GateRule(rule="mean_minus_std"),
}
RULES_ON = ("DoorKey, 10% zeros", "CartPole, 10% below 500", "normal, floor 6 sd below")


def rule_rates(cell: tuple[str, str, int], simulations: int) -> tuple[float, float]:
    """Return the rates of another rule; a champion is an equal, or one that always has the mean."""
    name, on, n = cell
    rule, kind, rng = RULES[name], KINDS[on], np.random.default_rng(n)
    center, deviation = truth(on)
    bar = float(np.median(kind.draw(rng, (200_001,)))) if rule.rule == "quantile" else center
    passed = []
    for above in (0.0, BETTER * deviation):
        samples = kind.draw(rng, (simulations, n))
        rivals = kind.draw(rng, (simulations, n)) if name == "champion" else np.full((simulations, n), center)
        if rule.rule != "champion":
            members = {str(k): sample.tolist() for k, sample in enumerate(samples)}
            passed.append(len(decide(members, rule, threshold=bar - above).passed) / simulations)
            continue
        pairs = zip(samples, rivals - above, strict=True)
        wins = [
            bool(decide({"m": own.tolist()}, rule, threshold=0.0, champion_returns=its.tolist()).passed)
            for own, its in pairs
        ]
        passed.append(sum(wins) / simulations)
    return passed[0], 1 - passed[1]


def bound_table(simulations: int) -> str:
    cells = [(name, n) for name in KINDS for n in EPISODES]
    found = dict(zip(cells, map_in_processes(partial(rates, simulations=simulations), cells), strict=True))
    limit = ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / simulations)
    heads = " | ".join(f"n = {n}: before | after" for n in EPISODES)
    rows = [f"| returns | {heads} |", "|---" * (2 * len(EPISODES) + 1) + "|"]
    for name in KINDS:
        texts = []
        for n in EPISODES:
            for wrong, refused in (found[name, n][:2], found[name, n][2:4]):
                bold = "**" if wrong > limit else ""
                texts.append(f"{bold}{100 * wrong:.1f}{bold} / {100 * refused:.0f}")
        rows.append(f"| {name} | {' | '.join(texts)} |")
    held = {n: [found[name, n][4] for name in KINDS] for n in EPISODES}
    rows += ["", "Intervals of confirmed means from the returns seen, without floor and ceiling, hold the mean in "]
    rows[-1] += ", ".join(f"{min(shares):.0%} to {max(shares):.0%} (n = {n})" for n, shares in held.items()) + "."
    return "\n".join(rows)


def family_table(populations: int) -> str:
    sizes = (8, 16, 32)
    rows = ["| members, all at the bar | before | after | after, `error: family` | stated |", "|---|---|---|---|---|"]
    for size, shares in zip(sizes, map_in_processes(partial(family, populations=populations), sizes), strict=True):
        rows.append(f"| {size} | " + " | ".join(f"{share:.0%}" for share in shares) + " |")
    return "\n".join(rows)


def rule_table(simulations: int) -> str:
    sizes = (20, 100)
    cells = [(name, on, n) for name in RULES for on in RULES_ON for n in sizes]
    found = dict(zip(cells, map_in_processes(partial(rule_rates, simulations=simulations), cells), strict=True))
    rows = ["| rule | returns | " + " | ".join(f"n = {n}" for n in sizes) + " |", "|---|---|---|---|"]
    for name in RULES:
        for on in RULES_ON:
            texts = [f"{100 * found[name, on, n][0]:.1f} / {100 * found[name, on, n][1]:.0f}" for n in sizes]
            rows.append(f"| {name} | {on} | {' | '.join(texts)} |")
    return "\n".join(rows)


def main() -> None:
    """Simulate and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of the simulations")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    less = 4 if options.quick else 1
    tables = {
        "gate bound": bound_table(SIMULATIONS // less),
        "gate family": family_table(POPULATIONS // less),
        "gate rules": rule_table(SIMULATIONS // less),
    }
    for name, table in tables.items():
        print(f"{name}\n{table}\n")
        if options.write:
            write_between_marks(options.write, name, table)


if __name__ == "__main__":
    main()
