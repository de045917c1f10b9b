"""What docs/elsewhere.md shows plays in plain Stable-Baselines3 as heredity plays."""

import ast
import re
from contextlib import chdir
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import FlattenObservation
from minigrid.wrappers import ImgObsWrapper
from stable_baselines3 import PPO

from heredity.agents.agent import fresh_agent, pack, write_agent
from heredity.agents.algorithms import build
from heredity.agents.spaces import SpacesOnly
from heredity.agents.task import Task
from heredity.agents.vecnormalize_pickle import write_vecnormalize
from heredity.evaluation.episodes import evaluate
from heredity.evaluation.returns import write_evaluation
from heredity.gate.extension import final_arm
from heredity.layout import Layout
from heredity.study.sections import Algorithm, Normalize, Wrapper
from heredity.wrappers import ChannelStack

PAGE = Path(__file__).parent.parent / "docs" / "elsewhere.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
MODULES = {"csv", "gymnasium", "minigrid", "stable_baselines3", "stable_baselines3.common.vec_env", "heredity.wrappers"}


class Cues(gymnasium.Env):
    """Shows what MiniGrid shows, at random, and pays where the action is the largest of seven indices."""

    observation_space = gymnasium.spaces.Dict(
        {"image": gymnasium.spaces.Box(0, 255, (7, 7, 3), np.uint8), "mission": gymnasium.spaces.Text(9)}
    )
    action_space = gymnasium.spaces.Discrete(7)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self._shown(), {}

    def step(self, action):
        pays = float(action == self.view[0, :, 0].argmax())
        return self._shown(), pays, False, False, {}

    def _shown(self):
        self.view = self.np_random.integers(0, 11, (7, 7, 3)).astype(np.uint8)
        return {"image": self.view, "mission": "match"}


class Frames(Cues):
    """Shows small pictures, the cue in their brightness."""

    observation_space = gymnasium.spaces.Box(0, 255, (40, 36, 2), np.uint8)

    def _shown(self):
        self.view = self.np_random.integers(0, 256, (40, 36, 2)).astype(np.uint8)
        return self.view


@pytest.fixture(autouse=True)
def registered():
    for env in (Cues, Frames):
        gymnasium.register(f"{env.__name__}-v0", entry_point=env, max_episode_steps=20)
    yield
    for env in (Cues, Frames):
        gymnasium.registry.pop(f"{env.__name__}-v0")


def ppo(policy="MlpPolicy", *, normalize=False):
    numbers = {"n_steps": 64, "batch_size": 64, "n_epochs": 1}
    switches = Normalize(observation=normalize, reward=normalize)
    return Algorithm(name="PPO", policy=policy, n_envs=2, normalize=switches, hyperparameters=numbers)


def evaluated(root, generation, agent, task, member="m00"):
    """Leave what a generation leaves of a member, and return its returns."""
    arm = final_arm(Layout(root / "lineage"), generation)
    write_agent(agent, arm.model(member))
    write_vecnormalize(agent, arm.model(member), SpacesOnly(task, 1))
    episodes = evaluate(agent, task, episodes=8, seed=1)
    write_evaluation(arm.evaluation, {"report": {member: episodes}})
    assert len(set(episodes.returns)) > 1
    return episodes


def run(block, root):
    """Run a block of the page in the folder of a study, and return what it leaves."""
    names = {}
    with chdir(root):
        exec(compile(block, PAGE.name, "exec"), names)
    return names


def test_the_page_needs_stable_baselines3_and_wrappers_alone():
    nodes = [node for block in BLOCKS for node in ast.walk(ast.parse(block))]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported == MODULES


def test_a_model_plays_elsewhere_as_it_was_evaluated_and_otherwise_without_its_wrapper(tmp_path):
    task = Task("Cues-v0", wrappers=(Wrapper(name="heredity.wrappers.FlatView"),))
    episodes = evaluated(tmp_path, "small", fresh_agent(ppo(), task, 0), task, "l00/m00")
    names = run(BLOCKS[0].replace("MiniGrid-DoorKey-5x5-v0", "Cues-v0"), tmp_path)
    assert names["returns"] == list(episodes.returns)
    obvious = FlattenObservation(ImgObsWrapper(gymnasium.make("Cues-v0")))
    assert [names["play"](names["model"], obvious, int(seed)) for seed in episodes.seed] != list(episodes.returns)


def test_a_model_that_normalizes_plays_elsewhere_as_it_was_evaluated_and_otherwise_without_its_statistics(tmp_path):
    task, algorithm = Task("CartPole-v1"), ppo(normalize=True)
    agent = pack(build(algorithm, task, 0, 0).learn(128), algorithm)
    episodes = evaluated(tmp_path, "first", agent, task)
    names = run(BLOCKS[1], tmp_path)
    assert names["returns"] == list(episodes.returns)
    bare = names["envs"].venv
    assert [names["play"](names["model"], bare, int(seed)) for seed in episodes.seed] != list(episodes.returns)


def test_an_image_policy_plays_stacked_images_elsewhere_as_it_was_evaluated(tmp_path):
    stack = Wrapper(name="heredity.wrappers.ChannelStack", kwargs={"stack_size": 3})
    task = Task("Frames-v0", wrappers=(stack,))
    episodes = evaluated(tmp_path, "small", fresh_agent(ppo("CnnPolicy"), task, 0), task)
    play = run(BLOCKS[0].partition("\nmodel = ")[0], tmp_path)["play"]
    env = ChannelStack(gymnasium.make("Frames-v0"), 3)
    model = PPO.load(tmp_path / "lineage/small/models/m00.zip", env=env, device="cpu")
    assert model.observation_space.shape == (6, 40, 36)
    assert [play(model, env, int(seed)) for seed in episodes.seed] == list(episodes.returns)
