"""A small study, how to run it and do things to it, and whether what came out is what a quiet run gives."""

import compileall
import copy
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests.examples import TINY
from tests.projects import Project, make_project

DVC, FLOW = ("dvc", "repro"), ("python", "-m", "flows.study")
PATIENCE_SECONDS = 600
INTERRUPT_SECONDS = 5
TRACKED = ("study", "lineage", "report")
RWLOCK, LOCK = ".dvc/tmp/rwlock", "./dvc.lock"
"""DVC's own files, as it names them where it cannot read them."""
STAGE_OF = {
    "study": "study", "heirs": "inherit", "models": "train", "evaluation.csv": "evaluate", "extension": "extend",
    "gate.json": "gate", "confirmation.csv": "confirm", "control": "control", "transfer.json": "compare",
    "continual.json": "continual", "index.html": "report",
}  # fmt: skip
"""By a name among its outputs."""


def study() -> dict[str, Any]:
    """Both engines, two shards per arm, a checkpoint every few rollouts."""
    content: dict[str, Any] = copy.deepcopy(TINY)
    content |= {"study": "faults", "population": 4}
    content["train"] |= {"checkpoint_steps": 512}
    for generation, engine in zip(content["generations"].values(), ("sb3", "cohort"), strict=True):
        generation |= {"budget": 2048, "train": {"engine": engine, "environments": "gymnasium"}}
    return content


def installed_project(path: Path) -> Project:
    """Make a project whose library is compiled, as it is wherever it is installed."""
    project = make_project(path)
    compileall.compile_dir(path / "heredity", quiet=2)
    return project


class Campaign:
    """A study that has not run, to do things to copies of, and what a quiet run of it gives.

    seconds: how long the quiet run took.
    """

    def __init__(
        self,
        directory: Path,
        rng: np.random.Generator,
        new: Project,
        expected: dict[str, str],
        seconds: float,
        doors: tuple[tuple[str, ...], ...] = (DVC,),
    ) -> None:
        self.directory, self.rng, self.new, self.expected = directory, rng, new, expected
        self.seconds, self.doors, self.count = seconds, doors, 0

    @classmethod
    def of_both_doors(cls, directory: Path, rng: np.random.Generator) -> "Campaign":
        """Prepare the whole campaign: make the study, and run it quietly."""
        new = installed_project(directory / "new")
        new.write(study())
        campaign = cls(directory, rng, new, {}, 0.0, (DVC, FLOW))
        reference, started = campaign.fresh(), time.monotonic()
        reference.run(*DVC)
        campaign.seconds, campaign.expected = time.monotonic() - started, digests(reference)
        return campaign

    def apart(self, name: str, seed: int) -> "Campaign":
        """Return the same campaign in a directory and with random numbers of its own."""
        own = copy.copy(self)
        own.directory, own.rng = self.directory / name, np.random.default_rng([seed, *name.encode()])
        own.directory.mkdir()
        return own

    def fresh(self, parent: Path | None = None) -> Project:
        """Return a copy of the study that has not run."""
        return self.copy(self.new, parent)

    def copy(self, project: Project, parent: Path | None = None) -> Project:
        """Return a copy of a project as it is."""
        self.count += 1
        path = (parent or self.directory) / f"study-{self.count}"
        shutil.copytree(project.path, path, symlinks=True)
        project = Project(path)
        project.environment |= {"HEREDITY_CACHE": str(self.new.path.parent / "compiled")}
        return project

    def finished(self, project: Project, door: tuple[str, ...] = DVC) -> bool:
        """Whether the command, typed once more, ends with the reference's bytes."""
        code, said = run(project, door)
        different = [name for name, digest in digests(project).items() if self.expected.get(name) != digest]
        missing = self.expected.keys() - digests(project).keys()
        if code or different or missing:
            print(f"    exit code {code}, different {different[:5]}, missing {sorted(missing)[:5]}\n{said[-2000:]}")
        return not (code or different or missing)

    def outcome(self, project: Project, code: int, said: str, mend: Callable[[], object], door: Any = DVC) -> str:
        """Judge a run with a fault: it went through it, or refused clearly and is whole once the fault is mended."""
        clear = code == 0 or (told(said) and "Traceback" not in said)
        mend()
        whole = self.finished(project, door)
        if code:
            print(f"    exit code {code}, said:\n{said.strip()[-300 if clear else -2000 :]}", flush=True)
        return "lost" if not (clear and whole) else "refused" if code else "recovered"


def remedy(project: Project, said: str) -> None:
    """Do what docs/reliability.md says where a kill left one of DVC's own files half written."""
    for name in (RWLOCK, LOCK):
        if name in said:
            (project.path / name).unlink(missing_ok=True)


def told(said: str) -> bool:
    """Whether an output has a line that says what is wrong; DVC has none but the name for its own files."""
    return any(words in said.lower() for words in ("error:", "interrupted;", RWLOCK, LOCK))


def run(project: Project, command: tuple[str, ...], **environment: str) -> tuple[int, str]:
    """Return exit code and output."""
    done = subprocess.run(
        command, cwd=project.path, env={**project.environment, **environment}, capture_output=True, text=True,
        check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@contextmanager
def running(project: Project, command: tuple[str, ...]) -> Iterator[subprocess.Popen[str]]:
    """Yield a command at work in a session of its own, which is killed as a whole in the end."""
    with (project.path.parent / f"{project.path.name}.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=project.path,
            env=project.environment,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            kill(process, signal.SIGKILL)
            process.wait()


def kill(process: subprocess.Popen[str], how: signal.Signals) -> None:
    """Send a signal to a command and all that it started."""
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        return


def stored(project: Project) -> set[Path]:
    """Return the files of the store of members: the checkpoints of trainings, over or not."""
    return set((project.path / ".heredity" / "members").glob("*.zip"))


def said_by(project: Project) -> str:
    return (project.path.parent / f"{project.path.name}.log").read_text(errors="replace")


def digests(project: Project) -> dict[str, str]:
    """Return the hash of every file that a study tracks, and of what its lock says."""
    files = [path for top in TRACKED for path in (project.path / top).rglob("*") if path.is_file()]
    found = {path.relative_to(project.path).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}
    lock = project.path / "dvc.lock"
    stages = sorted(project.lock().items()) if lock.exists() and lock.stat().st_size else []
    return {**found, "dvc.lock": sha256(repr(stages).encode()).hexdigest()}


def stage_at_work(process: subprocess.Popen[str], project: Project) -> str:
    """Return the stages that a door is at, as its own command or DVC's notes of busy outputs say."""
    words = [word for child in family(process) for word in words_of(child) if word.startswith("stages.")]
    if words:
        return words[0].removeprefix("stages.")
    try:
        busy = json.loads((project.path / RWLOCK).read_text())["write"]
    except (OSError, ValueError, KeyError):
        return "between stages"
    outputs = [Path(path).name for path, holder in busy.items() if holder["pid"] == process.pid]
    return " and ".join(sorted({STAGE_OF[name] for name in outputs if name in STAGE_OF})) or "between stages"


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def words_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def wait_for(condition: Callable[[], Any], process: subprocess.Popen[str], every_seconds: float = 0.02) -> Any:
    """Return the first true value of a condition, or None when the process has ended before."""
    while process.poll() is None:
        if found := condition():
            return found
        time.sleep(every_seconds)
    return None
