"""What orchestration costs: seconds per shard and per stage of trivial work, with the Prefect server already up.

python -m benchmarks.orchestration [--executor processes] [--shards 10] [--shards 100] [--shards 1000] [--write FILE]
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Semaphore
from typing import Annotated, cast

import typer
from prefect import flow

from benchmarks.documents import write_between_marks
from benchmarks.nothing import Nothing, nothing
from heredity.orchestration.dvc_lock import DvcLock
from heredity.orchestration.executors import Executor, Kind, bare_spawn, open_executor
from heredity.orchestration.server import need_server
from heredity.orchestration.session import Session
from heredity.orchestration.stage import parallel_map
from heredity.workers import map_in_processes


def measured(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def project(path: Path) -> Path:
    """Make a DVC project of one stage that copies nothing into a file."""
    path.mkdir()
    (path / "given.txt").write_text("0")
    (path / "dvc.yaml").write_text("stages: {only: {cmd: 'true', deps: [given.txt], outs: [made.txt]}}\n")
    for command in (("git", "init", "-q"), ("dvc", "init", "-q")):
        subprocess.run(command, cwd=path, check=True)
    return path


def shard_seconds(root: Path, executor: Executor, count: int) -> float:
    """Return the seconds that `count` trivial shards take as task runs of one flow, its own start left out."""
    items = [Nothing(f"m{index:04d}") for index in range(count)]
    seconds = 0.0

    @flow(name="orchestration")
    def alone() -> None:
        nonlocal seconds
        with DvcLock(root) as dvc_lock:
            session = Session(dvc_lock, executor, Semaphore(executor.size))
            with session.code_lock:
                seconds = measured(lambda: parallel_map(session, "work", nothing, items))

    alone()
    return seconds


def stage_seconds(root: Path) -> dict[str, float]:
    """Return the seconds that recording one trivial stage takes in each outcome, beside `dvc repro` on the same."""

    def work(_: str) -> None:
        Path("made.txt").write_text(Path("given.txt").read_text())

    def given(text: str) -> None:
        (root / "given.txt").write_text(text)

    seconds = {}
    with DvcLock(root) as dvc_lock:
        for outcome, text in (("ran", "0"), ("skipped", "0"), ("ran", "1"), ("restored", "0")):
            given(text)
            seconds[f"flow, {outcome}"] = measured(lambda: dvc_lock.record("only", work))
    seconds["dvc repro, nothing to do"] = measured(
        lambda: subprocess.run(("dvc", "repro", "-q"), cwd=root, check=True, stdout=subprocess.DEVNULL)
    )
    return seconds


def tables(kinds: list[str], shards: list[int]) -> Iterator[str]:
    """Measure everything, row by row of the two tables."""
    yield from ("| door | shards | seconds | ms per shard |", "|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as directory, bare_spawn():
        root = project(Path(directory) / "project")
        for count in shards:
            items = [Nothing(str(index)) for index in range(count)]
            yield row("dvc repro (process pool)", count, measured(lambda items=items: map_in_processes(nothing, items)))
        for kind in kinds:
            with open_executor(cast(Kind, kind)) as opened:
                opened.run(nothing, Nothing("warm"))
                for count in shards:
                    yield row(f"flow, {kind}", count, shard_seconds(root, opened, count))
        yield from ("", "| one stage | seconds |", "|---|---:|")
        for name, seconds in stage_seconds(root).items():
            yield f"| {name} | {seconds:.2f} |"


def row(door: str, count: int, seconds: float) -> str:
    return f"| {door} | {count} | {seconds:.2f} | {1000 * seconds / count:.1f} |"


def main(
    executor: Annotated[list[str], typer.Option(help="processes, dask or ray")] = ["processes"],  # noqa: B006
    shards: Annotated[list[int], typer.Option()] = [10, 100, 1000],  # noqa: B006
    write: Annotated[Path | None, typer.Option(help="a document with marks for the tables")] = None,
) -> None:
    need_server()
    lines = []
    for line in tables(executor, shards):
        print(line, flush=True)
        lines.append(line)
    if write:
        write_between_marks(write, "orchestration", "\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
