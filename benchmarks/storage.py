"""What keeping a generation costs in either form: zips, one for each member, or arrays of all.

Members of MiniGrid's DoorKey (147 inputs, 7 actions) with Adam's state, whose numbers are drawn: they are kept in a new
directory, read, and ten of them handed on as zips.

    python -m benchmarks.storage [--members 1024] [--write docs/performance.md]
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.documents import write_between_marks
from benchmarks.engines import WORKS
from heredity.agents.agent import Agent, fresh_agent, write_agents
from heredity.agents.stack import Stack, policy_weights
from heredity.agents.stored import keep_agents, read_agents
from heredity.study.sections import Algorithm

EXPORTED = 10


def members_of(count: int) -> dict[str, Agent]:
    """Return members that have learned, as an engine hands them on: as arrays."""
    work, rng = WORKS["doorkey"], np.random.default_rng(0)
    algorithm = Algorithm(name="PPO", n_envs=work.n_envs, hyperparameters=work.hyperparameters)
    first = fresh_agent(algorithm, work.task(), 0)
    drawn = [
        {name: rng.standard_normal((count, *each.shape), np.float32) for name, each in policy_weights(first).items()}
        for _ in range(3)
    ]
    steps = np.full(count, 300, np.float32)
    names = [f"m{index:04d}" for index in range(count)]
    stack = Stack.like(first, names, drawn[0], (drawn[1], drawn[2], steps), [{"seed": seed} for seed in range(count)])
    return {name: stack.agent(name) for name in names}


def row(count: int, *, as_arrays: bool) -> str:
    """Return a row of the table."""
    agents = members_of(count)
    with tempfile.TemporaryDirectory() as place:
        kept, exported = Path(place) / "models", Path(place) / "exported"
        kept.mkdir()
        writing = _seconds(lambda: keep_agents(kept, agents, as_arrays=as_arrays))
        files = [path for path in kept.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        some = list(agents)[:EXPORTED]
        exporting = _seconds(lambda: write_agents(exported, read_agents(kept, some)))
        reading = _seconds(lambda: [policy_weights(agent) for agent in read_agents(kept).values()])
    form = "arrays" if as_arrays else "zips"
    cells = f"{size / 1e6:,.0f} | {len(files):,} | {writing:.1f} | {reading:.1f} | {exporting:.2f}"
    return f"| {count:,} | {form} | {cells} |"


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def table(counts: list[int]) -> str:
    """Return both forms of every count as Markdown."""
    columns = f"MB | files | written, s | all weights read, s | {EXPORTED} exported, s"
    rows = [row(count, as_arrays=form) for count in counts for form in (False, True)]
    return "\n".join([f"| members | kept as | {columns} |", "|---" * 7 + "|", *rows])


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", nargs="+", type=int, default=[1024, 8192])
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    content = table(arguments.members)
    if arguments.write:
        write_between_marks(arguments.write, "storage", content)
    else:
        print(content)


if __name__ == "__main__":
    main()
