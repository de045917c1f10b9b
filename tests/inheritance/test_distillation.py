"""Distillation: a child fitted to a parent of another algorithm, other layers, other spaces."""

import numpy as np
import pytest
import torch
from stable_baselines3.common.vec_env import DummyVecEnv

from heredity.agents.agent import fresh_agent, pack, read_tensors, unpack
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.evaluation.episodes import evaluate
from heredity.inheritance.heirs import Donor, inherit
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm
from tests.masked import MASKABLE, SPACES, STEPS, masked

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

RECURRENT = Algorithm(name="RecurrentPPO", policy="MlpLstmPolicy", n_envs=2, hyperparameters={"n_steps": 16})


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
        (PPO, CARTPOLE, CARTPOLE, RECURRENT, r"child .* that remember nothing .*, got RecurrentActorCriticPolicy"),
    ],
)
def test_what_cannot_be_taught_is_refused(parent, source, task, algorithm, message):
    with pytest.raises(AgentError, match=f"m00: distil: expected a {message}"):
        child_of(fresh_agent(parent, source, 0), task, source=source, algorithm=algorithm)


@pytest.mark.parametrize("kind", SPACES)
def test_a_parent_that_is_told_what_is_allowed_demonstrates_by_it(kind):
    task = masked(kind=kind, strict=True)
    parent = fresh_agent(MASKABLE, task, 1)
    masked_child, other = (
        child_of(parent, task, source=task, algorithm=algorithm, states=32, epochs=1) for algorithm in (MASKABLE, PPO)
    )
    assert other.agent != fresh_agent(PPO, task, other.birth.seed)
    assert set(evaluate(masked_child.agent, task, episodes=3, seed=0).returns) == {STEPS}


def test_a_child_answers_as_its_parent_does_under_the_same_mask():
    parent = fresh_agent(MASKABLE, masked(), 1)
    bold = unpack(parent, MASKABLE, masked(), 1, 1)
    bold.policy.action_net.bias.data = torch.arange(8.0)
    heir = child_of(pack(bold, MASKABLE), masked(), source=masked(), algorithm=MASKABLE, states=500, epochs=60)
    child = unpack(heir.agent, MASKABLE, masked(), 0, 0)
    mask = np.array([[True, False, True, False, False, False, False, True]])
    with torch.no_grad():
        probabilities = [
            model.policy.get_distribution(torch.ones(1, 2), action_masks=mask).distribution.probs
            for model in (child, bold)
        ]
    assert (probabilities[0] - probabilities[1]).abs().max() < 0.1
    assert probabilities[0][0, 1] == 0.0


def test_a_recurrent_parent_demonstrates_with_its_memory():
    parent, states = fresh_agent(RECURRENT, CARTPOLE, 1), []
    model = unpack(parent, RECURRENT, CARTPOLE, 1, 1)
    original = type(model).predict

    def predict(self, observation, state=None, **others):
        states.append(state)
        return original(self, observation, state=state, **others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(model), "predict", predict)
        child_of(parent, states=20, epochs=1)
    assert states[0] is None
    assert sum(state is None for state in states) == 2  # the first answer and the first action, and no other


def test_copies_of_a_greedy_parent_try_something_else_each_for_itself(monkeypatch):
    taken = []
    original = DummyVecEnv.step_async
    monkeypatch.setattr(DummyVecEnv, "step_async", lambda self, a: (taken.append(a), original(self, a))[1])
    two = DQN.model_copy(update={"n_envs": 2})
    parent = unpack(fresh_agent(two, CARTPOLE, 0), two, CARTPOLE, 0, 0)
    parent.policy.q_net.q_net[-1].bias.data = torch.tensor([100.0, 0.0])  # always 0 by itself
    child_of(pack(parent, two), states=1000, epochs=1)
    alone, both = (sum(actions.sum() == n for actions in taken) for n in (1, 2))
    assert 30 < alone < 70  # of 500 steps 2 · 0.05 · 0.95; drawn for both at once it would be 0.1 · 0.5
    assert both <= 4  # 0.05², and not 0.1 · 0.25
