"""What a policy cannot take is refused in one line, with what to write."""

import gymnasium
import numpy as np
import pytest
from stable_baselines3.common.preprocessing import is_image_space

from heredity.agents.agent import fresh_agent
from heredity.agents.images import is_image
from heredity.agents.observations import refuse_images
from heredity.agents.playable import why_not_playable
from heredity.agents.spaces import SpacesOnly
from heredity.agents.task import Task
from heredity.errors import StudyError, TaskError
from heredity.study.sections import Algorithm

DOORKEY = "MiniGrid-DoorKey-5x5-v0"
WRITE = r"write env: \{id: MiniGrid-DoorKey-5x5-v0, wrappers: \[heredity\.wrappers\.FlatView\]\}"
FLOATS = {"policy_kwargs": {"normalize_images": False}}


def pixels(*shape, dtype=np.uint8):
    return gymnasium.spaces.Box(0, 255, shape, dtype)


def ppo(policy, **hyperparameters):
    return Algorithm(name="PPO", policy=policy, n_envs=1, hyperparameters=hyperparameters)


@pytest.mark.parametrize("policy", ["MlpPolicy", "MultiInputPolicy", "CnnPolicy"])
def test_minigrid_without_a_wrapper_is_refused_with_what_to_write(policy):
    with pytest.raises(TaskError, match=f"got a dictionary with the text 'mission'; {WRITE}"):
        fresh_agent(ppo(policy), Task(DOORKEY), 0)


def test_a_dictionary_with_text_and_no_view_names_what_else_it_shows():
    space = gymnasium.spaces.Dict({"pole": pixels(3), "said": gymnasium.spaces.Text(4)})
    actions = gymnasium.spaces.Discrete(2)
    assert "the text 'said'; write a wrapper that shows pole alone" in why_not_playable("x", space, actions)
    assert why_not_playable("x", gymnasium.spaces.Dict({"pole": pixels(3)}), actions) is None


@pytest.mark.parametrize(
    ("policy", "space", "settings", "message"),
    [
        ("CnnPolicy", pixels(4, 36, 36, 3), {}, r"with three axes, got Box.*write heredity\.wrappers\.ChannelStack"),
        ("CnnPolicy", pixels(7, 7, 3), {}, r"expected at least 36×36 pixels, got 7×7; write policy: MlpPolicy"),
        ("CnnLstmPolicy", pixels(3, 35, 60), {}, "expected at least 36×36 pixels, got 35×60"),
        ("CnnPolicy", pixels(4), {}, "with three axes, got Box.*; write policy: MlpPolicy"),
        ("CnnPolicy", pixels(40, 40, 3, dtype=np.float32), {}, "expected an image of uint8"),
        ("CnnPolicy", pixels(40, 40, 3, dtype=np.float32), FLOATS, r"these first, got \(40, 40, 3\)"),
        ("CnnPolicy", pixels(40, 3, 40), {}, r"these first or last, got \(40, 3, 40\)"),
        ("CnnPolicy", pixels(40, 40, 48), {}, r"expected fewer channels than height and width"),
        ("CnnPolicy", gymnasium.spaces.Dict({"a": pixels(40, 40, 3)}), {}, "write policy: MultiInputPolicy"),
        ("MultiInputPolicy", gymnasium.spaces.Dict({"a": pixels(7, 7, 3)}), {}, "a: expected at least"),
    ],
)
def test_an_image_that_the_policy_would_take_for_another_is_refused(policy, space, settings, message):
    with pytest.raises(StudyError, match=rf"^algorithm: PPO with {policy} cannot take x: .*{message}"):
        refuse_images("x", space, ppo(policy, **settings))


@pytest.mark.parametrize(
    ("policy", "space", "settings"),
    [
        ("CnnPolicy", pixels(36, 36, 12), {}),
        ("CnnPolicy", pixels(4, 84, 84), {}),
        ("CnnPolicy", pixels(3, 40, 40, dtype=np.float32), FLOATS),
        ("CnnPolicy", pixels(7, 7, 3), {"policy_kwargs": {"features_extractor_class": "own.Net"}}),
        ("MlpPolicy", pixels(4, 36, 36, 3), {}),
        ("MlpPolicy", pixels(7, 7, 3), {}),
        ("MultiInputPolicy", gymnasium.spaces.Dict({"a": pixels(36, 36, 3), "b": pixels(2, 7, 7, 3)}), {}),
    ],
)
def test_an_image_that_the_policy_takes_is_not_refused(policy, space, settings):
    refuse_images("x", space, ppo(policy, **settings))


@pytest.mark.parametrize("space", [pixels(36, 36, 3), pixels(36, 36), pixels(3, 3, 3, dtype=np.int16)])
def test_images_are_told_as_stable_baselines3_tells_them(space):
    assert is_image(space) == is_image_space(space)


def test_a_model_that_acts_elsewhere_is_refused_as_well(monkeypatch):
    monkeypatch.setattr(
        SpacesOnly, "__init__", lambda self, task, n: setattr(self, "observation_space", pixels(7, 7, 3))
    )
    from heredity.agents.algorithms import build

    with pytest.raises(StudyError, match="expected at least 36×36 pixels"):
        build(ppo("CnnPolicy"), Task("CartPole-v1"), 0, 0, SpacesOnly(Task("CartPole-v1"), 1))
