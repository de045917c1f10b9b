"""Do the intervals cover, and does nothing look like something no more often than it should?

    python -m benchmarks.evidence [--quick] [--write docs/evidence.md]

Coverage: arms are drawn from populations whose truth is known, and the share of 95 % intervals that hold it is counted.
A/A: studies are simulated in which both arms come from the same population, and the findings are counted.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.documents import write_between_marks
from heredity.transfer.alignment import Arm
from heredity.transfer.bootstrap import estimate_of_means, picks, tail_share
from heredity.transfer.comparison import compare
from heredity.transfer.scores import interquartile_mean, probability_of_improvement

RUNS = (3, 5, 8, 16, 32)
BUDGET, THRESHOLD = 100_000, 0.9
GRID = np.arange(0, BUDGET + 1, 2_000)

Array = Any


@dataclass(frozen=True)
class Population:
    """A distribution of scores, and how to draw from it: draw(rng, shape)."""

    name: str
    draw: Callable[[np.random.Generator, tuple[int, ...]], Array]


POPULATIONS = (
    Population("normal", lambda rng, shape: rng.normal(0.5, 0.15, shape)),
    Population("skewed (exponential)", lambda rng, shape: rng.exponential(0.3, shape)),
    Population(
        "solved or stuck (70 : 30)",
        lambda rng, shape: np.where(
            rng.random(shape) < 0.7, rng.normal(0.9, 0.03, shape), rng.normal(0.05, 0.03, shape)
        ),
    ),
)


def coverage(population: Population, runs: int, studies: int) -> tuple[float, float, float]:
    """Return how often intervals hold the truth: mean difference as percentile and expanded, and IQM difference.

    The truth is 0: both arms are of one population, and equal in every functional.
    """
    rng, held = np.random.default_rng(runs), np.zeros(3)
    for study in range(studies):
        arms = [population.draw(rng, (runs,)) for _ in range(2)]
        means = [arm[picked].mean(axis=-1) for arm, picked in zip(arms, picks((runs, runs), study), strict=True)]
        plain = np.quantile(means[0] - means[1], [0.025, 0.975])
        told = estimate_of_means(arms, lambda x, y: x - y, study)
        middles = [
            interquartile_mean(arm[picked]) for arm, picked in zip(arms, picks((runs, runs), study), strict=True)
        ]
        tail = tail_share((runs, runs))
        trimmed = np.quantile(middles[0] - middles[1], [tail, 1 - tail])
        held += (plain[0] <= 0 <= plain[1], told.low <= 0 <= told.high, trimmed[0] <= 0 <= trimmed[1])  # type: ignore[operator]
    return tuple(held / studies)  # type: ignore[return-value]


def improvement_coverage(shift: float, runs: int, studies: int) -> float:
    """Return how often the probability of improvement between normal arms, `shift` deviations apart, is held."""
    rng, truth, held = np.random.default_rng(runs), stats.norm.cdf(shift / np.sqrt(2)), 0
    for _ in range(studies):
        told = probability_of_improvement(rng.normal(shift, 1, runs), rng.normal(0, 1, runs))
        held += told.low <= truth <= told.high  # type: ignore[operator]
    return held / studies


def simulated_arm(rng: np.random.Generator, runs: int) -> dict[str, tuple[Array, Array]]:
    """Return learning curves that rise at a random step to 0.95, or never do (one in four), and stop once there."""
    arm = {}
    for member in range(runs):
        middle = rng.uniform(0.2, 0.9) * BUDGET if rng.random() < 0.75 else np.inf
        returns = 0.95 / (1 + np.exp(-np.clip((GRID - middle) / 5_000, -50, 50))) + 0.02 * rng.standard_normal(
            len(GRID)
        )
        above = np.flatnonzero(returns >= THRESHOLD)
        end = above[0] + 1 if len(above) else len(GRID)
        arm[f"m{member:02d}"] = GRID[:end], returns[:end]
    return arm


FINDINGS = {
    "primary outcome, the verdict's: p < 0.05": lambda told: told.test.p is not None and told.test.p < 0.05,
    "area difference: interval without 0": lambda told: not told.area_difference.low <= 0 <= told.area_difference.high,
    "forward transfer: interval without 0": lambda told: (
        not told.forward_transfer.low <= 0 <= told.forward_transfer.high
    ),
    "restricted mean: interval without 0": lambda told: (
        not told.time_to_threshold.restricted_mean.difference.low
        <= 0
        <= told.time_to_threshold.restricted_mean.difference.high
    ),
    "speed-up: interval without 1": lambda told: (
        (told.time_to_threshold.speed_up.low or 0) > 1
        or (told.time_to_threshold.speed_up.high is not None and told.time_to_threshold.speed_up.high < 1)
    ),
    "log-rank test: p < 0.05": lambda told: (
        told.time_to_threshold.log_rank.p is not None and told.time_to_threshold.log_rank.p < 0.05
    ),
}
"""What would be called a finding, each nominally in one of twenty A/A studies."""

ANY = "any of these"


def false_findings(runs: int, studies: int) -> dict[str, int]:
    """Return in how many A/A studies each finding was made."""
    counts = dict.fromkeys((*FINDINGS, ANY), 0)
    for study in range(studies):
        rng = np.random.default_rng([runs, study])
        told = compare(
            Arm(simulated_arm(rng, runs), BUDGET),
            Arm(simulated_arm(rng, runs), BUDGET),
            threshold=THRESHOLD,
            seed=study,
        )
        findings = {name: bool(found(told)) for name, found in FINDINGS.items()}
        for name, found in (findings | {ANY: any(findings.values())}).items():
            counts[name] += found
    return counts


def coverage_table(studies: int) -> str:
    rows = [
        "| scores | runs per arm | mean difference, plain percentile | mean difference, as reported | IQM difference |",
        "|---|---|---|---|---|",
    ]
    for population in POPULATIONS:
        for runs in RUNS:
            plain, told, trimmed = coverage(population, runs, studies)
            rows.append(f"| {population.name} | {runs} | {plain:.1%} | {told:.1%} | {trimmed:.1%} |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


def improvement_table(studies: int) -> str:
    rows = ["| true probability of improvement | " + " | ".join(f"{runs} runs" for runs in RUNS) + " |"]
    rows.append("|---" * (len(RUNS) + 1) + "|")
    for shift in (0.0, 1.0, 2.0):
        cells = [f"{improvement_coverage(shift, runs, studies):.1%}" for runs in RUNS]
        rows.append(f"| {stats.norm.cdf(shift / np.sqrt(2)):.2f} | {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    return "\n".join(rows)


def null_table(studies: int) -> str:
    sizes = (3, 5, 8, 16)
    found = {runs: false_findings(runs, studies) for runs in sizes}
    rows = ["| finding | " + " | ".join(f"{runs} runs" for runs in sizes) + " |", "|---" * (len(sizes) + 1) + "|"]
    for name in (*FINDINGS, ANY):
        rows.append(f"| {name} | " + " | ".join(f"{found[runs][name] / studies:.1%}" for runs in sizes) + " |")
        print(rows[-1], flush=True)
    return "\n".join(rows)


def main() -> None:
    """Simulate and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the simulated studies")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    less = 20 if options.quick else 1
    tables = {
        "null": null_table(200 // less),
        "coverage": coverage_table(400 // less),
        "improvement": improvement_table(4000 // less),
    }
    for name, table in tables.items() if options.write else ():
        write_between_marks(options.write, name, table)


if __name__ == "__main__":
    main()
