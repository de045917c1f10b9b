"""The fault campaign in short (`make faults`): a stage that is killed while it trains ends with the same bytes."""

import copy
import shutil
import signal

from benchmarks.campaign import kill, running, wait_for
from tests.conftest import TINY
from tests.stages.conftest import Project

TRAIN = ("python", "-m", "stages.train", "second")


def written(project):
    second = project.path / "lineage" / "second"
    return {path.name: path.read_bytes() for path in (*second.glob("models/*"), second / "curves.csv")}


def test_a_training_that_is_killed_goes_on_and_ends_with_the_same_bytes(project, tmp_path):
    longer = copy.deepcopy(TINY)
    longer["train"]["checkpoint_steps"] = 256
    longer["generations"]["second"]["budget"] = 8192
    project.write(longer)
    project.run("python", "-m", "stages.study")
    quiet = Project(shutil.copytree(project.path, tmp_path / "quiet", symlinks=True))
    quiet.run(*TRAIN)
    with running(project, TRAIN) as process:
        kept = wait_for(lambda: list((project.path / ".heredity/checkpoints/second").rglob("*.zip")), process)
        kill(process, signal.SIGKILL)
        assert kept
        assert process.wait() == -signal.SIGKILL
    assert "second: inherited m00: go on from the checkpoint at" in project.run(*TRAIN)
    assert written(project) == written(quiet)
    assert not (project.path / ".heredity/checkpoints").is_dir() or not list(
        (project.path / ".heredity/checkpoints").rglob("*.zip")
    )
