"""Whether the twins that come with heredity are equal to their originals: steps one by one, first states by χ² tests.

    python -m benchmarks.twins [--steps 10000] [--resets 2000] [--write docs/twins.md]

A row is an environment's class, of which every id that Gymnasium has and that has a twin is proved; Holm's adjustment
is over all tests of a row. Ids of gymnax and Brax are left out: their twins are the same functions.
"""

import argparse
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import gymnasium
import minigrid  # noqa: F401  registers its ids
import numpy as np

import heredity.agents.twins.compiling  # noqa: F401  sets JAX up
from benchmarks.documents import write_between_marks
from heredity.agents.task import Task
from heredity.agents.twins.conformance import ResetReport, StepReport, prove_resets, prove_steps
from heredity.agents.twins.registry import seen_as_twin, why_no_twin

HEAD = (
    "| environments | equal to the | steps | terminated, truncated | observations apart | rewards apart | resets "
    "| tests | smallest p |",
    "|---|---|---|---|---|---|---|---|---|",
)
PICK_UP, TOGGLE = 3, 5
USEFUL = {"key": PICK_UP, "ball": PICK_UP, "box": PICK_UP, "door": TOGGLE}


def families() -> list[list[Task]]:
    """Return the tasks that have a twin, those of one class together."""
    specs = sorted(gymnasium.registry.values(), key=lambda spec: str(spec.entry_point))
    grouped = [[seen_as_twin(Task(spec.id)) for spec in own] for _, own in groupby(specs, lambda s: str(s.entry_point))]
    return [own for tasks in grouped if (own := [task for task in tasks if why_no_twin(task) is None])]


def curious(env: gymnasium.Env[Any, Any], random: np.random.Generator) -> Any:
    """Draw an action; in MiniGrid take what lies ahead, or open it, every other time."""
    world = env.unwrapped
    if hasattr(world, "front_pos"):
        ahead = world.grid.get(*world.front_pos)
        if ahead is not None and ahead.type in USEFUL and random.random() < 0.5:
            return USEFUL[ahead.type]
    return env.action_space.sample()


def row(steps: Sequence[StepReport], resets: Sequence[ResetReport]) -> str:
    """Return one row of the table. Raises RuntimeError where a twin of it is not equal."""
    for report in (*steps, *resets):
        if not report.equal:
            raise RuntimeError(str(report))
    first, *others = (report.task for report in steps)
    many = sum(report.steps for report in steps)
    ended, cut = (sum(getattr(report, name) for report in steps) for name in ("terminated", "truncated"))
    apart = [max(report.apart[part] for report in steps) for part in ("observation", "reward")]
    tests = sum(len(report.p_values) for report in resets)
    least = min(1.0, tests * min(min(report.p_values.values(), default=1.0) for report in resets))
    named = f"{first} and {len(others)} more" if others else first
    return (
        f"| {named} | {steps[0].equality} | {many:,} | {ended:,}, {cut:,} "
        f"| {apart[0]:.2g} | {apart[1]:.2g} | {sum(report.resets for report in resets):,} | {tests} | {least:.2g} |"
    )


def main() -> None:
    """Prove and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000, help="of every id")
    parser.add_argument("--resets", type=int, default=2000, help="of every id")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    rows = list(HEAD)
    for tasks in families():
        steps = [prove_steps(task, options.steps, 0, curious) for task in tasks]
        rows.append(row(steps, [prove_resets(task, options.resets, 0) for task in tasks]))
        print(rows[-1], flush=True)
    if options.write:
        write_between_marks(options.write, "twins", "\n".join(rows))


if __name__ == "__main__":
    main()
