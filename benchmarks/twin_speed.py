"""What a twin saves: training on it beside EnvPool and Gymnasium, and a whole generation with its evaluations.

Every figure is measured in a process of its own, pinned to one core, one after another. The generation is of heirs of
members that have learned DoorKey 5×5, counted in processor seconds, compiling left out by running a smaller one of
the same shapes first.

    python -m benchmarks.twin_speed [--write docs/performance.md]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.documents import write_between_marks
from benchmarks.engines import WORKS, Work, run_cohort
from heredity.seeds import ONE_THREAD

ROWS = {
    "cartpole-128": Work(
        "CartPole, 8×128, batch 256, 4 epochs", "CartPole-v1", "envpool", 8,
        {"n_steps": 128, "batch_size": 256, "n_epochs": 4}, 60, 0, None,
    ),
    **{name: WORKS[name] for name in ("cartpole", "cartpole-zoo", "doorkey")},
    "pendulum": Work(
        "Pendulum, 8×128, batch 256, 4 epochs", "Pendulum-v1", "envpool", 8,
        {"n_steps": 128, "batch_size": 256, "n_epochs": 4}, 30, 0, None,
    ),
}  # fmt: skip
KINDS = ("gymnasium", "envpool", "jax")
EPISODES, BUDGET = 100, 81_920
"""Of each member for the gate, and its training steps at most."""


def generation(kind: str) -> dict[str, float]:
    """Train, evaluate and confirm 8 heirs on DoorKey 8×8; return processor seconds by part."""
    founders = _trained("jax", "MiniGrid-DoorKey-5x5-v0", 100_000)
    _generation(kind, 2048, 2, founders)  # compiles
    return _generation(kind, BUDGET, EPISODES, founders)


def _trained(kind: str, env: str, budget: int, parents: Any = None) -> Any:
    """Train 8 members until they have reached 0.9, from their parents or from random weights."""
    from heredity.agents.agent import fresh_agent
    from heredity.study.sections import Algorithm, Train
    from heredity.training.engines import train
    from heredity.training.shard import Member, Shard

    work = WORKS["doorkey"]
    task = replace(work.task(), id=env, threshold=0.9, twin=kind == "jax")
    algorithm = Algorithm(name="PPO", n_envs=work.n_envs, hyperparameters=work.hyperparameters)
    initial = [parent.agent for parent in parents or []] or [fresh_agent(algorithm, task, seed) for seed in range(8)]
    team = tuple(Member(f"m{seed:02d}", agent, seed) for seed, agent in enumerate(initial))
    settings = Train(engine="cohort", environments=kind)
    return train(Shard("bench", "inherited", task, algorithm, settings, budget, 10, team))


def _generation(kind: str, budget: int, episodes: int, founders: Any = None) -> dict[str, float]:
    from heredity.evaluation.population import play
    from heredity.evaluation.trial import Trial

    task = replace(WORKS["doorkey"].task(), twin=kind == "jax")

    def played(split: str, on: Any) -> None:
        players = [(member.name, member.agent) for member in trained]
        players += [("random", "random"), ("constant", "constant")] if split == "report" else []
        trials = [
            Trial(name, agent, on, episodes, 1, False, "bench", "null" if name in ("random", "constant") else split)
            for name, agent in players
        ]
        play(trials, lambda work_on, batches: [work_on(batch) for batch in batches])

    began = time.process_time()
    trained = _trained(kind, task.id, budget, founders)
    after_training = time.process_time()
    played("report", task)
    after_gate = time.process_time()
    played("confirm", replace(task, twin=False))
    return {
        "train": after_training - began,
        "gate": after_gate - after_training,
        "confirm": time.process_time() - after_gate,
    }


def compiling(kind: str) -> dict[str, float]:
    """Return the seconds of a first rollout, its update and an evaluation in a process that has nothing compiled."""
    began = time.perf_counter()
    _generation(kind, 1024, 1)
    return {"seconds": time.perf_counter() - began}


RUNS: dict[str, Callable[[str], dict[str, float]]] = {"generation": generation, "compiling": compiling}


def measured(*words: str, cache: str | None = None) -> dict[str, float]:
    """Measure one figure in a process of its own, on one core."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.twin_speed", "--one", *words]
    environment = {**os.environ, **ONE_THREAD, **({"HEREDITY_CACHE": cache} if cache else {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(*words, {key: round(value, 2) for key, value in result.items()}, file=sys.stderr, flush=True)
    return result


def one(what: str, kind: str, members: str = "8") -> None:
    """Measure in this process and print JSON."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if what in RUNS:
        print(json.dumps(RUNS[what](kind)))
    else:
        print(json.dumps(run_cohort(replace(ROWS[what], environments=kind), int(members))))


def tables() -> str:
    """Measure everything and return the tables as Markdown."""
    lines = [
        "| training, member-steps per second | Gymnasium | EnvPool | twin | against EnvPool | one member, against it | "
        "on the twin: rollout, update |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, work in ROWS.items():
        rates = {kind: measured(name, kind) for kind in KINDS}
        alone = [measured(name, kind, "1")["rate"] for kind in KINDS[1:]]
        twin, whole = rates["jax"], 1e6 / rates["jax"]["rate"]
        figures = " | ".join(f"{rates[kind]['rate']:,.0f}" for kind in KINDS)
        ratios = f"{twin['rate'] / rates['envpool']['rate']:.2f}× | {alone[1] / alone[0]:.2f}×"
        shares = f"{twin['environment'] / whole:.0%}, {twin['update'] / whole:.0%}"
        lines.append(f"| {work.title} | {figures} | {ratios} | {shares} |")
    pool, twin = measured("generation", "envpool"), measured("generation", "jax")
    without = (pool["train"] + pool["gate"]) / (twin["train"] + twin["gate"])
    lines += [
        "",
        f"| 8 heirs on DoorKey 8×8, at most {BUDGET:,} steps, {EPISODES} episodes: processor seconds "
        "| training, with its first row | gate and null policies | survivors on the original | all |",
        "|---|---|---|---|---|",
        *(f"| {title} | {' | '.join(f'{part:.1f}' for part in parts.values())} | {sum(parts.values()):.1f} |"
          for title, parts in (("EnvPool and Gymnasium", pool), ("twin", twin))),
        "",
        f"Without the survivors' replay on the original a generation costs {without:.1f} times less on the twin, "
        f"with it {sum(pool.values()) / sum(twin.values()):.1f} times.",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = (measured("compiling", "jax", cache=cache)["seconds"] for _ in range(2))
    took = f"{cold:.1f} s where nothing is compiled, {warm:.1f} s from the cache, most of it imports"
    return "\n".join([*lines, "", f"A first rollout, its update and an evaluation take {took}."])


def main() -> None:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs="+", metavar="WORD")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    if arguments.one:
        one(*arguments.one)
    elif arguments.write:
        write_between_marks(arguments.write, "twins", tables())
    else:
        print(tables())


if __name__ == "__main__":
    main()
