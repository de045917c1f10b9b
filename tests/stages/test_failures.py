"""Members that fail while they train: marked, counted, and no reason for the others to stop."""

import copy
import json

import pytest

from benchmarks.campaign import stored
from heredity.seeds import Seeds
from heredity.study.load import load_study
from heredity.training.snapshot import segment_seeds
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


def training_seed(read, member):
    return Seeds(read.seed, read.seed_name("second")).integer(member, "train")


@pytest.fixture
def breaking(tmp_path, write_study):
    """Return a function that makes a project in which members of the second generation break, in both arms."""

    def make(population, *members):
        read = load_study(write_study(study(population)))
        doomed = {segment_seeds(training_seed(read, member), 0)[1] for member in members}
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
    assert len(stored(project)) == 3 + 2 + 2  # of first, second and its control: who failed is not kept
    transfer = json.loads((project.path / "report/transfer.json").read_text())["second"]
    assert "m01 failed in training and is missing from the control arm" in transfer["notes"]
    assert json.loads((project.path / "report/spending.json").read_text())["steps"] == 3 * 128 + 2 * 128 + 2 * 256
    said = project.run(*failure[0]["command"].split(), code=2)
    assert said.startswith("error: second m01 failed after 0 steps: CartPole-v1: expected a reset that returns, got")
