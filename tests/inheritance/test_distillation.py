"""Distillation: a child fitted to a parent of another algorithm, other layers, other spaces."""

import numpy as np
import pytest
import torch

from heredity.agents.agent import fresh_agent, pack, read_tensors, unpack
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.evaluation.episodes import evaluate
from heredity.inheritance.heirs import Donor, inherit
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm

pytestmark = pytest.mark.study

CARTPOLE, ACROBOT, PENDULUM = Task("CartPole-v1"), Task("Acrobot-v1"), Task("Pendulum-v1")
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})
DQN = Algorithm(
    name="DQN",
    n_envs=1,
    hyperparameters={
        "learning_rate": 0.0023, "buffer_size": 20_000, "learning_starts": 1000, "target_update_interval": 10,
        "train_freq": 256, "gradient_steps": 128, "exploration_fraction": 0.16, "exploration_final_eps": 0.04,
        "batch_size": 64, "policy_kwargs": {"net_arch": [128, 128]},
    },
)  # fmt: skip


def child_of(parent, task=CARTPOLE, *, source=CARTPOLE, algorithm=PPO, **distil):
    rule = InheritRule(operator="distil", distil=distil or {"states": 2000, "epochs": 5})
    [heir] = inherit({"q": Donor(parent, task=source)}, task, rule, population=1, seed=3, algorithm=algorithm)
    return heir


@pytest.mark.slow
def test_a_fresh_ppo_learns_the_task_from_a_trained_dqn_without_a_step_of_its_own():
    model = build(DQN, CARTPOLE, 1, 1)
    for chunk in range(3):
        model.learn(10_000, reset_num_timesteps=chunk == 0)
    parent = pack(model, DQN)
    threshold = evaluate(parent, CARTPOLE, episodes=20, seed=9).returns.mean()
    assert threshold > 195
    heir = child_of(parent, states=20_000, epochs=10)
    assert evaluate(heir.agent, CARTPOLE, episodes=20, seed=9).returns.mean() > 195
    assert unpack(heir.agent, PPO, CARTPOLE, 0, 0).num_timesteps == 0
    assert read_tensors(heir.agent)["policy.optimizer"]["state"] == {}
    assert heir.birth.inherited_fraction == 0.0


def test_a_child_answers_as_its_parent_does_and_values_states_alike():
    parent = fresh_agent(PPO, CARTPOLE, 1)
    bold = unpack(parent, PPO, CARTPOLE, 1, 1)
    bold.policy.action_net.weight.data *= 100  # an untrained policy hardly prefers anything
    wide = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "policy_kwargs": {"net_arch": [32]}}})
    heir = child_of(pack(bold, PPO), algorithm=wide, states=4000, epochs=40)
    child = unpack(heir.agent, wide, CARTPOLE, 0, 0)
    fresh = unpack(fresh_agent(wide, CARTPOLE, heir.birth.seed), wide, CARTPOLE, 0, 0)
    states = torch.as_tensor(np.random.default_rng(0).normal(0, 0.1, (500, 4)).astype(np.float32))

    def distances(model):
        with torch.no_grad():
            ours, theirs = (m.policy.get_distribution(states).distribution.probs for m in (model, bold))
            values = [m.policy.predict_values(states) for m in (model, bold)]
        return [float((a - b).abs().mean()) for a, b in ((ours, theirs), values)]

    for near, far in zip(distances(child), distances(fresh), strict=True):
        assert near < 0.7 * far


def test_the_same_seed_gives_the_same_child():
    parent = fresh_agent(DQN, CARTPOLE, 0)
    assert child_of(parent).agent == child_of(parent).agent


def test_a_child_with_larger_spaces_is_taught_on_embedded_states():
    heir = child_of(fresh_agent(DQN, CARTPOLE, 0), ACROBOT, states=2000, epochs=40)
    model = unpack(heir.agent, PPO, ACROBOT, 0, 0)
    states = torch.nn.functional.pad(torch.zeros(1, 4), (0, 2))
    assert model.policy.get_distribution(states).distribution.probs[0, 2] < 0.1  # an action that the parent has not


@pytest.mark.slow
def test_continuous_actions_are_fitted():
    sac = Algorithm(name="SAC", n_envs=1, hyperparameters={"learning_starts": 10})
    heir = child_of(fresh_agent(sac, PENDULUM, 0), PENDULUM, source=PENDULUM)
    assert heir.agent != fresh_agent(PPO, PENDULUM, heir.birth.seed)


@pytest.mark.parametrize(
    ("parent", "source", "task", "algorithm", "message"),
    [
        (PPO, CARTPOLE, CARTPOLE, DQN, r"child with an actor and a critic .*, got DQNPolicy"),
        (PPO, ACROBOT, CARTPOLE, PPO, r"parent with observations of shape \(4,\) or a part of it, got \(6,\)"),
        (PPO, PENDULUM, CARTPOLE, PPO, "parent with Discrete actions, got Box"),
    ],
)
def test_what_cannot_be_taught_is_refused(parent, source, task, algorithm, message):
    with pytest.raises(AgentError, match=f"m00: distil: expected a {message}"):
        child_of(fresh_agent(parent, source, 0), task, source=source, algorithm=algorithm)
