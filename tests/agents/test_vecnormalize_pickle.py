"""Statistics that plain Stable-Baselines3 loads, and that heredity reads back without unpickling."""

import gymnasium
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from heredity.agents.agent import fresh_agent, pack, read_zipped, write_agent
from heredity.agents.algorithms import build
from heredity.agents.founders import read_founder
from heredity.agents.spaces import SpacesOnly
from heredity.agents.task import Task
from heredity.agents.vecnormalize_pickle import pack_vecnormalize, write_vecnormalize
from heredity.errors import AgentError
from heredity.layout import normalizer_path, vecnormalize_path
from heredity.study.sections import Algorithm, Normalize, Wrapper
from tests.agents.examples import CARTPOLE
from tests.agents.examples import PPO as PLAIN

DICTIONARY = Task("CartPole-v1", wrappers=(Wrapper(name="tests.agents.test_vecnormalize.Both"),))


def normalizing(task, policy="MlpPolicy", **switches):
    """Return an agent that has seen a few episodes, and its algorithm."""
    numbers = {"n_steps": 16, "batch_size": 16, "n_epochs": 1, "gamma": 0.9}
    algorithm = Algorithm(name="PPO", policy=policy, n_envs=2, normalize=Normalize(**switches), hyperparameters=numbers)
    return pack(build(algorithm, task, 0, 0).learn(64), algorithm), algorithm


def plain(task):
    return DummyVecEnv([task.make])


@pytest.mark.parametrize(
    ("task", "policy", "switches"),
    [
        (CARTPOLE, "MlpPolicy", {"observation": True, "reward": True}),
        (CARTPOLE, "MlpPolicy", {"reward": True}),
        (DICTIONARY, "MultiInputPolicy", {"observation": True}),
    ],
)
def test_statistics_are_loaded_by_stable_baselines3_and_read_back_without_unpickling(tmp_path, task, policy, switches):
    agent, algorithm = normalizing(task, policy, **switches)
    path = tmp_path / "m00.zip"
    write_agent(agent, path)
    write_vecnormalize(agent, path, SpacesOnly(task, 1))
    loaded = VecNormalize.load(str(vecnormalize_path(path)), plain(task))
    ours = build(algorithm, task, 0, 0).learn(64).get_vec_normalize_env()
    observations = loaded.venv.reset()
    for mine, theirs in zip(*(_values(envs.normalize_obs(observations)) for envs in (ours, loaded)), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert (loaded.norm_obs, loaded.norm_reward, loaded.gamma, loaded.ret_rms.var) == (
        ours.norm_obs, ours.norm_reward, 0.9, ours.ret_rms.var,
    )  # fmt: skip
    PPO.load(path, env=loaded, device="cpu").learn(16)
    assert read_zipped(path) == agent
    normalizer_path(path).unlink()
    assert read_founder(path) == agent


def _values(observations):
    return list(observations.values()) if isinstance(observations, dict) else [observations]


def test_equal_statistics_are_equal_bytes_whatever_the_spaces_have_drawn():
    agent, algorithm = normalizing(CARTPOLE, observation=True)
    used = SpacesOnly(CARTPOLE, 2)
    used.observation_space.sample(), used.action_space.seed(5)
    contents = [pack_vecnormalize(agent.normalizer, algorithm, SpacesOnly(CARTPOLE, 1)) for _ in range(2)]
    contents.append(pack_vecnormalize(agent.normalizer, algorithm, _with_spaces(used)))
    assert len(set(contents)) == 1
    assert used.action_space._np_random is not None


def _with_spaces(used):
    one = SpacesOnly(CARTPOLE, 1)
    one.observation_space, one.action_space = used.observation_space, used.action_space
    return one


def test_an_agent_without_statistics_leaves_no_file(tmp_path):
    write_vecnormalize(fresh_agent(PLAIN, CARTPOLE, 0), tmp_path / "m00.zip", SpacesOnly(CARTPOLE, 1))
    assert not list(tmp_path.iterdir())


def test_statistics_of_other_spaces_are_refused():
    agent, algorithm = normalizing(CARTPOLE, observation=True)
    with pytest.raises(AgentError, match=r"expected observation\.mean of shape \(3,\), got \(4,\)"):
        pack_vecnormalize(agent.normalizer, algorithm, SpacesOnly(Task("Pendulum-v1"), 1))
    with pytest.raises(AgentError, match="expected an algorithm that normalizes"):
        pack_vecnormalize(agent.normalizer, PLAIN, SpacesOnly(CARTPOLE, 1))


def test_spaces_of_a_class_that_nobody_can_import_are_refused():
    class Local(gymnasium.spaces.Box):
        pass

    agent, algorithm = normalizing(CARTPOLE, observation=True)
    envs = SpacesOnly(CARTPOLE, 1)
    envs.action_space = Local(0, 1, (1,))
    with pytest.raises(AgentError, match="expected spaces that can be pickled"):
        pack_vecnormalize(agent.normalizer, algorithm, envs)
