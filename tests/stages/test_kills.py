"""The fault campaign (`make faults`) in short: what is killed and typed again ends with the same bytes."""

import copy
import shutil
import signal

import numpy as np

from benchmarks.campaign import Campaign, digests, kill, running, stored, wait_for
from benchmarks.faults import kills
from tests.conftest import TINY
from tests.stages.conftest import Project, make_project

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
    before = stored(project)  # of the shorter study, which this one has nothing of
    with running(project, TRAIN) as process:
        kept = wait_for(lambda: stored(project) - before, process)
        kill(process, signal.SIGKILL)
        assert kept
        assert process.wait() == -signal.SIGKILL
    assert "second: inherited m00: go on from the checkpoint at" in project.run(*TRAIN)
    assert written(project) == written(quiet)
    assert "second: inherited: 2 members have been trained before" in project.run(*TRAIN)
    assert written(project) == written(quiet)


def test_a_study_that_is_killed_at_random_instants_is_finished_by_the_same_command(finished, tmp_path):
    (tmp_path / "new").mkdir()
    new = make_project(tmp_path / "new")
    campaign = Campaign(tmp_path, np.random.default_rng(0), new, digests(finished), seconds=40.0)
    ends = list(kills(campaign, 3))
    assert len(ends) == 3
    assert {outcome for _, outcome in ends} == {"recovered"}
