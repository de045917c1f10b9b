"""heredity check: whether a study can run, and what `dvc repro` would not notice."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

ENVIRONMENT = """
import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv

gymnasium.register("Own-v0", entry_point="own_task:Own", max_episode_steps=50)

class Own(CartPoleEnv):
    pass
"""


@pytest.fixture
def project(tmp_path, tiny, write_study):
    """Return the folder of a study whose environment is its own."""
    (tmp_path / "own_task.py").write_text(ENVIRONMENT)
    shutil.copy(CHECKOUT / "dvc.yaml", tmp_path)
    for node in tiny["generations"].values():
        node["env"] = {"id": "own_task:Own-v0"}
    write_study(tiny)
    return tmp_path


def check(project):
    command = [str(Path(sys.executable).parent / "heredity"), "check"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_environment_of_the_project_that_study_does_not_depend_on_is_named(project):
    said = check(project)
    assert said[0] == "params.yaml: tiny can run: 2 generations of 2, 1 with a control"
    assert said[1].startswith("own_task.py: the study's environments run it, and study does not depend on it: name it")
    graph = (project / "dvc.yaml").read_text()
    (project / "dvc.yaml").write_text(graph.replace('"${packages}", stages]', '"${packages}", stages, own_task.py]'))
    assert len(check(project)) == 1
