"""What the host does while a tile of members learns on a GPU, which is to be less than the GPU does; without one.

python -m benchmarks.tile_host [--members 1024] [--tile 512] [--write docs/performance.md]

The loop of heredity/training/cohort/tile_engine.py runs with a device that answers at once: members of DoorKey, whose
iterations are of 1,024 steps, in which many or few episodes end. Two lengths of training tell what an iteration of a
member takes from what a member takes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import jax
import numpy as np
import typer

from benchmarks.device_runs import SIZES, WORK, settings
from benchmarks.documents import write_between_marks
from heredity.inheritance.fresh import fresh_heirs
from heredity.training.cohort import tile_engine
from heredity.training.cohort.tile import Row
from heredity.training.curves import CurveRow
from heredity.training.shard import Shard

LENGTHS, REPEATS = (20, 60), 4
"""Iterations of a training; of each the first loads what it needs, and others are disturbed."""

EPISODES = {"68, as of members that have learned": 68, "5, as of members that begin": 5}
"""That end in an iteration of a member."""


class Device:
    """A tile whose members come to their end after so many iterations, of which each tells of so many episodes."""

    def __init__(self, tile: int, iterations: int, episodes: int) -> None:
        self.tile, self.iterations, rng = tile, iterations, np.random.default_rng(0)
        steps = WORK["doorkey"].rollout_steps // WORK["doorkey"].n_envs
        self.taken, self.seated = np.zeros(tile, int), np.zeros(tile, bool)
        shape = (tile_engine.ITERATIONS, tile)
        ended = rng.random((*shape, steps, WORK["doorkey"].n_envs))
        told = {"ended": np.where(ended < episodes / ended[0, 0].size, ended, np.nan).astype(np.float32)}
        told |= {"lengths": np.full(ended.shape, 15, np.int32), "episodes": np.full(shape, 100, np.int32)}
        told |= {"statistics": rng.random((*shape, 6)).astype(np.float32)}
        told |= {name: np.ones(shape, bool) for name in ("reached", "finite")}
        self.told = {name: rng.random(shape).astype(np.float32) for name in Row._fields} | told

    def advance(self, *_: Any) -> Callable[..., Any]:
        """Return what stands for the compiled program."""

        def answer(_: Any, places: Any, *__: Any) -> Any:
            active = np.repeat(self.seated[None], tile_engine.ITERATIONS, 0)
            self.taken += self.seated * tile_engine.ITERATIONS
            self.seated &= self.taken < self.iterations
            goes_on = np.repeat(self.seated[None], tile_engine.ITERATIONS, 0)
            return places, Row(**self.told | {"active": active, "goes_on": goes_on})

        return answer

    def put(self, places: Any, rows: Any, _: Any) -> Any:
        """Seat members."""
        mine = rows[rows < self.tile]
        self.taken[mine], self.seated[mine] = 0, True
        return places


@contextmanager
def answering(device: Device) -> Iterator[None]:
    """Let the engine's loop have this device in the block."""
    take = lambda learned, rows: jax.tree.map(lambda leaf: np.asarray(leaf)[rows], learned)  # noqa: E731
    untrained = lambda _, members: [CurveRow(0, None, None, None, None, 0)] * len(members)  # noqa: E731
    parts = {"_advance": device.advance, "_put": device.put, "_take": take, "untrained_rows": untrained}
    with ExitStack() as patched:
        for name, part in parts.items():
            patched.enter_context(patch.object(tile_engine, name, part))
        yield


def seconds(members: int, tile: int, iterations: int, episodes: int) -> float:
    """Return what a training takes, the shortest of REPEATS."""
    task, algorithm, train = settings(WORK["doorkey"], "cpu", tile, SIZES[0])
    heirs = fresh_heirs(task, algorithm, members, seed=3)
    shard = Shard("bench", "inherited", task, algorithm, train, 10**9, 20, tuple(heirs))
    taken = []
    for _ in range(REPEATS):
        with answering(Device(tile, iterations, episodes)):
            began = time.perf_counter()
            trained = tile_engine.train_tile(shard, lambda _: None, None)
            taken.append(time.perf_counter() - began)
        assert all(len(each.curve) == iterations + 1 for each in trained)
    return min(taken)


def table(members: int, tile: int) -> str:
    """Measure, and return a table."""
    columns = "episodes in an iteration", "host, µs", "member-steps/s that it keeps up with", "and per member, ms"
    rows = [f"| {' | '.join(columns)} |", "|---|---|---|---|"]
    for said, episodes in EPISODES.items():
        short, long = (seconds(members, tile, iterations, episodes) / members for iterations in LENGTHS)
        iteration = (long - short) / (LENGTHS[1] - LENGTHS[0])
        bound, member = WORK["doorkey"].rollout_steps / iteration / 1e6, short - LENGTHS[0] * iteration
        rows.append(f"| {said} | {1e6 * iteration:.0f} | {bound:,.0f} M | {1e3 * member:.1f} |")
    return "\n".join(rows)


def main(
    members: int = 1024,
    tile: int = 512,
    write: Annotated[Path | None, typer.Option(help="a document with marks for the table")] = None,
) -> None:
    found = table(members, tile)
    print(found)
    if write:
        write_between_marks(write, "tile host", found)


if __name__ == "__main__":
    typer.run(main)
