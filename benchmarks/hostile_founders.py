"""What heredity makes of founders that mean harm: each kind of file given to each reader, one process for every case.

python -m benchmarks.hostile_founders [--write docs/reliability.md]

tests/agents/hostile.py and tests/agents/hostile_files.py make the files. A case is lost when it is accepted by whoever
has to refuse it, when anything but a HeredityError of one line comes out, when the process dies, or when it takes more
than a second of the processor or 500 MiB beyond what a sound founder takes; it is hung after 20 seconds.
"""

import itertools
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.outcomes import settle
from heredity.agents.agent import read_zipped, unpack
from heredity.agents.algorithms import build
from heredity.agents.founders import algorithm_of, read_founder, read_founders
from heredity.agents.kept import kept_digest
from heredity.errors import HeredityError
from heredity.evaluation.episodes import evaluate
from heredity.inheritance.fit import check_fit
from heredity.inheritance.heirs import inherit
from heredity.layout import normalizer_path
from heredity.study.inherit_rule import InheritRule
from tests.agents import hostile, hostile_files
from tests.agents.examples import CARTPOLE, FRESH, PPO

SECONDS, MEGABYTES, PATIENCE_SECONDS = 1.0, 500, 20
SIGNS = {0: "recovered", 1: "refused"}

Read = Callable[[Path], Any]


def checked(path: Path) -> None:
    """Read a founder as `heredity check` does: whether an heir could be made of it."""
    check_fit(build(PPO, CARTPOLE, 0, 0), PPO, read_founder(path), InheritRule().switches())


def born(path: Path, **rule: Any) -> None:
    """Make an heir of a founder with the study's algorithm, as the stage does."""
    inherit({"f": read_founder(path)}, CARTPOLE, InheritRule(**rule), population=1, seed=0, algorithm=PPO)


def born_alike(path: Path) -> None:
    """Make an heir of a founder with the founder's own algorithm, as a notebook does."""
    founder = read_founder(path)
    inherit({"f": founder}, CARTPOLE, InheritRule(), population=1, seed=0, algorithm=algorithm_of(founder))
    algorithm_of(founder)


def played(path: Path) -> None:
    """Let a founder play, as a champion, a reference and a parent's zero-shot do."""
    founder = read_founder(path)
    evaluate(founder, CARTPOLE, episodes=1, seed=0, algorithm=algorithm_of(founder))


def resumed(path: Path) -> None:
    """Build a model of a file of heredity's own to train it, as of an heir."""
    agent = read_zipped(path)
    unpack(agent, algorithm_of(agent), CARTPOLE, 0, 0)


READERS: dict[str, Read] = {
    "read_zipped": read_zipped,
    "founders": lambda path: read_founders([str(path)]),
    "check": checked,
    "inherit": born,
    "inherit, optimizer kept": lambda path: born(path, optimizer="keep"),
    "inherit, founder's algorithm": born_alike,
    "evaluate": played,
    "train": resumed,
}
OF_FOUNDERS = tuple(name for name in READERS if name not in ("read_zipped", "train"))
BUILDING = ("inherit, founder's algorithm", "evaluate", "train")


@dataclass(frozen=True)
class Kind:
    """Files of one kind: where each is put beside a sound model, and who has to refuse it; others may accept it."""

    name: str
    cases: Callable[[], Iterator[tuple[str, hostile.Maker]]]
    refusing: tuple[str, ...]
    place: Callable[[Path], Path] = Path
    readers: tuple[str, ...] = tuple(READERS)


KINDS = (
    Kind("a zip", hostile_files.zips, tuple(READERS)),
    Kind("tensors and optimizers of other types", hostile.tensors, tuple(READERS)),
    Kind("JSON in a zip", hostile.texts, tuple(READERS)),
    Kind("NaN and infinity", hostile.numbers, OF_FOUNDERS),
    Kind("optimizers of another kind", hostile.optimizers, ("inherit, optimizer kept", "train")),
    Kind("tensors of no policy", hostile.misfits, ("evaluate", "train")),
    Kind("heredity.json", hostile.accounts, BUILDING),
    Kind("data", hostile.descriptions, ("inherit, founder's algorithm", "evaluate")),
    Kind("a normalizer", hostile_files.normalizers, tuple(READERS), normalizer_path),
    Kind("a vecnormalize.pkl", hostile_files.statistics, OF_FOUNDERS, lambda path: path.parent / "vecnormalize.pkl"),
)


def measured(call: Callable[[], Any]) -> tuple[int, float, float]:
    """Run a call in a process of its own: its exit code (2 for what is no refusal), seconds and MiB that it took."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.close(reading)
        signal.alarm(PATIENCE_SECONDS)
        before = resource.getrusage(resource.RUSAGE_SELF)
        code = outcome(call)
        after = resource.getrusage(resource.RUSAGE_SELF)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        os.write(writing, f"{seconds} {(after.ru_maxrss - before.ru_maxrss) / 1024}".encode())
        os._exit(code)
    os.close(writing)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = os.read(reading, 100).decode().split()
    os.close(reading)
    return status, *(map(float, said) if said else (0.0, 0.0))


def outcome(call: Callable[[], Any]) -> int:
    """Return 0 for what is accepted, 1 for what is refused in one line, 2 for anything else, which is printed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a warning would be a second line
            call()
    except HeredityError as error:
        line = str(error)
        if os.environ.get("LINES"):
            print(f"    {line[:300]}", flush=True)
        return 1 if line.isprintable() and 0 < len(line) <= 2100 else 2
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        print(
            f"    {type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {str(error)[:200]}", flush=True
        )
        return 2
    return 0


def judged(read: Read, path: Path, sound: Sequence[float], must_refuse: bool) -> str:
    """Return the outcome of one case."""
    code, seconds, megabytes = measured(lambda: read(path))
    if code == -signal.SIGALRM:
        return "hung"
    if seconds > sound[0] + SECONDS or megabytes > sound[1] + MEGABYTES:
        print(f"    {seconds:.1f} s and {megabytes:.0f} MiB beside {sound[0]:.1f} s and {sound[1]:.0f} MiB", flush=True)
        return "lost"
    end = SIGNS.get(code, "lost")
    return "lost" if end == "recovered" and must_refuse else end


def cases(directory: Path, only: str) -> Iterator[tuple[str, str]]:
    """Give every file to every reader; yield kind and outcome."""
    path = directory / "model.zip"
    path.write_bytes(FRESH.model)
    sound = {}
    for name, read in READERS.items():
        read(path)  # once here, so that libraries are loaded
        code, *sound[name] = measured(lambda read=read: read(path))  # type: ignore[misc]
        if code:
            raise SystemExit(f"{name}: expected a sound founder to be accepted, got {code}")
    for kind in KINDS:
        for name, make in kind.cases():
            if only and only not in f"{kind.name}: {name}":
                continue
            path.write_bytes(FRESH.model)
            kind.place(path).write_bytes(make())
            for reader in kind.readers:
                end = judged(READERS[reader], path, sound[reader], must_refuse=reader in kind.refusing)
                if end in ("lost", "hung"):
                    print(f"  {kind.name}: {name}: {reader}: {end}", flush=True)
                yield kind.name, end
            kind.place(path).unlink()


def special(directory: Path) -> Iterator[tuple[str, str]]:
    """Put what is no file of a sensible size in the place of a model, of its statistics and of a model to be hashed."""
    path = directory / "model.zip"
    for place, reads in ((path, READERS.values()), (normalizer_path(path), READERS.values())):
        for make in (os.mkfifo, os.mkdir, lambda where: where.symlink_to("/dev/zero"), _sparse):
            path.unlink(missing_ok=True)
            path.write_bytes(FRESH.model)
            place.unlink(missing_ok=True)
            make(place)
            for read in (*reads, kept_digest):
                yield "pipes, devices and holes", judged(read, path, (SECONDS, 0.0), must_refuse=True)
            place.rmdir() if place.is_dir() else place.unlink()


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 3 << 30)


def main(
    only: Annotated[str, typer.Option(help="kinds and cases whose name has this in it")] = "",
    write: Annotated[Path | None, typer.Option(help="a document with marks for the table")] = None,
) -> None:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        others = [] if only else special(Path(directory, "special"))
        Path(directory, "special").mkdir()
        code = settle("hostile_founders", itertools.chain(cases(Path(directory), only), others), write)
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(code)


if __name__ == "__main__":
    typer.run(main)
