"""A study that grows trains only what is new, and what it had before keeps its bytes."""

import copy
import json
from pathlib import Path

import pytest

from heredity.layout import Layout
from heredity.pipeline import member_store
from heredity.study.dialect import parse_alike
from heredity.study.renaming import renamed
from tests.examples import TINY
from tests.here import run_study

pytestmark = pytest.mark.study


@pytest.fixture
def trained(tmp_path, monkeypatch, write_study):
    """Return a function that runs a study in one directory, and says which populations had to be trained."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    shards, train = [], member_store.train

    def spy(shard, **tools):
        shards.append(f"{shard.generation} {shard.arm}")
        return train(shard, **tools)

    monkeypatch.setattr(member_store, "train", spy)

    def run(study):
        shards.clear()
        run_study(write_study(study))
        return shards[:]

    return run


def models(generation, arm="inherited"):
    folder = Layout().arm(generation, arm).models
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_a_generation_a_control_a_budget_and_a_name_train_only_what_is_new(trained):
    study = copy.deepcopy(TINY)
    study["evaluate"] |= {"episodes": 2}  # what they return is of no interest
    assert trained(study) == ["first inherited", "second inherited", "second control/scratch"]
    assert trained(study) == []
    study["generations"]["third"] = {"after": "second", "env": "CartPole-v1", "threshold": 20.0, "budget": 192}
    study["control"]["generations"] = ["first", "second"]
    before = models("second"), models("second", "control/scratch")
    assert trained(study) == ["third inherited", "first control/scratch"]
    assert before == (models("second"), models("second", "control/scratch"))
    study["generations"]["third"]["budget"] = 256
    assert trained(study) == ["third inherited"]
    third = models("third")
    study = parse_alike(renamed(json.dumps(study), "third", "last"))
    assert trained(study) == []
    assert models("last") == third
