"""A generation as one program: its speed, its memory and what bounds it by how many members it has, on a GPU.

Every figure is measured in a process of its own. They compile side by side, and compute one after another. Where no
GPU is, nothing is measured, and what is written stays as it is.

    python -m benchmarks.devices [--write docs/performance.md] [--device cpu --members 8 --lineage 16]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.device_runs import EPISODES, RUNS, WORK
from benchmarks.documents import write_between_marks
from heredity.extras import visible_gpus

POPULATIONS = (8, 64, 512, 2048, 8192)
LARGE = 2048
"""Of which parts are told."""

SIDE_BY_SIDE = 8
"""Processes that compile at a time."""


def measured(device: str, cache: str, *words: str) -> dict[str, Any]:
    """Measure one figure in a process of its own, which keeps compiled programs in a directory; {} where it fails."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.devices", "--device", device, "--one", *words]
    environment = {**os.environ, "HEREDITY_CACHE": cache}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    told = done.stdout.splitlines()[-1] if done.returncode == 0 else "{}"
    print(*words, told[:400] if done.returncode == 0 else done.stderr[-2000:], file=sys.stderr, flush=True)
    result: dict[str, Any] = json.loads(told)
    return result


def one(device: str, what: str, *words: str) -> None:
    """Measure in this process and print JSON."""
    from heredity.agents.twins.compiling import computing_on

    with computing_on(device):  # type: ignore[arg-type]
        print(json.dumps(RUNS[what](device, *words)))


def figures(device: str, populations: Sequence[int], members: int) -> dict[Any, Any]:
    """Measure everything: cold and side by side, and then what compiling takes from the cache."""
    large = str(min(LARGE, populations[-1]))
    asked = [("rate", name, str(each)) for name in WORK for each in populations]
    asked += [("parts", name, large) for name in WORK]
    asked += [("lineage", str(members)), ("control", str(members)), ("cores", "8")]
    with tempfile.TemporaryDirectory() as cache, ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        futures = {words: threads.submit(measured, device, cache, *words) for words in asked}
        both = [threads.submit(measured, device, f"{cache}/{side}", "digests", "64") for side in ("one", "other")]
        told: dict[Any, Any] = {words: future.result() for words, future in futures.items()}
        told["digests"] = [future.result() for future in both]
        told["cached"] = measured(device, cache, "rate", "doorkey", large)
    return told


def tables(told: dict[Any, Any], populations: Sequence[int], members: int) -> str:
    """Return what was measured as Markdown; what failed is left out, and the command said why."""
    large, few = str(min(LARGE, populations[-1])), str(populations[0])
    lines = [*_rates(told, populations), "", *_parts(told, large), "", *_lineage(told, members)]
    cold, cached, cores = told["rate", "doorkey", large], told["cached"], told["cores", "8"]
    if cold and cached:
        lines.append(f"Compiling takes {cold['compiling']:.0f} s cold, {cached['compiling']:.1f} s from the cache.")
    if cores and all(told["rate", name, few] for name in WORK):
        ratios = ", ".join(f"{told['rate', name, few]['rate'] / cores[name]:.1f}× on {name}" for name in WORK)
        lines.append(f"{few} members against two cores of its processor: {ratios}.")
    if all(told["digests"]):
        mine, others = told["digests"]
        same, alone = mine["members"] == others["members"], mine["alone"] == mine["members"][-1]
        lines.append(
            f"Two processes that share nothing come to {'the same' if same else 'other'} bytes, a member alone in its "
            f"tile to {'the same' if alone else 'others'} as among 64."
        )
    return "\n".join(lines)


def _rates(told: dict[Any, Any], populations: Sequence[int]) -> list[str]:
    columns = " | ".join(f"{work.title}, member-steps/s | compiling, s | MiB a member" for work in WORK.values())
    lines = [f"| members | {columns} |", "|---" * (1 + 3 * len(WORK)) + "|"]
    for each in populations:
        rows = [told["rate", name, str(each)] for name in WORK]
        cells = [
            f"{row['rate']:,.0f} | {row['compiling']:.0f} | {row['memory'] / each / (1 << 20):.1f}" if row else " | | "
            for row in rows
        ]
        lines.append(f"| {each:,} | {' | '.join(cells)} |")
    return lines


def _parts(told: dict[Any, Any], members: str) -> list[str]:
    """Say what an iteration of many members is spent on, and how its update compares with its matrix products alone."""
    columns = "iteration, ms | update | rollout | rest | update, TFLOP/s | its products alone | share"
    lines = [f"| {int(members):,} members | {columns} |", "|---" * 8 + "|"]
    for name, work in WORK.items():
        part, whole = told["parts", name, members], told["rate", name, members]
        if part and whole:
            visits = work.rollout_steps // work.hyperparameters["batch_size"] * work.hyperparameters["n_epochs"]
            rest = whole["iteration"] - part["rollout"] - part["update"]
            times = (whole["iteration"], part["update"], part["rollout"], rest)
            speeds = visits * part["flops"] / part["update"] / 1e12, part["flops"] / part["products"] / 1e12
            lines.append(
                f"| {work.title} | {' | '.join(f'{time * 1e3:.1f}' for time in times)} | {speeds[0]:.1f} | "
                f"{speeds[1]:.1f} | {speeds[0] / speeds[1]:.0%} |"
            )
    return lines


def _lineage(told: dict[Any, Any], members: int) -> list[str]:
    whole, control = told["lineage", str(members)], told["control", str(members)]
    if not whole or not control:
        return []
    spent = ", ".join(f"{part} {whole[part]:.1f} s" for part in ("heirs", "training", "evaluation", "gate"))
    reached = "; ".join(
        f"{env}: {row['reached']:,}, median {row['median']:,} steps" for env, row in whole["told"].items()
    )
    return [
        f"A lineage of {members:,} members, with gates of {EPISODES} episodes each, takes {whole['whole']:.1f} s once "
        f"it is compiled ({spent}). Reached 0.9: {reached}. As many from random weights on DoorKey 8×8, within 400,000 "
        f"steps: {control['seconds']:.1f} s, {control['reached']:,} reached it.",
        "",
    ]


def title(device: str) -> str:
    """Return what is measured on."""
    import jax

    from heredity.agents.twins.compiling import computing_on

    with computing_on(device):  # type: ignore[arg-type]
        return f"One {jax.devices(device)[0].device_kind}, JAX {jax.__version__}, Python {sys.version.split()[0]}."


def main() -> None:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs="+", metavar="WORD")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--members", nargs="+", type=int, default=POPULATIONS)
    parser.add_argument("--lineage", type=int, default=1024)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments.device, *arguments.one)
        return
    if arguments.device == "cuda" and not visible_gpus():
        print("benchmarks.devices: expected a GPU, got none; nothing is measured, and the table stays as it is")
        return
    told = figures(arguments.device, arguments.members, arguments.lineage)
    content = f"{title(arguments.device)}\n\n{tables(told, arguments.members, arguments.lineage)}"
    if arguments.write:
        write_between_marks(arguments.write, "devices", content)
    else:
        print(content)


if __name__ == "__main__":
    main()
