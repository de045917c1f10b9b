"""Projects as users have them: dvc.yaml, the code and a tiny study, in real git and DVC repositories."""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path
from sysconfig import get_paths

from filelock import FileLock
from ruamel.yaml import YAML

from heredity.extras import environment
from heredity.orchestration.dvc_lock import DvcLock
from tests.examples import CHECKOUT, TINY
from tests.here import run

CANARY = "5ec2e7" * 7
"""What every project's secrets are made of: tests search for it in all that a study writes."""

CODE = ("heredity", "stages", "flows")
FILES = ("dvc.yaml", "approvals.yaml", "prefect.yaml", "constraints.txt", ".gitignore", ".dvcignore")


class Project:
    """A directory and the commands a user types in it."""

    def __init__(self, path):
        self.path = path
        self.environment = {
            **os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "WANDB_MODE": "disabled",
            "PYTHONPATH": str(path), "DVC_NO_ANALYTICS": "1", "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t",
            "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t", "WANDB_API_KEY": CANARY,
            "AWS_SECRET_ACCESS_KEY": CANARY, "PREFECT_API_KEY_OF_ADA": CANARY,
        }  # fmt: skip

    def run(self, *command, code=0):
        """Run a command as it is typed, and return what it prints."""
        done = subprocess.run(
            command, cwd=self.path, env=self.environment, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def repro(self):
        """Do what `dvc repro` does without its twenty processes, by the code of this checkout; return what ran.

        Stages are recorded as a flow records them; tests/stages/test_graph.py holds the two equal.
        """
        with environment({"WANDB_MODE": "disabled"}), DvcLock(self.path) as lock:
            return [name for name in lock.stages() if lock.record(name, _work) == "ran"]

    def write(self, study):
        with (self.path / "params.yaml").open("w") as file:
            YAML().dump(study, file)

    def replace(self, name, old, new):
        """Put other text into a file, once."""
        text = (self.path / name).read_text()
        assert old in text
        (self.path / name).write_text(text.replace(old, new, 1))

    def lock(self):
        return YAML(typ="safe", pure=True).load((self.path / "dvc.lock").read_text())["stages"]

    def copy(self, path):
        """Return a copy of all of it, repositories included."""
        return Project(shutil.copytree(self.path, path, symlinks=True))


def _work(command):
    _, _, module, *names = command.split()
    run(module.removeprefix("stages."), *names)


def make_project(path):
    """Copy the tracked code into a new repository with the tiny study."""
    path.mkdir(parents=True, exist_ok=True)
    for name in CODE:
        shutil.copytree(CHECKOUT / name, path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(CHECKOUT / name, path / name)
    project = Project(path)
    project.write(TINY)
    project.run("git", "init", "-q")
    project.run("dvc", "init", "-q")
    project.run("git", "remote", "add", "origin", f"https://ada:{CANARY}@localhost/study.git")
    project.run("dvc", "remote", "add", "-q", "--local", "-d", "private", "http://localhost/cache")
    project.run("dvc", "remote", "modify", "-q", "--local", "private", "password", CANARY)
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "study")
    return project


def kept_project(directory, name, make):
    """Return what `make` has made at a path, once for a state of the code and by one process."""
    place = directory / f"{name}-{_state()}"
    with FileLock(directory / f"{name}.lock"):
        if not (place / "whole").exists():
            for earlier in directory.glob(f"{name}-*"):
                shutil.rmtree(earlier)
            make(place / "project")
            (place / "whole").touch()
    return Project(place / "project")


def _state():
    """Return a digest of all that a project's result depends on."""
    sources = sorted(path for name in CODE for path in (CHECKOUT / name).rglob("*") if path.is_file())
    files = [path for path in [*sources, *(CHECKOUT / name for name in FILES)] if path.suffix != ".pyc"]
    # What is installed, and not what sys.path has: Ray puts packages of its own there.
    versions = sorted(f"{each.name} {each.version}" for each in distributions(path=[get_paths()["purelib"]]))
    parts = [sys.version, repr(TINY), *versions, *(f"{path} {sha256(path.read_bytes()).hexdigest()}" for path in files)]
    return sha256("\n".join([*parts, Path(__file__).read_text()]).encode()).hexdigest()[:16]
