"""The fault campaign (`make faults`) in short: what is killed and typed again ends with the same bytes."""

import copy
import signal

import numpy as np
import pytest

from benchmarks.campaign import Campaign, digests, kill, running, stored, wait_for
from benchmarks.faults import kills
from tests.examples import TINY

pytestmark = pytest.mark.slow

TRAIN = ("python", "-m", "stages.train", "second")


def written(project):
    second = project.path / "lineage" / "second"
    return {path.name: path.read_bytes() for path in (*second.glob("models/*"), second / "curves.csv")}


@pytest.mark.parametrize(
    ("train", "budget"),
    [
        ({"checkpoint_steps": 256}, 8192),
        ({"checkpoint_steps": 2048, "engine": "cohort", "environments": "jax"}, 65_536),
    ],
    ids=["sb3", "cohort on a twin"],
)
def test_a_training_that_is_killed_goes_on_and_ends_with_the_same_bytes(project, tmp_path, train, budget):
    longer = copy.deepcopy(TINY)
    longer["train"] |= train
    longer["generations"]["second"]["budget"] = budget
    project.write(longer)
    project.run("python", "-m", "stages.study")
    quiet = project.copy(tmp_path / "quiet")
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


def test_a_study_that_is_killed_at_random_instants_is_finished_by_the_same_command(finished, new_project, tmp_path):
    campaign = Campaign(tmp_path, np.random.default_rng(0), new_project, digests(finished), seconds=40.0)
    ends = list(kills(campaign, 3))
    assert len(ends) == 3
    assert {outcome for _, outcome in ends} == {"recovered"}
