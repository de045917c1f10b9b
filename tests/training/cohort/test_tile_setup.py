"""When a tile's members end, and what they begin with, exactly."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.stack import Stack
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.study.sections import Algorithm, Train
from heredity.training.cohort.tile_setup import ends_of, learners_of, member_key
from heredity.training.shard import Shard

SMALL = {"n_steps": 16, "batch_size": 16, "policy_kwargs": {"net_arch": [4]}}
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters=SMALL)
TASK = Task("CartPole-v1")
KIND = SimpleNamespace(rollout_steps=32)


def ends(threshold=None, budget=100, **train):
    task = replace(TASK, threshold=threshold)
    return ends_of(Shard("g", "inherited", task, PPO, Train(**train), budget, 2, ()), KIND)


@pytest.mark.parametrize("threshold", [0.9, -0.1, 475.0, 1 / 3, -1e-9])
def test_a_mean_reaches_the_threshold_where_its_float_does(threshold):
    goal = ends(threshold).threshold
    assert goal.dtype == np.float32
    assert float(goal) >= threshold > float(np.nextafter(goal, np.float32(-np.inf)))


def test_without_a_threshold_nobody_reaches_it_and_limits_are_whole_rollouts():
    assert ends(None).threshold == ends(0.9, until="budget").threshold == np.inf
    assert (ends(budget=96).budget, ends(budget=97).budget) == (3, 4)
    assert (ends(patience_steps=64).patience, ends(patience_steps=65).patience) == (2, 3)
    assert ends().patience == np.iinfo(np.int32).max


def test_members_with_and_without_a_step_behind_them_begin_in_their_order():
    agents = [fresh_agent(PPO, TASK, seed) for seed in range(4)]
    stack = Stack.of({str(seed): agent for seed, agent in enumerate(agents)})
    moments = [{name: np.full_like(leaf, k) for name, leaf in stack.weights.items()} for k in (2, 3)]
    stepped = Stack.like(agents[0], stack.names, stack.weights, (*moments, np.full(4, 5.0)), [{"seed": 0}] * 4)
    learner = learners_of([stepped.agent("0"), agents[1], stepped.agent("2"), agents[3]])
    assert learner.adam.count.tolist() == [5, 0, 5, 0]
    assert learner.adam.mu["action_net.bias"][:, 0].tolist() == [2, 0, 2, 0]
    assert learner.adam.nu["action_net.bias"][:, 0].tolist() == [3, 0, 3, 0]
    for name, leaf in stack.weights.items():
        np.testing.assert_array_equal(learner.weights[name], leaf)


def test_members_of_two_architectures_are_refused():
    wide = PPO.model_copy(update={"hyperparameters": {**SMALL, "policy_kwargs": {"net_arch": [5]}}})
    with pytest.raises(AgentError, match=r"expected .*architecture"):
        learners_of([fresh_agent(PPO, TASK, 0), fresh_agent(wide, TASK, 0)])


def test_members_draw_from_keys_of_their_own():
    keys = {tuple(member_key(seed).tolist()) for seed in range(50)}
    assert len(keys) == 50
