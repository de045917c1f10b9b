"""What racing costs: episodes that successive halving and a full evaluation take to keep the true best as often.

python -m benchmarks.racing [--write docs/gate.md]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.documents import write_between_marks
from heredity.evaluation.successive_halving import race

MEMBERS, SIMULATIONS = 32, 2000
FULL = (20, 50, 100)
"""Episodes per member of the full evaluation."""

NOISES = (1.0, 3.0)
"""Standard deviations of an episode's return, where the members' true means have one of 1."""

BEST = 1
"""How many members either way keeps."""


def raced(episodes: int, noise: float, seed: int) -> tuple[float, float]:
    """Return how often the true best of MEMBERS is kept by a race to BEST, and the episodes that the race takes."""
    kept, cost = 0, 0
    for fitness, rng in _populations(seed):

        def play(left: Sequence[str], first: int, last: int, fitness: Any = fitness, rng: Any = rng) -> Any:
            return {name: rng.normal(fitness[int(name)], noise, last - first).tolist() for name in left}

        ended = race([str(k) for k in range(MEMBERS)], play, finalists=BEST, episodes=episodes)
        kept += str(fitness.argmax()) in ended.finalists
        cost += sum(len(values) for values in ended.returns.values())
    return kept / SIMULATIONS, cost / SIMULATIONS


def full(episodes: int, noise: float, seed: int) -> float:
    """Return how often the true best is kept when every member plays `episodes`."""
    kept = 0
    for fitness, rng in _populations(seed):
        means = rng.normal(fitness, noise / np.sqrt(episodes))
        kept += fitness.argmax() in means.argsort()[-BEST:]
    return kept / SIMULATIONS


def shortest(target: float, noise: float, seed: int) -> tuple[int, float, float]:
    """Return the shortest race that keeps the true best at least as often, how often that is, and its cost."""
    episodes = 31
    while (found := raced(episodes, noise, seed))[0] < target:
        episodes = int(episodes * 1.15)
    return episodes, *found


def _populations(seed: int) -> Any:
    """Yield, per simulation, the members' true means and the generator of their episodes."""
    for simulation in range(SIMULATIONS):
        rng = np.random.default_rng([seed, simulation])
        yield rng.normal(size=MEMBERS), rng


def main() -> None:
    """Simulate and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    rows = [
        "| noise of an episode | full: episodes per member | full: all episodes | keeps the best | race: a finalist's "
        "episodes | race: all episodes | keeps the best | cost |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for noise in NOISES:
        for episodes in FULL:
            target = full(episodes, noise, seed=0)
            longest, kept, cost = shortest(target, noise, seed=1)
            rows.append(
                f"| {noise:g} | {episodes} | {MEMBERS * episodes:,} | {target:.1%} | {longest} | {cost:,.0f} | "
                f"{kept:.1%} | {cost / MEMBERS / episodes:.0%} |"
            )
            print(rows[-1], flush=True)
    if options.write:
        write_between_marks(options.write, "racing", "\n".join(rows))


if __name__ == "__main__":
    main()
