"""No space takes a random generator into an agent, and none is shared by two environments."""

import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.envs.registration import register

from heredity.agents.agent import fresh_agent, pack
from heredity.agents.algorithms import build
from heredity.agents.generators import seeded, without_generators
from heredity.agents.task import Task
from heredity.evaluation.episodes import evaluate, run_trial
from heredity.evaluation.trial import Trial
from heredity.study.sections import Algorithm

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 8, "batch_size": 16, "n_epochs": 1})
CNN = PPO.model_copy(update={"policy": "CnnPolicy"})
BOX = spaces.Box(0, 1, (3,), np.float32)
IMAGE = spaces.Box(0, 255, (36, 36, 3), np.uint8)


class Sampling(gymnasium.Env):
    """Its spaces are the class's and a module's, and what it shows is drawn from them."""

    observation_space = BOX
    action_space = spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        paid = float(self.action_space.sample() == action)
        return self.observation_space.sample(), paid, False, False, {}


class Pictures(Sampling):
    observation_space = IMAGE


class Views(Sampling):
    observation_space = spaces.Dict({"inner": BOX, "picture": IMAGE})


for each in (Sampling, Pictures, Views):
    register(f"generators/{each.__name__}-v0", each, max_episode_steps=5)

TASKS = {
    "MlpPolicy": Task("generators/Sampling-v0"),
    "CnnPolicy": Task("generators/Pictures-v0"),
    "MultiInputPolicy": Task("generators/Views-v0"),
}


def learned(policy, seed=0):
    algorithm = PPO.model_copy(update={"policy": policy})
    model = build(algorithm, TASKS[policy], seed, seed)
    model.learn(16)
    return pack(model, algorithm)


@pytest.mark.parametrize("policy", TASKS)
def test_equal_work_gives_equal_bytes_whatever_its_spaces_are_and_whoever_sampled_them(policy):
    first = learned(policy)
    BOX.sample(), IMAGE.sample(), Sampling.action_space.sample()
    assert learned(policy) == first
    assert learned(policy, seed=1) != first


def test_packing_leaves_the_generators_of_a_model_that_goes_on():
    model = build(PPO, TASKS["MlpPolicy"], 0, 0)
    generator = model.action_space.np_random
    pack(model, PPO)
    assert model.action_space.np_random is generator


def test_what_an_environment_draws_from_its_spaces_is_its_seeds():
    agent, task = fresh_agent(PPO, TASKS["MlpPolicy"], 0), TASKS["MlpPolicy"]
    whole = evaluate(agent, task, episodes=20, seed=3)
    assert evaluate(agent, task, episodes=20, seed=3).returns.tolist() == whole.returns.tolist()
    later = run_trial(Trial("", agent, task, 4, 3, True, first=16, algorithm=PPO))
    assert later.returns.tolist() == whole.returns[16:].tolist()
    assert len(set(whole.returns)) > 1


def test_two_environments_of_one_class_do_not_draw_from_one_generator():
    one, other = (TASKS["MlpPolicy"].make() for _ in range(2))
    first = [env.reset(seed=7)[0] for env in (one, other)]
    np.testing.assert_array_equal(*first)
    one.step(0), one.step(0)
    np.testing.assert_array_equal(other.step(0)[0], one_after(7))


def one_after(seed):
    env = TASKS["MlpPolicy"].make()
    env.reset(seed=seed)
    return env.step(0)[0]


@pytest.mark.parametrize(
    "space",
    [
        BOX,
        spaces.Dict({"a": BOX, "b": spaces.Dict({"c": spaces.Discrete(2)})}),
        spaces.Tuple((BOX, spaces.MultiBinary(2))),
        spaces.Sequence(spaces.Discrete(3)),
        spaces.OneOf((BOX, spaces.Discrete(2))),
        spaces.Graph(node_space=BOX, edge_space=spaces.Discrete(2)),
    ],
)
def test_a_copy_without_generators_begins_as_a_new_space_does(space):
    space.seed(0)
    before = str(space.np_random.bit_generator.state)
    copied = without_generators(space)
    assert copied == space and str(space.np_random.bit_generator.state) == before
    assert b"PCG64" not in pickle.dumps(copied)
    assert b"PCG64" in pickle.dumps(seeded(space, 0))


def test_what_a_model_draws_from_its_spaces_is_its_seeds_alone():
    models = [build(CNN, TASKS["CnnPolicy"], seed, 0) for seed in (0, 0, 1)]
    drawn = [model.observation_space.sample().sum() for model in models]
    assert drawn[0] == drawn[1] != drawn[2]
    assert models[0].action_space is not models[0].get_env().get_attr("action_space")[0]
