"""The noise of an algorithm's actions: asked for, usual, or none, and refused where there is none such."""

import io

import numpy as np
import pytest
from stable_baselines3.common.save_util import load_from_zip_file

from heredity.agents.action_noise import Noise, noise_of, with_noise_written
from heredity.agents.agent import fresh_agent
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.errors import StudyError
from heredity.study.sections import Algorithm

PENDULUM = Task("Pendulum-v1")


def asking(name, **hyperparameters):
    return Algorithm(name=name, n_envs=1, hyperparameters=hyperparameters)


@pytest.mark.parametrize(
    ("algorithm", "noise"),
    [
        (asking("TD3"), Noise("normal", 0.1)),
        (asking("DDPG"), Noise("normal", 0.1)),
        (asking("TD3", noise_type="normal", noise_std=0.3), Noise("normal", 0.3)),
        (asking("TD3", noise_std=0), Noise("normal", 0.0)),
        (asking("DDPG", noise_type="ornstein-uhlenbeck"), Noise("ornstein-uhlenbeck", 0.2)),
        (asking("SAC", noise_type="ornstein-uhlenbeck", noise_std=0.5), Noise("ornstein-uhlenbeck", 0.5)),
        (asking("TQC", noise_type="normal"), Noise("normal", 0.1)),
        (asking("SAC"), None),
        (asking("CrossQ", noise_type=None, noise_std=0.1), None),
        (asking("TD3", noise_type="none", noise_std=0.1), None),
        (asking("TD3", noise_type=None), None),
        (asking("TD3", action_noise=None), None),
        (asking("DQN"), None),
        (asking("PPO"), None),
    ],
)
def test_an_algorithm_has_the_noise_that_it_asks_for_or_its_usual_one(algorithm, noise):
    assert noise_of(algorithm) == noise
    written = with_noise_written(algorithm)
    assert noise_of(written) == noise
    assert with_noise_written(written) == written
    if noise:
        assert written.hyperparameters == {"noise_type": noise.kind, "noise_std": noise.std}


def test_an_algorithm_that_has_nothing_to_do_with_noise_stays_as_it_is():
    for algorithm in (asking("SAC", gamma=0.9), asking("PPO", n_steps=8)):
        assert with_noise_written(algorithm) is algorithm
    assert with_noise_written(asking("TD3", gamma=0.9, action_noise=None)).hyperparameters == {
        "gamma": 0.9, "noise_type": "none"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("algorithm", "message"),
    [
        (
            asking("TD3", noise_type="normle"),
            r"noise_type: expected one of normal, ornstein-uhlenbeck, none, got 'normle'; did you mean normal\?",
        ),
        (asking("DDPG", noise_type="ornstein_uhlenbeck"), r"noise_type: .*; did you mean ornstein-uhlenbeck\?"),
        (asking("TD3", noise_type=False), "noise_type: expected one of .*, got False"),
        (asking("TD3", noise_type=["normal"]), r"noise_type: expected one of .*, got \['normal'\]"),
        (asking("TD3", noise_std=-0.1), r"noise_std: expected a number from 0, got -0\.1; write for example 0\.1"),
        (asking("TD3", noise_std=float("nan")), "noise_std: expected a number from 0, got nan"),
        (asking("TD3", noise_std="0.1"), "noise_std: expected a number from 0, got '0.1'"),
        (asking("TD3", noise_std=True), "noise_std: expected a number from 0, got True"),
        (
            asking("SAC", noise_std=0.1),
            r"noise_type: expected one of .* beside noise_std, because SAC has no usual one",
        ),
        (
            asking("TD3", action_noise="normal"),
            "action_noise: expected noise_type and noise_std in its place, got 'norm",
        ),
        (
            asking("PPO", noise_type="normal"),
            "noise_type: expected one of CrossQ, DDPG, SAC, TD3, TQC, which add noise to actions, got PPO",
        ),
        (asking("DQN", noise_std=0.1), "noise_std: expected one of CrossQ, DDPG, SAC, TD3, TQC, .*, got DQN"),
        (asking("TD3", noise_typ="normal"), r"noise_typ: TD3 has no such argument; did you mean noise_type\?"),
    ],
)
def test_a_noise_that_there_is_not_is_refused_in_one_line(algorithm, message):
    with pytest.raises(StudyError, match=rf"^algorithm\.hyperparameters\.{message}") as refused:
        build(algorithm, PENDULUM, 0, 0)
    assert "\n" not in str(refused.value)


def test_a_task_without_continuous_actions_is_refused_as_ever():
    with pytest.raises(StudyError, match=r"TD3 with MlpPolicy cannot take CartPole-v1"):
        build(asking("TD3"), Task("CartPole-v1"), 0, 0)


def test_an_agents_zip_has_its_noise_at_rest_and_equal_agents_are_equal_bytes():
    small = {"policy_kwargs": {"net_arch": [8]}, "buffer_size": 10}
    algorithm = asking("TD3", noise_type="ornstein-uhlenbeck", noise_std=0.3, **small)
    agent = fresh_agent(algorithm, PENDULUM, 0)
    assert agent == fresh_agent(algorithm, PENDULUM, 0)
    noise = load_from_zip_file(io.BytesIO(agent.model))[0]["action_noise"]  # as Stable-Baselines3's `load` reads it
    assert repr(noise) == "OrnsteinUhlenbeckActionNoise(mu=[0.], sigma=[0.3])"
    np.testing.assert_array_equal(noise.noise_prev, [0.0])
