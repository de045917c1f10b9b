"""Members that fail while they train: marked, counted, and no reason for the others to stop."""

import copy
import json

import pytest

from heredity.agent import fresh_agent
from heredity.curves import curve_row
from heredity.errors import TrainingError
from heredity.params import load_study
from heredity.task import Task
from heredity.training import Trained
from heredity.training.dealing import training_seed
from heredity.training.snapshot import segment_seeds
from stages.train import collect
from tests.conftest import TINY
from tests.stages.conftest import make_project

BREAKING = """
import gymnasium

class Breaking(gymnasium.Wrapper):
    def reset(self, *, seed=None, options=None):
        if seed in {doomed}:
            raise RuntimeError("motor burnt")
        return super().reset(seed=seed, options=options)
"""


def study(population):
    content = copy.deepcopy(TINY)
    content["population"] = content["train"]["shard"] = population
    content["generations"]["second"]["env"] = {"id": "CartPole-v1", "wrappers": ["breaking.Breaking"]}
    return content


@pytest.fixture
def breaking(tmp_path, write_study):
    """Return a function that makes a project in which members of the second generation break, in both arms."""

    def make(population, *members):
        read = load_study(write_study(study(population)), check=False)
        doomed = {segment_seeds(training_seed(read, "second", member), 0)[1] for member in members}
        project = make_project(tmp_path / "project")
        (project.path / "breaking.py").write_text(BREAKING.replace("{doomed}", str(doomed)))
        project.write(study(population))
        return project

    return make


def test_a_member_that_fails_is_on_record_and_the_generation_goes_on(breaking):
    project = breaking(3, "m01")
    project.run("dvc", "repro")
    failure = json.loads((project.path / "lineage/second/models/failures.json").read_text())
    assert [row["member"] for row in failure] == ["m01"]
    assert "expected a reset that returns, got RuntimeError: motor burnt on seed" in failure[0]["reason"]
    assert failure[0]["env_steps"] == 0
    assert not (project.path / "lineage/second/models/m01.zip").exists()
    assert not (project.path / "lineage/first/models/failures.json").exists()
    decision = json.loads((project.path / "lineage/second/gate.json").read_text())
    assert set(decision["candidates"]) == {"m00", "m02"}
    assert not (project.path / ".heredity/checkpoints/second").exists()
    transfer = json.loads((project.path / "report/transfer.json").read_text())["second"]
    assert "m01 failed in training and is missing from the control arm" in transfer["notes"]
    assert json.loads((project.path / "report/spending.json").read_text())["steps"] == 3 * 128 + 2 * 128 + 2 * 256
    said = project.run(*failure[0]["command"].split(), code=2)
    assert said.startswith("error: second m01 failed after 0 steps: CartPole-v1: expected a reset that returns, got")


def test_a_generation_in_which_fewer_than_two_live_ends_with_the_seed_and_the_command(write_study, tmp_path):
    read = load_study(write_study(study(2)), check=False)
    agent = fresh_agent(read.algorithm, Task("CartPole-v1"), 0)
    row = curve_row(0, [20.0], [20], [])
    trained = [Trained(name, agent, (row,), 0, False, failure) for name, failure in (("m00", "burnt"), ("m01", None))]
    seed = training_seed(read, "second", "m00")
    said = (
        "second: expected at least 2 members that live through their training, got 1 of 2; "
        f"m00 with seed {seed} failed: burnt; to see it again: heredity verify second m00"
    )
    with pytest.raises(TrainingError, match=f"^{said}$"):
        collect(read, "second", tmp_path / "second", trained)
    with pytest.raises(TrainingError, match=r"heredity verify second m00 --control$"):
        collect(read, "second", tmp_path / "second" / "control", trained)
    assert not (tmp_path / "second").exists()
