"""Member-steps per second and core of the cohort engine, beside Stable-Baselines3, sbx and rl-baselines3-zoo.

Every figure is measured in a process of its own, pinned to one core, one after another, on the same environment and
hyperparameters. The first rollout, which compiles, is not timed.

    python -m benchmarks.engines [--quick | --toy] [--write docs/performance.md]
"""

import argparse
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.documents import write_between_marks
from heredity.seeds import ONE_THREAD

FLAT_VIEW = "heredity.wrappers.FlatView"


@dataclass(frozen=True)
class Work:
    """One row of the table: what is trained, and the ratios it is to reach."""

    title: str
    env: str
    environments: str
    n_envs: int
    hyperparameters: dict[str, Any]
    rollouts: int
    against_sb3: float
    against_sbx: float | None

    @property
    def rollout_steps(self) -> int:
        """Environment steps of one member between two updates."""
        return int(self.hyperparameters["n_steps"]) * self.n_envs

    def task(self) -> Any:
        """Return the environment, MiniGrid's with its view as a vector."""
        from heredity.agents.task import Task
        from heredity.study.sections import Wrapper

        wrappers = (Wrapper(name=FLAT_VIEW),) if self.env.startswith("MiniGrid") else ()
        return Task(self.env, wrappers=wrappers, threshold=1e9)


WORKS = {
    "cartpole": Work(
        "CartPole, 8×256, batch 64, 10 epochs", "CartPole-v1", "envpool", 8,
        {"n_steps": 256, "batch_size": 64, "n_epochs": 10}, 12, 20, 10,
    ),
    "cartpole-zoo": Work(
        "CartPole, zoo settings", "CartPole-v1", "envpool", 8,
        {"n_steps": 32, "batch_size": 256, "n_epochs": 20, "gae_lambda": 0.8, "gamma": 0.98,
         "learning_rate": "lin_0.001", "clip_range": "lin_0.2"}, 60, 10, 5,
    ),
    "doorkey": Work(
        "DoorKey 8×8, 8×128, batch 256, 4 epochs", "MiniGrid-DoorKey-8x8-v0", "envpool", 8,
        {"n_steps": 128, "batch_size": 256, "n_epochs": 4, "learning_rate": 0.001, "ent_coef": 0.01}, 20, 12, 12,
    ),
    "lunarlander": Work(
        "LunarLander, zoo settings", "LunarLander-v3", "envpool", 16,
        {"n_steps": 1024, "batch_size": 64, "n_epochs": 4, "gae_lambda": 0.98, "gamma": 0.999, "ent_coef": 0.01},
        3, 5, None,
    ),
}  # fmt: skip

TOYS = {
    "toy": replace(
        WORKS["cartpole"], title="CartPole, a toy", environments="gymnasium", n_envs=2,
        hyperparameters={"n_steps": 16, "batch_size": 16, "n_epochs": 1}, rollouts=4,
    ),
}  # fmt: skip
"""What takes seconds and measures nothing: whether the benchmark runs."""

PACKAGES = {"sbx": "sbx", "zoo": "rl_zoo3"}
"""Of systems that `make bench` installs."""


def rate(marks: list[tuple[int, float]]) -> float:
    """Return steps per second between the first and the last mark (steps, seconds)."""
    (first, began), (last, ended) = marks[0], marks[-1]
    return (last - first) / (ended - began)


def _time_parts(spent: dict[str, float]) -> None:
    """Have this process add to `spent` the seconds that a cohort's three parts take."""
    import jax

    from heredity.agents.twins import policy
    from heredity.training.cohort import collector, engine

    def timed(part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any) -> Any:
            began = time.perf_counter()
            result = call(*arguments)
            spent[part] = spent.get(part, 0.0) + time.perf_counter() - began
            return result

        return measured

    make_update, make_envs = engine.make_update, collector.make_envs

    def finished(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: jax.block_until_ready(call(*arguments))

    def environments(*arguments: Any) -> Any:
        envs: Any = make_envs(*arguments)
        name = "step" if hasattr(envs, "step") else "rollout"  # a twin acts in its rollout too
        setattr(envs, name, timed("environment", getattr(envs, name)))
        return envs

    collector.make_envs = environments
    engine._compiled = lambda program: timed("update", finished(make_update(program)))
    policy.Policy.act = timed("forward", policy.Policy.act)  # type: ignore[method-assign]


def run_cohort(work: Work, members: int) -> dict[str, float]:
    """Train a shard; return its rate, and the seconds per million member-steps of its three parts."""
    from heredity.agents.agent import fresh_agent
    from heredity.study.sections import Algorithm, Train
    from heredity.training.cohort import engine
    from heredity.training.shard import Member, Shard

    spent: dict[str, float] = {}
    _time_parts(spent)
    algorithm = Algorithm(name="PPO", n_envs=work.n_envs, hyperparameters=work.hyperparameters)
    task = work.task()
    team = tuple(Member(f"m{k:02d}", fresh_agent(algorithm, task, k), k) for k in range(members))
    settings = Train(engine="cohort", environments=work.environments, until="budget")
    shard = Shard("bench", "inherited", task, algorithm, settings, work.rollout_steps * work.rollouts, 1, team)
    marks: list[tuple[int, float]] = []

    def note(progress: Any) -> None:
        if progress.member == team[-1].name and progress.row.env_steps and not progress.last:
            marks.append((progress.row.env_steps * members, time.perf_counter()))
            if len(marks) == 1:
                spent.clear()

    engine.train_cohort(shard, note, None)
    timed_steps = marks[-1][0] - marks[0][0]
    shares = {part: seconds / timed_steps * 1e6 for part, seconds in spent.items()}
    return {"rate": rate(marks), "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, **shares}


def run_sb3(work: Work) -> dict[str, float]:
    """Train one member by Stable-Baselines3."""
    from heredity.agents.algorithms import build
    from heredity.study.sections import Algorithm

    algorithm = Algorithm(name="PPO", n_envs=work.n_envs, hyperparameters=work.hyperparameters)
    return _learned(build(algorithm, work.task(), 0, 0), work)


def run_sbx(work: Work) -> dict[str, float]:
    """Train one member by sbx (Stable-Baselines3 in JAX), on the same vectorised environment."""
    import sbx

    from heredity.agents.algorithms import make_many

    arguments = {key: _schedule(value) for key, value in work.hyperparameters.items()}
    return _learned(sbx.PPO("MlpPolicy", make_many(work.task(), work.n_envs, 0), seed=0, **arguments), work)


def run_zoo(work: Work) -> dict[str, float]:
    """Train one member by rl-baselines3-zoo's own command, and read the rate that it logs at its last rollout."""
    given = {"n_envs": work.n_envs, "policy": "'MlpPolicy'", "n_timesteps": 0, "normalize": False}
    given |= {key: repr(value) for key, value in work.hyperparameters.items()}
    given["env_wrapper"] = repr(FLAT_VIEW) if work.env.startswith("MiniGrid") else None
    settings = ",".join(f"{key}={value}" for key, value in given.items())
    steps = work.rollout_steps * max(3, min(work.rollouts, 8))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "zoo.py").write_text(f"hyperparams = {{{work.env!r}: dict({settings})}}", encoding="utf-8")
        command = [sys.executable, "-W", "ignore", "-m", "rl_zoo3.train", "--algo", "ppo", "--env", work.env]
        command += ["--conf-file", f"{folder}/zoo.py", "-f", folder, "-n", str(steps), "--eval-freq", "-1"]
        command += ["--log-interval", "1", "--device", "cpu", "--gym-packages", "minigrid", "--num-threads", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    rates = re.findall(r"fps\s*\|\s*(\d+)", done.stdout)
    if not rates:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return {"rate": float(rates[-1])}


def run_limits(work: Work) -> dict[str, float]:
    """Measure what nothing can pass: the environment alone, and the core's matrix peak in GFLOP/s."""
    import numpy as np

    from heredity.agents.agent import Agent
    from heredity.agents.task import task_spaces
    from heredity.study.sections import Algorithm, Train
    from heredity.training.cohort.environments import make_envs
    from heredity.training.shard import Member, Shard

    algorithm = Algorithm(name="PPO", n_envs=work.n_envs)
    members = tuple(Member(f"m{seed:02d}", Agent(b""), seed) for seed in range(8))
    shard = Shard("b", "inherited", work.task(), algorithm, Train(environments=work.environments), 1, 1, members)
    envs, rng, steps = make_envs(shard, 0, [None] * 8), np.random.default_rng(0), 400
    envs.reset()
    choices = task_spaces(shard.task)[1].n
    began = time.perf_counter()
    for _ in range(steps):
        envs.step(rng.integers(0, choices, (8, work.n_envs)).astype(np.int32), list(range(8)))
    alone = steps * 8 * work.n_envs / (time.perf_counter() - began)
    matrix = rng.normal(size=(1024, 1024)).astype(np.float32)
    times = []
    for _ in range(8):
        began = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - began)
    return {"rate": alone, "gflops": 2 * 1024**3 / min(times) / 1e9}


def _schedule(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("lin_"):
        start = float(value.removeprefix("lin_"))
        return lambda progress: progress * start
    return value


def _learned(model: Any, work: Work) -> dict[str, float]:
    from stable_baselines3.common.callbacks import BaseCallback

    marks: list[tuple[int, float]] = []

    class Clock(BaseCallback):
        def _on_rollout_start(self) -> None:
            if self.num_timesteps:
                marks.append((self.num_timesteps, time.perf_counter()))

        def _on_step(self) -> bool:
            return True

    rollouts = max(3, min(work.rollouts, 8))
    model.learn(work.rollout_steps * (rollouts + 1), callback=Clock())
    return {"rate": rate(marks)}


RUNS: dict[str, Callable[..., dict[str, float]]] = {
    "sb3": run_sb3, "sbx": run_sbx, "zoo": run_zoo, "limits": run_limits,
}  # fmt: skip


def measured(name: str, system: str, members: int = 1) -> dict[str, float] | None:
    """Measure one figure in a process of its own, on one core; None where the system cannot, or is not installed."""
    if system in PACKAGES and find_spec(PACKAGES[system]) is None:
        print(f"{name} {system}: {PACKAGES[system]} is not installed", file=sys.stderr)
        return None
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.engines", "--one", name, system, str(members)]
    environment = {**os.environ, **ONE_THREAD}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name} {system}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(name, system, members, {key: round(value, 2) for key, value in result.items()}, file=sys.stderr, flush=True)
    return result


def one(name: str, system: str, members: int) -> None:
    """Measure in this process and print JSON."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    work = {**WORKS, **TOYS}[name]
    print(json.dumps(run_cohort(work, members) if system == "cohort" else RUNS[system](work)))


def table(populations: list[int], works: dict[str, Work]) -> str:
    """Measure everything and return the tables as Markdown."""
    lines = [
        "| work | sb3 | sbx | rl-zoo3 | cohort of 8 | against sb3 (aim) | against sbx (aim) | environment alone |",
        "|---|---|---|---|---|---|---|---|",
    ]
    parts = ["| work | environment | forward | update | other | µs per member-step |", "|---|---|---|---|---|---|"]
    sizes = [
        "| work | "
        + " | ".join(str(n) for n in populations)
        + " | largest against 8, per member-step | peak, largest |",
        "|---|" + "---|" * (len(populations) + 2),
    ]
    peak = 0.0
    for name, work in works.items():
        others = {system: measured(name, system) for system in ("sb3", "sbx", "zoo", "limits")}
        cohorts = {n: measured(name, "cohort", n) for n in populations}
        eight, largest = cohorts[8] or {}, cohorts[populations[-1]] or {}
        peak = max(peak, (others["limits"] or {}).get("gflops", 0.0))
        lines.append(
            f"| {work.title} | {_figure(others['sb3'])} | {_figure(others['sbx'])} | {_figure(others['zoo'])} | "
            f"{_figure(eight)} | {_ratio(eight, others['sb3'], work.against_sb3)} | "
            f"{_ratio(eight, others['sbx'], work.against_sbx)} | {_figure(others['limits'])} |"
        )
        parts.append(_shares(work.title, eight))
        cost = eight["rate"] / largest["rate"]
        row = " | ".join(_figure(cohorts[n]) for n in populations)
        sizes.append(f"| {work.title} | {row} | {cost:.2f} | {largest['peak_gib']:.1f} GiB |")
    machine = f"{_processor()}, Python {platform.python_version()}; matrix peak of one core {peak:.0f} GFLOP/s"
    return "\n".join([
        f"Member-steps per second on one core ({machine}).", "", *lines, "",
        "Where a cohort of 8 spends its time, in parts of the whole:", "", *parts, "",
        "Member-steps per second by the number of members in the shard:", "", *sizes,
    ])  # fmt: skip


def _figure(result: dict[str, float] | None) -> str:
    return f"{result['rate']:,.0f}" if result else "–"


def _ratio(ours: dict[str, float], theirs: dict[str, float] | None, aim: float | None) -> str:
    aimed = f" (≥ {aim:g}×)" if aim else ""
    return f"{ours['rate'] / theirs['rate']:.1f}×{aimed}" if ours and theirs else "–"


def _shares(title: str, result: dict[str, float]) -> str:
    whole = 1e6 / result["rate"]
    named = [result.get(part, 0.0) / whole for part in ("environment", "forward", "update")]
    return f"| {title} | " + " | ".join(f"{x:.0%}" for x in (*named, 1 - sum(named))) + f" | {whole:.1f} |"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        return next(line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> None:
    """Measure and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=3, metavar=("WORK", "SYSTEM", "MEMBERS"))
    parser.add_argument("--quick", action="store_true", help="only populations of 1 and 8")
    parser.add_argument("--toy", action="store_true", help="work of seconds, whose figures mean nothing: does it run?")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if options.one:
        one(options.one[0], options.one[1], int(options.one[2]))
        return
    sizes = [8] if options.toy else [1, 8] if options.quick else [1, 4, 8, 32, 128]
    content = table(sizes, TOYS if options.toy else WORKS)
    print(content)
    if options.write:
        write_between_marks(options.write, "engines", content)


if __name__ == "__main__":
    main()
