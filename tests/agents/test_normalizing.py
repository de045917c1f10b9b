"""What VecNormalize is asked for."""

import pytest
from gymnasium import spaces

from heredity.agents.agent import pack, unpack
from heredity.agents.algorithms import build
from heredity.agents.normalizing import normalizing
from heredity.agents.task import Task
from heredity.errors import StudyError
from heredity.study.load import load_study
from heredity.study.sections import Algorithm, Normalize
from tests.field import SHOWN

USUAL = {"norm_reward": False, "gamma": 0.99}


def arguments(shown, policy="MlpPolicy", **asked):
    algorithm = Algorithm(name="PPO", policy=policy, normalize=Normalize(**asked))
    return normalizing(algorithm, SHOWN[shown], 0.99)


@pytest.mark.parametrize(
    ("shown", "asked", "expected"),
    [
        ("vector", {"observation": True}, {"norm_obs": True, "norm_obs_keys": None}),
        ("dict", {"observation": True}, {"norm_obs": True, "norm_obs_keys": ["vector"]}),
        ("dict of image", {"observation": True}, {"norm_obs": True, "norm_obs_keys": ["vector"]}),
        (
            "goal", {"observation": True, "norm_obs_keys": ("observation",)},
            {"norm_obs": True, "norm_obs_keys": ["observation"]},
        ),
        ("choice", {"reward": True}, {"norm_obs": False, "norm_obs_keys": None, "norm_reward": True}),
        (
            "vector", {"observation": True, "clip_obs": 5.0, "clip_reward": 2.0, "gamma": 0.9},
            {"norm_obs": True, "norm_obs_keys": None, "clip_obs": 5.0, "clip_reward": 2.0, "gamma": 0.9},
        ),
    ],
)  # fmt: skip
def test_arguments_are_those_that_are_written_and_images_are_left_out(shown, asked, expected):
    assert arguments(shown, **asked) == {**USUAL, **expected}


@pytest.mark.parametrize(
    ("shown", "keys", "message"),
    [
        ("choice", None, r"observation: expected false, because VecNormalize knows a Box, .*Discrete\(3\); write"),
        ("bits", None, r"observation: expected false, .*; write normalize: \{observation: false, reward: false"),
        ("image", None, r"observation: expected false, because the network scales images itself, got true"),
        ("vector", ["vector"], r"norm_obs_keys: expected a Dict of .*Box.*; leave it out"),
        ("dict", ["vecto"], r"norm_obs_keys: .* got 'vecto'; did you mean vector\?"),
        ("dict", ["choice"], r"expected keys of Boxes .* 'choice' .*write \[vector\]"),
        ("dict of image", ["image"], r"other than images, got 'image'.*write \[vector\]"),
    ],
)
def test_what_cannot_be_normalised_is_refused_in_one_line(shown, keys, message):
    with pytest.raises(StudyError, match=rf"^algorithm\.normalize\..*{message}"):
        arguments(shown, "CnnPolicy", observation=True, norm_obs_keys=keys)


def test_a_dictionary_without_a_box_is_refused():
    algorithm = Algorithm(name="PPO", normalize=Normalize(observation=True))
    with pytest.raises(StudyError, match=r"no observation of the Dict is a Box other than an image, got true"):
        normalizing(algorithm, spaces.Dict({"image": SHOWN["image"], "choice": SHOWN["choice"]}), 0.99)


def test_statistics_of_some_keys_travel_and_act_by_their_settings():
    normalize = Normalize(observation=True, norm_obs_keys=("vector",), clip_obs=0.5)
    algorithm = Algorithm(name="PPO", policy="MultiInputPolicy", n_envs=2, normalize=normalize)
    task = Task("Cue-v0", {"shown": "dict"}, imports=("tests.field",))
    model = build(algorithm, task, 0, 0)
    shown = model.env.reset()
    again = unpack(pack(model, algorithm), algorithm, task, 1, 1).get_vec_normalize_env()
    assert set(again.obs_rms) == {"vector"} and shown["choice"].max() <= 2
    assert (again.obs_rms["vector"].mean == model.env.obs_rms["vector"].mean).all()
    assert again.normalize_obs({"vector": shown["vector"] * 1e6, "choice": shown["choice"]})["vector"].max() == 0.5


def test_what_is_not_asked_for_is_handed_to_nobody(tiny, write_study):
    usual = {"observation": False, "reward": False}
    assert Normalize().model_dump(mode="json") == usual
    tiny["algorithm"]["normalize"] = {"norm_obs": True, "norm_obs_keys": ["vector"], "clip_obs": 5}
    asked = load_study(write_study(tiny)).algorithm.normalize
    assert asked.model_dump(mode="json") == {
        "observation": True, "reward": False, "norm_obs_keys": ["vector"], "clip_obs": 5.0,
    }  # fmt: skip
