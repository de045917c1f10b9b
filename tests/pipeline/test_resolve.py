"""What the study decides before anything runs, and says: which noise a member will explore by."""

import pytest

from heredity.errors import StudyError
from heredity.pipeline.check import check_study
from heredity.pipeline.handouts import handouts
from heredity.pipeline.resolve import decisions, resolved
from heredity.study.load import load_study

SMALL = {"policy_kwargs": {"net_arch": [4]}, "buffer_size": 10}


@pytest.fixture
def study(tiny, write_study):
    """Return a function that returns the tiny study of an algorithm on a continuous task."""

    def study(name, **hyperparameters):
        tiny["algorithm"] |= {"name": name, "hyperparameters": {**SMALL, **hyperparameters}}
        for node in tiny["generations"].values():
            node["env"] = "Pendulum-v1"
        return load_study(write_study(tiny))

    return study


def test_what_contradicts_a_registered_threshold_is_refused_when_a_study_is_checked_and_handed_out(tiny, write_study):
    tiny["generations"]["third"] = {**tiny["generations"]["second"], "threshold": "registered"}
    tiny["compare"] = [["second", "third"]]
    apart = load_study(write_study(tiny))
    for refusing in (check_study, resolved):
        with pytest.raises(StudyError, match=r"^compare\.0: expected one task and budget, got threshold 20\.0 of"):
            refusing(apart)
    tiny["compare"] = []
    tiny["generations"]["third"]["evaluate"] = {"floor": 480}
    floored = load_study(write_study(tiny))
    for refusing in (check_study, resolved):
        with pytest.raises(StudyError, match=r"^generations\.third\.evaluate\.floor: .* the gate's bar 475, got 480"):
            refusing(floored)


def test_a_floor_contradicts_no_threshold_where_a_reference_gives_the_bar(tiny, write_study):
    tiny["generations"]["second"] |= {"gate": {"reference": "expert.zip", "margin": 15.0}}
    tiny["generations"]["second"]["evaluate"] = {"null_policies": True, "floor": 5.0}
    assert resolved(load_study(write_study(tiny))).generations["second"].evaluate.floor == 5.0


def noise_handed_out(study, stage="train"):
    given = handouts(resolved(study), "")[stage, "second"].model_dump()
    algorithm = (given["controls"][0] if stage == "control" else given)["training"]["algorithm"]
    return {key: value for key, value in algorithm["hyperparameters"].items() if key.startswith("noise")}


def test_the_usual_noise_is_handed_out_and_said_with_whom_it_concerns(study):
    assert noise_handed_out(study("TD3")) == {"noise_type": "normal", "noise_std": 0.1}
    usual = "noise_type normal with noise_std 0.1, which is usual for TD3; write noise_type: none for none"
    assert f"first, second: {usual}" in decisions(study("TD3"))
    assert noise_handed_out(study("TD3"), "control") == {"noise_type": "normal", "noise_std": 0.1}


def test_the_noise_that_is_asked_for_is_handed_out_whole(study):
    whole = study("DDPG", noise_type="ornstein-uhlenbeck")
    assert noise_handed_out(whole) == {"noise_type": "ornstein-uhlenbeck", "noise_std": 0.2}
    none = study("TD3", noise_type=None, noise_std=0.3)
    assert noise_handed_out(none) == {"noise_type": "none"}
    assert noise_handed_out(study("SAC")) == {}
    assert not [line for each in (whole, none, study("SAC")) for line in decisions(each) if "usual" in line]


def test_a_study_with_the_zoos_keys_can_run_and_one_with_others_cannot(study):
    check_study(study("TD3", noise_type="normal", noise_std=0.1))
    with pytest.raises(
        StudyError, match=r"^algorithm\.hyperparameters\.noise_type: .* got 'adaptive-param'; the known"
    ):
        check_study(study("TD3", noise_type="adaptive-param", noise_std=0.1))
    with pytest.raises(
        StudyError, match=r"^algorithm\.hyperparameters\.noise_std: expected one of CrossQ, .* got DQN$"
    ):
        check_study(study("DQN", noise_std=0.1))
