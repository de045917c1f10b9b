"""A run's id is its training's: the same from every door, and another one for another training."""

import json

import pytest

from heredity.errors import StudyError
from heredity.pipeline.handouts import handouts, write_handouts
from heredity.report.tracking.trainings import member_runs, tags_of
from heredity.report.watching import _runs
from heredity.training.shard import Shard
from heredity.training.sharding import deal

ARMS = ("inherited", "control/scratch")


@pytest.fixture
def handed(written, monkeypatch):
    """Return a study whose stages have been handed what they are given."""
    for name in ("WANDB_MODE", "WANDB_API_KEY", "WANDB_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    written.write_lineage()
    write_handouts(written.layout, handouts(written.loaded(), ""), "tiny")
    return written


def ids(written, arm="inherited", study=None, name="tiny"):
    runs = member_runs(name, written.layout, "second", arm, ["m00", "m01"], study)
    return {member: run.run_id for member, run in runs.items()}


def change(path, keys, value):
    content = json.loads(path.read_text())
    part = content
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("arm", ARMS)
def test_members_have_ids_of_their_own_that_only_their_training_decides(handed, arm):
    first = ids(handed, arm)
    assert len({*first.values(), *ids(handed, {*ARMS}.difference([arm]).pop()).values()}) == 4
    handout = handed.layout.handout("train" if arm == "inherited" else "control", "second")
    text = handout.read_text()
    for keys, value in ((("seed",), 8), (("code",), "0" * 16), (("packages",), {"numpy": "0"})):
        change(handout, keys, value)
        assert not set(ids(handed, arm).values()) & set(first.values())
        handout.write_text(text)
    change(handed.layout.handout("gate", "second"), ("seed",), 8)
    assert ids(handed, arm) == first


def test_another_birth_is_another_training(handed):
    before = ids(handed)
    change(handed.layout.pedigree("second"), ("heirs", 0, "child_hash"), "1" * 64)
    after = ids(handed)
    assert after["m00"] != before["m00"]
    assert after["m01"] == before["m01"]


def test_a_study_stands_for_hand_outs_that_are_not_there_and_without_either_nothing_is_known(written):
    written.write_lineage()
    assert ids(written) == {}
    assert len(ids(written, study=written.loaded())) == 2
    assert ids(written, "extension", study=written.loaded()) == {}


def test_a_config_says_how_the_member_learns_and_whose_child_it_is(handed):
    config = member_runs("tiny", handed.layout, "second", "inherited", ["m00"])["m00"].config
    assert (config["env"]["id"], config["budget"], config["algorithm"]["name"]) == ("CartPole-v1", 1000, "PPO")
    assert (config["parents"], config["pedigree"]["operator"]) == (["first-inherited-m00"], "copy")
    control = member_runs("tiny", handed.layout, "second", "control/scratch", ["m00"])["m00"]
    assert (control.config["parents"], control.config["pedigree"], control.charged_steps) == ([], {}, 0)


def test_tags_name_what_a_run_is_found_by_within_wandbs_limit():
    config = {"study": "s" * 64, "lineage": "l00", "generation": "second", "arm": "inherited"}
    assert tags_of(config, "puppy-base") == [
        f"study:{'s' * 58}", "lineage:l00", "generation:second", "arm:inherited", "experiment:puppy-base",
    ]  # fmt: skip
    assert tags_of(config | {"lineage": ""}, None)[1] == "generation:second"


def shards(written):
    training = handouts(written.loaded(), "")["train", "second"].training
    empty = Shard("second", "inherited", training.task, training.algorithm, training.train, 1000, 1, ())
    return deal(empty, [Named("m00"), Named("m01")])


class Named:
    def __init__(self, name):
        self.name = name


def test_who_trains_knows_the_same_runs_as_who_publishes_and_a_damaged_file_costs_a_warning(handed, caplog):
    known = {member: run.run_id for member, run in _runs(handed.layout, shards(handed)).items()}
    assert known == ids(handed, study=handed.loaded())
    handed.layout.handout("train", "second").write_text("{}")
    with pytest.raises(StudyError):
        ids(handed)
    assert _runs(handed.layout, shards(handed)) == {}
    assert "W&B records nothing of this training: " in caplog.text
