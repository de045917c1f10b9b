"""What a study survives: it is killed, starved, corrupted and crowded, then finished by the same command.

python -m benchmarks.faults [--kills 100] [--seed 0] [--write docs/reliability.md]

Every case ends in one of: recovered (the same command ends with the bytes of a study that nothing happened to), refused
(one line names the trouble; with that mended the same command ends with those bytes), or lost (anything else).
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import chain, cycle
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import typer

from benchmarks.campaign import (
    DVC,
    FLOW,
    INTERRUPT_SECONDS,
    PATIENCE_SECONDS,
    Campaign,
    family,
    kill,
    remedy,
    run,
    running,
    said_by,
    stage_at_work,
    stored,
    wait_for,
    words_of,
)
from benchmarks.documents import write_between_marks
from benchmarks.surroundings import Disk, hanging_tracker, prefect_server, small_disk
from tests.projects import Project

PER_STUDY = 40
"""Kills after which a study that is still not whole is finished and looked at."""


def kills(campaign: Campaign, count: int) -> Iterator[tuple[str, str]]:
    """SIGKILL everything at random instants, again and again, until the study is whole; then the next study."""
    done = 0
    while done < count:
        project, pending, over = campaign.fresh(), list[str](), False
        while not over and len(pending) < min(PER_STUDY, count - done):
            door = campaign.doors[int(campaign.rng.integers(len(campaign.doors)))]
            with running(project, door) as process:
                longest = campaign.seconds * (4 + len(pending)) / 32  # grows, so that the last stages have their turn
                deadline = time.monotonic() + campaign.rng.uniform(0, longest)
                wait_for(lambda until=deadline: time.monotonic() > until, process)
                over = process.poll() is not None
                if not over:
                    pending.append(f"{'Prefect' if door == FLOW else 'DVC'}, {stage_at_work(process, project)}")
        door = campaign.doors[done % len(campaign.doors)]
        code, said = run(project, door)
        outcome = campaign.outcome(project, code, said, partial(remedy, project, said), door)
        *before, last = pending or [""]
        yield from ((f"SIGKILL: {where}", "lost" if outcome == "lost" else "recovered") for where in before)
        if last:
            yield f"SIGKILL: {last}", outcome
        done += len(pending)
        shutil.rmtree(project.path)


def interrupts(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Ctrl-C in the middle of a training: over within seconds, with the command to go on."""
    for door in campaign.doors:
        project = campaign.fresh()
        with running(project, door) as process:
            wait_for(partial(stored, project), process)
            kill(process, signal.SIGINT)
            started = time.monotonic()
            wait_for(lambda since=started: time.monotonic() > since + 2 * INTERRUPT_SECONDS, process)
            seconds, code = time.monotonic() - started, process.poll()
        said = said_by(project)
        prompt = code is not None and seconds < INTERRUPT_SECONDS and "to go on:" in said and "Traceback" not in said
        if not prompt:
            print(f"    {door}: code {code} after {seconds:.1f} s, said {said[-1500:]}")
        yield "Ctrl-C in a training", "recovered" if prompt and campaign.finished(project, door) else "lost"


def worker_killed(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """One worker process is killed, as the kernel does when memory runs out."""
    for door in campaign.doors:
        project = campaign.fresh()

        def worker(process: subprocess.Popen[str], at: Project = project) -> psutil.Process | None:
            workers = [child for child in family(process) if any("spawn_main" in word for word in words_of(child))]
            return max(workers, key=lambda child: child.cpu_times().user) if stored(at) and workers else None

        with running(project, door) as process:
            victim = wait_for(lambda alive=process: worker(alive), process)
            if victim:
                victim.kill()
            process.wait(PATIENCE_SECONDS)
            code = process.returncode
        yield "a worker killed (out of memory)", campaign.outcome(project, code, said_by(project), lambda: None, door)


def disks(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """A disk that fills while a study runs, at several sizes, and one that turns read-only."""
    with small_disk(campaign.directory / "disk", megabytes=96) as disk:
        if disk is None:
            print("  no small disk can be mounted here (it takes root); left out")
            return
        for kilobytes, door in zip((40, 100, 150, 400, 800, 1600), cycle(campaign.doors)):
            project = campaign.fresh(disk.path)
            disk.fill(leaving_kilobytes=kilobytes)
            code, said = run(project, door)
            yield "a disk that fills", campaign.outcome(project, code, said, partial(_emptied, disk, project), door)
            shutil.rmtree(project.path)
        for door in campaign.doors:
            project = campaign.fresh(disk.path)
            with running(project, door) as process:
                wait_for(partial(stored, project), process)
            disk.read_only(True)
            code, said = run(project, door)
            yield "a read-only directory", campaign.outcome(project, code, said, lambda: disk.read_only(False), door)


def _emptied(disk: Disk, project: Project) -> None:
    """Make room again, and do what the document says where DVC was left without any while it wrote."""
    disk.empty()
    remedy(project, run(project, ("dvc", "status"))[1])


def corruptions(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Bits flip, and files end early, in whatever an interrupted study has written so far."""
    patterns = {
        "hand-out": "study/**/*.json",
        "checkpoint": ".heredity/members/*.zip",
        "model": "lineage/*/models/*.zip",
        "heir": "lineage/*/heirs/*.zip",
        "curve": "lineage/*/curves.csv",
        "pedigree": "lineage/*/heirs/pedigree.json",
        "lock": "dvc.lock",
    }
    half = campaign.fresh()
    with running(half, DVC) as process:  # until the second generation, or its control, trains: all are there
        wait_for((half.path / "lineage/second/heirs").exists, process)
        before = stored(half)
        wait_for(lambda: stored(half) - before, process)
    for what, pattern in patterns.items():
        for how in (_flipped, _truncated):
            project = campaign.copy(half)
            for path in sorted(project.path.glob(pattern)):
                path.write_bytes(how(path.read_bytes(), campaign.rng))
            code, said = run(project, DVC)
            lock = project.path / "dvc.lock"
            mend = (lambda at=lock: at.unlink()) if what == "lock" and code else (lambda: None)
            yield f"a damaged {what}", campaign.outcome(project, code, said, mend)
            shutil.rmtree(project.path)


def _flipped(content: bytes, rng: np.random.Generator) -> bytes:
    damaged = bytearray(content)
    damaged[int(rng.integers(len(damaged)))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def _truncated(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(len(content)))]


def clocks(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """The clock jumps: every file is suddenly from another decade."""
    for years in (-10, 10):
        project = campaign.fresh()
        with running(project, DVC) as process:
            wait_for(lambda at=project: (at.path / "lineage/second/heirs").exists(), process)
        moment = time.time() + years * 365 * 86400
        for path in project.path.rglob("*"):
            if ".git" not in path.parts and not path.is_symlink():
                os.utime(path, (moment, moment))
        yield "a clock that jumps", "recovered" if campaign.finished(project) else "lost"


def two_doors(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Both doors are opened on one study at the same time; one may refuse."""
    project = campaign.fresh()
    with running(project, campaign.doors[0]) as first:
        code, said = run(project, campaign.doors[-1])
        first.wait(PATIENCE_SECONDS)
        worst = max((code, said), (first.returncode, said_by(project)), key=lambda ended: abs(ended[0]))
    yield "two doors at once", campaign.outcome(project, *worst, lambda: None)


def tracker(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """The tracker's endpoint takes connections and never answers."""
    project = campaign.fresh()
    with hanging_tracker() as environment:
        code, said = run(project, DVC, **environment)
    yield "a tracker that hangs", campaign.outcome(project, code, said, lambda: None)


CASES = (interrupts, worker_killed, disks, corruptions, clocks, two_doors, tracker)


def campaign_table(tally: Counter[tuple[str, str]]) -> list[str]:
    """Return the table, a row per fault."""
    outcomes = ("recovered", "refused", "lost")
    rows = ["| fault | tried | recovered | refused clearly | lost |", "|---|---:|---:|---:|---:|"]
    for fault in sorted({fault for fault, _ in tally}):
        counts = [tally[fault, outcome] for outcome in outcomes]
        rows.append(f"| {fault} | {sum(counts)} | {' | '.join(map(str, counts))} |")
    totals = [sum(count for (_, outcome), count in tally.items() if outcome == wanted) for wanted in outcomes]
    return [*rows, f"| **all** | {sum(totals)} | {' | '.join(map(str, totals))} |"]


def main(
    count: Annotated[int, typer.Option("--kills")] = 100,
    seed: int = 0,
    only: Annotated[str | None, typer.Option(help="kills, or the name of another case")] = None,
    write: Annotated[Path | None, typer.Option(help="a document with marks for the table")] = None,
) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored, by children too
    cases = {"kills": partial(kills, count=count), **{case.__name__: case for case in CASES}}
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["PREFECT_API_URL"] = stack.enter_context(prefect_server(directory / "prefect"))
        campaign = Campaign.of_both_doors(directory, np.random.default_rng(seed))
        print(f"a study takes {campaign.seconds:.0f} s", flush=True)

        def ends(name: str) -> list[tuple[str, str]]:
            found = []
            try:
                for fault, outcome in cases[name](campaign.apart(name, seed)):
                    print(f"  {fault}: {outcome}", flush=True)
                    found.append((fault, outcome))
            except Exception:  # a command that hangs, among others
                traceback.print_exc()
                found.append((name, "lost"))
            return found

        chosen = [name for name in cases if only in (None, name)]
        tally = Counter(chain.from_iterable(stack.enter_context(ThreadPoolExecutor(2)).map(ends, chosen)))
    table = campaign_table(tally)
    print("\n".join(table))
    if write:
        write_between_marks(write, "faults", "\n".join(table))
    sys.exit(1 if any(outcome == "lost" for _, outcome in tally) else 0)


if __name__ == "__main__":
    typer.run(main)
