"""A project of its own: dvc.yaml, the code and a tiny study, in a real git and DVC repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.conftest import TINY

ROOT = Path(__file__).parent.parent.parent
CANARY = "5ec2e7" * 7
"""What every project's secrets are made of: tests search for it in all that a study writes."""


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
        done = subprocess.run(
            command, cwd=self.path, env=self.environment, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def write(self, study):
        with (self.path / "params.yaml").open("w") as file:
            YAML().dump(study, file)

    def lock(self):
        return YAML(typ="safe", pure=True).load((self.path / "dvc.lock").read_text())["stages"]


def make_project(path):
    """Copy the tracked code into a new repository with the tiny study."""
    for name in ("heredity", "stages"):
        shutil.copytree(ROOT / name, path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", "approvals.yaml", "constraints.txt", ".gitignore", ".dvcignore"):
        shutil.copy(ROOT / name, path / name)
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


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Run the tiny study once; tests that change it copy it."""
    project = make_project(tmp_path_factory.mktemp("study"))
    project.run("dvc", "repro")
    return project


@pytest.fixture
def project(finished, tmp_path):
    """Return a copy of the finished project that a test may change."""
    shutil.copytree(finished.path, tmp_path / "copy", symlinks=True)
    return Project(tmp_path / "copy")
