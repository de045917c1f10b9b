"""Whether the two engines learn alike: learning curves of 16 members each, from the same initial weights.

    python -m benchmarks.parity [--quick] [--write docs/performance.md]

Each row tests the hypothesis that a member's area under the curve has the same distribution in both engines, by a
permutation test of the mean and by Mann and Whitney's test. A difference as small as the interval's ends would have
gone unnoticed.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.documents import write_between_marks
from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.study.sections import Algorithm, Train
from heredity.training.curves import as_arrays
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from heredity.workers import map_in_processes

MEMBERS, SHARD = 16, 4
WORKS = {
    "CartPole-v1": (
        32_768,
        {"n_steps": 128, "batch_size": 128, "n_epochs": 10, "learning_rate": 0.001},
    ),
    "LunarLander-v3": (
        98_304,
        {"n_steps": 512, "batch_size": 128, "n_epochs": 4, "gae_lambda": 0.98, "gamma": 0.999, "ent_coef": 0.01},
    ),
}


def areas(env: str, engine: str, budget_steps: int, hyperparameters: dict[str, Any]) -> Any:
    """Return the mean return over the budget of every member, float64[MEMBERS]."""
    algorithm = Algorithm(name="PPO", n_envs=8, hyperparameters=hyperparameters)
    task = Task(env, threshold=1e9)
    members = [Member(f"m{k:02d}", fresh_agent(algorithm, task, k), k) for k in range(MEMBERS)]
    settings = Train(engine=engine, environments="gymnasium", until="budget")  # type: ignore[arg-type]
    shards = [
        Shard("parity", "inherited", task, algorithm, settings, budget_steps, 4, tuple(members[k : k + SHARD]))
        for k in range(0, MEMBERS, SHARD)
    ]
    grid = np.linspace(0, budget_steps, 201)
    trained = [member for shard in map_in_processes(train, shards) for member in shard]
    return np.array([np.interp(grid, *as_arrays(member.curve)).mean() for member in trained])


def row(env: str, budget_steps: int, hyperparameters: dict[str, Any]) -> str:
    """Train both engines and return one row of the table."""
    cohort, sb3 = (areas(env, engine, budget_steps, hyperparameters) for engine in ("cohort", "sb3"))
    rng = np.random.default_rng(0)

    def difference(x: Any, y: Any, axis: int = -1) -> Any:
        return x.mean(axis=axis) - y.mean(axis=axis)

    permuted = stats.permutation_test((cohort, sb3), difference, vectorized=True, n_resamples=20_000, rng=rng)
    ranked = stats.mannwhitneyu(cohort, sb3)
    interval = stats.ttest_ind(cohort, sb3, equal_var=False).confidence_interval()
    return (
        f"| {env} | {budget_steps:,} | {cohort.mean():.1f} | {sb3.mean():.1f} | "
        f"{cohort.mean() - sb3.mean():+.1f} [{interval.low:.1f}, {interval.high:.1f}] | "
        f"{permuted.pvalue:.2f} | {ranked.pvalue:.2f} |"
    )


def main() -> None:
    """Measure and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only CartPole")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    rows = [
        "| environment | steps per member | mean area, cohort | mean area, sb3 | difference [95 %] "
        "| permutation p | Mann–Whitney p |",
        "|---|---|---|---|---|---|---|",
    ]
    for env, (budget_steps, hyperparameters) in list(WORKS.items())[: 1 if options.quick else None]:
        rows.append(row(env, budget_steps, hyperparameters))
        print(rows[-1], flush=True)
    if options.write:
        write_between_marks(options.write, "parity", "\n".join(rows))


if __name__ == "__main__":
    main()
