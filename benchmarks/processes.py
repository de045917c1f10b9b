"""What becomes of processes: their parents end, signals come, terminals close, orphans sleep and wake.

python -m benchmarks.processes [--rounds 1] [--seed 0] [--only orphans] [--write docs/reliability.md]

A case is recovered where nothing of the study is at work some seconds later, what was said has no traceback, and the
same command ends with the bytes of a study that nothing happened to; hung where something is left.
"""

import os
import pty
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import psutil
import typer

from benchmarks.campaign import (
    DVC,
    FLOW,
    PATIENCE_SECONDS,
    Campaign,
    digests,
    family,
    kill,
    run,
    running,
    said_by,
    stored,
    study,
    wait_for,
    words_of,
)  # fmt: skip
from benchmarks.outcomes import settle
from benchmarks.surroundings import prefect_server
from tests.projects import Project, make_project

END_SECONDS = 15
"""How long what was started may take to be gone; on a busy machine a process that looks twice a second is late."""

TRAIN = ("dvc", "repro", "train@first")
ALONE = (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP)
TOGETHER = ((signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGINT, 3), (signal.SIGTERM, 1), (signal.SIGHUP, 1))
COMMANDS = (("check",), ("tree",), ("show",), ("verify", "first", "m00"))
SMALL = """
import subprocess, sys, time
from heredity.lifetime import unwinding
left = subprocess.Popen(["sleep", "600"])
print(left.pid, flush=True)
with unwinding("interrupted; small"):
    print("ready", flush=True)
    while True:
        try:
            time.sleep(0.001)
        finally:
            sum(range(100_000))
"""


def one_generation() -> dict[str, Any]:
    """Return a study with two checkpoints and more per training, and as few stages as there can be."""
    content = study() | {"population": 2, "control": {"generations": [], "budget": "lineage"}}
    content["generations"] = {"first": content["generations"]["first"]}
    return content


def at_work(project: Project) -> list[psutil.Process]:
    """Return the processes that work in a project, whoever their parents are."""
    working = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(process.cwd()) == project.path and process.status() != psutil.STATUS_ZOMBIE:
                working.append(process)
    return working


def judged(campaign: Campaign, project: Project, said: str, door: tuple[str, ...] | None = DVC) -> str:
    """Return what became of a project some seconds after something was done to its processes; None: finish it not."""
    deadline = time.monotonic() + END_SECONDS
    while (left := at_work(project)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in left:
        print(f"    left: {words_of(process)}")
        with suppress(psutil.Error):
            process.kill()
    if left:
        return "hung"
    if "Traceback" in said:
        print(said[-2000:])
        return "lost"
    return "recovered" if door is None or campaign.finished(project, door) else "lost"


def stages(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the stages that a door has at work, once they have begun to listen."""
    now = time.time()
    working = [each for each in family(process) if any(word.startswith("stages.") for word in words_of(each))]
    return [each for each in working if now - each.create_time() > 0.5]


def parents(campaign: Campaign, rounds: int) -> Iterator[tuple[str, str]]:
    """DVC alone is ended at random instants, again and again, and the study finished at the end."""
    for _ in range(rounds):
        project = campaign.fresh()
        for number in ALONE:
            with running(project, DVC) as process:
                wait_for(partial(stages, process), process)
                time.sleep(campaign.rng.uniform(0, campaign.seconds / 6))
                process.send_signal(number)
                process.wait(PATIENCE_SECONDS)
                yield f"dvc repro is ended by {number.name}", judged(campaign, project, said_by(project), None)
        yield "finished afterwards", judged(campaign, project, "")


def signals(campaign: Campaign, rounds: int) -> Iterator[tuple[str, str]]:
    """Signals come to all that a door has started, once or several times."""
    for door in campaign.doors:
        for _ in range(rounds if door == DVC else 1):
            project = campaign.fresh()
            for number, times in TOGETHER:
                with running(project, door) as process:
                    wait_for(partial(stored if door == FLOW else stages, project if door == FLOW else process), process)
                    time.sleep(campaign.rng.uniform(0, campaign.seconds / 8))
                    for _ in range(times):
                        kill(process, number)
                        time.sleep(0.05)
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(END_SECONDS)
                    name = f"{' '.join(door)}: {number.name}{f', {times} times' * (times > 1)}"
                    yield name, judged(campaign, project, said_by(project), None)
            yield "finished afterwards", judged(campaign, project, "", door)


def terminals(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """The terminal that a door was typed in is closed."""
    for door in campaign.doors:
        project = campaign.fresh()
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["sh", "-c", f"{' '.join(door)}; true"], cwd=project.path, env=project.environment, stdin=theirs,
            stdout=theirs, stderr=theirs, text=True, start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # which makes it the session's terminal
        )  # fmt: skip
        os.close(theirs)
        os.set_blocking(ours, False)

        def checkpointed(at: Project = project, terminal: int = ours) -> bool:
            with suppress(BlockingIOError, OSError):
                os.read(terminal, 1 << 16)  # which nobody else reads, and whoever writes would wait
            return bool(stored(at))

        wait_for(checkpointed, process)
        started = family(process)
        os.close(ours)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
        # The shell ends before its children, whose new parent has to wait for them: DVC takes one that is dead, and not
        # waited for, for alive.
        psutil.wait_procs(started, END_SECONDS)
        yield f"{' '.join(door)}: its terminal is closed", judged(campaign, project, "", door)
        process.wait()


def stops(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """All of it is stopped and goes on, as with Ctrl-Z and `fg`."""
    project = campaign.fresh()
    with running(project, DVC) as process:
        wait_for(partial(stored, project), process)
        for _ in range(5):
            kill(process, signal.SIGSTOP)
            time.sleep(1)
            kill(process, signal.SIGCONT)
            time.sleep(campaign.rng.uniform(0, 1))
        process.wait(PATIENCE_SECONDS)
    different = process.returncode or digests(project) != campaign.expected
    yield "stopped and let go on", "lost" if different else judged(campaign, project, said_by(project), None)


def orphans(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """A stage sleeps, DVC is killed, the edited study is trained anew beside it, and then it wakes."""
    for waking in ("meanwhile", "afterwards"):
        project = campaign.fresh()
        with running(project, TRAIN) as process:
            wait_for(partial(stored, project), process)
            asleep = family(process)
            for each in asleep:
                each.suspend()
            process.kill()
            process.wait()
            project.replace("params.yaml", "seed: 0", "seed: 1")
            with subprocess.Popen(TRAIN, cwd=project.path, env=project.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as second:  # fmt: skip  # noqa: E501
                if waking == "afterwards":
                    second.wait(PATIENCE_SECONDS)
                before = digests(project)
                for each in asleep:
                    with suppress(psutil.Error):
                        each.resume()
                psutil.wait_procs(asleep, timeout=END_SECONDS)
                second.wait(PATIENCE_SECONDS)
        whole = second.returncode == 0 and "up to date" in run(project, ("dvc", "status", TRAIN[-1]))[1]
        unchanged = waking == "meanwhile" or digests(project) == before
        outcome = judged(campaign, project, "", None)
        yield f"an orphan that slept wakes {waking}", outcome if whole and unchanged else "lost"


def commands(campaign: Campaign, rounds: int) -> Iterator[tuple[str, str]]:
    """Signals come to commands of the command line at random instants."""
    project = campaign.fresh()
    run(project, DVC)
    for words in COMMANDS:
        command = (sys.executable, "-m", "heredity.cli", *words)
        began = time.monotonic()
        _, quiet = run(project, command)
        seconds = time.monotonic() - began
        for (number, times), _ in zip(TOGETHER * rounds, range(5 * rounds), strict=False):
            with running(project, command) as process:
                time.sleep(0.3 + campaign.rng.uniform(0, seconds))
                for _ in range(times):
                    kill(process, number)
                    time.sleep(0.02)
                process.wait(PATIENCE_SECONDS)
                said = [line for line in said_by(project).splitlines() if line.startswith("interrupted;")]
                ended = process.returncode == 0 or (process.returncode == 128 + number and len(said) == 1)
                # All was said, and Python had taken its handlers away to end: the shell's exit code is the same.
                ended |= process.returncode == -number and sorted(quiet.splitlines()) == sorted(
                    said_by(project).splitlines()
                )
                if not ended:
                    print(f"    {process.returncode} {said_by(project)[-1000:]}")
                outcome = judged(campaign, project, said_by(project), None)
                yield f"heredity {words[0]}: {number.name}", outcome if ended else "lost"


def small(campaign: Campaign, count: int) -> Iterator[tuple[str, str]]:
    """A program of three lines is signalled in the midst of exceptions, many times."""
    for index in range(count):
        number = TOGETHER[index % len(TOGETHER)][0]
        with subprocess.Popen([sys.executable, "-c", SMALL], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # fmt: skip  # noqa: E501
            assert process.stdout
            left = psutil.Process(int(process.stdout.readline()))
            process.stdout.readline()
            for pause in campaign.rng.uniform(0, 0.01, int(campaign.rng.integers(1, 6))):
                time.sleep(pause)
                process.send_signal(number)
            _, said = process.communicate(timeout=PATIENCE_SECONDS)
        ended = (process.returncode, said) == (128 + number, "interrupted; small\n")
        yield f"a program of three lines: {number.name}", "recovered" if ended and not left.is_running() else "lost"


def main(
    rounds: int = 1,
    seed: int = 0,
    only: Annotated[str | None, typer.Option(help="the name of a case")] = None,
    write: Annotated[Path | None, typer.Option(help="a document with marks for the table")] = None,
) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored, by children too
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        if only in (None, "signals", "terminals"):
            os.environ["PREFECT_API_URL"] = stack.enter_context(prefect_server(Path(name) / "prefect"))
        new = make_project(Path(name) / "new")
        new.write(one_generation())
        campaign = Campaign(Path(name), np.random.default_rng(seed), new, {}, 0.0, (DVC, FLOW))
        quiet, started = campaign.fresh(), time.monotonic()
        quiet.run(*DVC)
        campaign.seconds, campaign.expected = time.monotonic() - started, digests(quiet)
        print(f"a study takes {campaign.seconds:.0f} s", flush=True)
        cases = {
            "small": partial(small, campaign, 100 * rounds), "commands": partial(commands, campaign, rounds),
            "parents": partial(parents, campaign, rounds), "signals": partial(signals, campaign, rounds),
            "terminals": partial(terminals, campaign), "stops": partial(stops, campaign),
            "orphans": partial(orphans, campaign),
        }  # fmt: skip
        chosen = (case() for name, case in cases.items() if only in (None, name))
        code = settle("processes", chain.from_iterable(chosen), write)
    sys.exit(code)


if __name__ == "__main__":
    typer.run(main)
