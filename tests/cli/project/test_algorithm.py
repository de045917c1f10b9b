"""What a first study learns by: PPO as an environment's spaces ask for it, or what a model tells of itself."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import DQN, PPO, SAC

from heredity.agents.agent import fresh_agent, write_agent
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.cli.project.algorithm import founders_algorithm, usual_algorithm
from heredity.cli.project.environment import Played
from heredity.errors import AgentError
from heredity.study.sections import Algorithm

BOX, IMAGE = spaces.Box(-1, 1, (3,)), spaces.Box(0, 255, (40, 40, 3), np.uint8)
TWO = spaces.Discrete(2)


def played(observations=BOX, actions=TWO, *, masked=False, id="CartPole-v1"):
    return Played(Task(id), (observations, actions), masked, 1e-5, 100)


def cartpole():
    env = gymnasium.make("CartPole-v1")
    return played(env.observation_space, env.action_space)


@pytest.mark.parametrize(
    ("asked", "name", "policy", "normalized"),
    [
        (played(), "PPO", "MlpPolicy", (False, False)),
        (played(actions=spaces.MultiDiscrete([2, 3])), "PPO", "MlpPolicy", (False, False)),
        (played(actions=spaces.MultiBinary(3)), "PPO", "MlpPolicy", (False, False)),
        (played(actions=BOX), "PPO", "MlpPolicy", (True, True)),
        (played(spaces.Discrete(5), BOX), "PPO", "MlpPolicy", (False, True)),
        (played(spaces.Dict(a=BOX, b=TWO)), "PPO", "MultiInputPolicy", (False, False)),
        (played(IMAGE), "PPO", "CnnPolicy", (False, False)),
        (played(IMAGE, BOX), "PPO", "CnnPolicy", (False, False)),
        (played(spaces.Box(0, 255, (20, 20, 3), np.uint8)), "PPO", "MlpPolicy", (False, False)),
        (played(masked=True), "MaskablePPO", "MlpPolicy", (False, False)),
        (played(actions=BOX, masked=True), "PPO", "MlpPolicy", (True, True)),
    ],
)
def test_spaces_choose_the_algorithm(asked, name, policy, normalized):
    algorithm = usual_algorithm(asked)
    switches = algorithm.normalize
    assert (algorithm.name, algorithm.policy, (switches.observation, switches.reward)) == (name, policy, normalized)


def test_a_founder_tells_its_steps_and_what_it_learned_by(tmp_path):
    model = PPO("MlpPolicy", "CartPole-v1", n_steps=64, learning_rate=0.002, gamma=0.98, device="cpu",
                policy_kwargs={"net_arch": [32]}, seed=3)  # fmt: skip
    model.learn(128).save(tmp_path / "model.zip")
    algorithm, steps = founders_algorithm(tmp_path / "model.zip", cartpole())
    assert steps == 128
    assert (algorithm.name, algorithm.policy, algorithm.n_envs) == ("PPO", "MlpPolicy", 1)
    assert algorithm.hyperparameters == {
        "n_steps": 64, "learning_rate": 0.002, "gamma": 0.98,
        "policy_kwargs": {"net_arch": {"pi": [32], "vf": [32]}},
    }  # fmt: skip


def test_a_founder_of_heredity_tells_all_of_it(tmp_path):
    own = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 32, "learning_rate": "lin_0.001"})
    write_agent(fresh_agent(own, Task("CartPole-v1"), 0), tmp_path / "model.zip")
    assert founders_algorithm(tmp_path / "model.zip", cartpole()) == (own, 0)


@pytest.mark.parametrize(("algorithm", "id"), [(DQN, "CartPole-v1"), (SAC, "Pendulum-v1")])
def test_founders_of_other_algorithms_make_members_that_can_be_built(tmp_path, algorithm, id):
    algorithm("MlpPolicy", id, buffer_size=100, device="cpu").save(tmp_path / "model.zip")
    env = gymnasium.make(id)
    told, _ = founders_algorithm(tmp_path / "model.zip", played(env.observation_space, env.action_space, id=id))
    assert told.name == algorithm.__name__
    assert told.hyperparameters["buffer_size"] == 100
    build(told, Task(id), 0, 0)


@pytest.mark.parametrize(
    ("algorithm", "id", "line"),
    [
        (PPO, "Acrobot-v1", r"whose mlp_extractor\.policy_net\.0\.weight has shape \[64, 6\] and not \[64, 4\]"),
        (PPO, "MountainCar-v0", r"whose .* shape \[64, 2\] and not \[64, 4\]; name an environment with the sp"),
        (SAC, "Pendulum-v1", r"of SAC with MlpPolicy: algorithm: SAC with MlpPolicy cannot take CartPole-v1"),
    ],
)  # fmt: skip
def test_a_model_of_other_spaces_is_refused_although_heirs_could_be_cropped(tmp_path, algorithm, id, line):
    algorithm("MlpPolicy", id, device="cpu").save(tmp_path / "model.zip")
    expected = (
        r"^--from: .*model\.zip: expected a model for CartPole-v1, with observations Box.* and actions Discrete\(2\)"
    )
    with pytest.raises(AgentError, match=f"{expected}, got one {line}"):
        founders_algorithm(tmp_path / "model.zip", cartpole())


def test_spaces_of_other_kinds_and_as_many_numbers_are_refused(tmp_path):
    gymnasium.register("Four-v0", entry_point=lambda: gymnasium.wrappers.TransformObservation(
        gymnasium.make("CartPole-v1").unwrapped, lambda _: 0, spaces.Discrete(4)))  # fmt: skip
    try:
        PPO("MlpPolicy", "Four-v0", device="cpu").save(tmp_path / "model.zip")
    finally:
        gymnasium.registry.pop("Four-v0")
    with pytest.raises(AgentError, match="expected a parent with Box observations, to which its tensors belong, got D"):
        founders_algorithm(tmp_path / "model.zip", cartpole())


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"no zip", "expected a .*zip"), (None, "cannot be read: No such file or directory")],
)
def test_what_is_no_model_is_refused(tmp_path, content, line):
    if content:
        (tmp_path / "model.zip").write_bytes(content)
    with pytest.raises(AgentError, match=rf"^--from: .*model\.zip: {line}"):
        founders_algorithm(tmp_path / "model.zip", cartpole())
