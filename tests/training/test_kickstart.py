"""Kickstarting: the weight of the parent, its effect in both engines, and that it leaves no trace in the model."""

import io
from dataclasses import replace

import numpy as np
import pytest
import stable_baselines3
import torch

from heredity.agents.agent import Agent, fresh_agent, pack, unpack
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.warm_start import WarmStart
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm, Normalize, Train
from heredity.training.curves import CurveRow
from heredity.training.engines import train
from heredity.training.kickstart import Kickstart, position
from heredity.training.shard import Member, Shard

pytestmark = pytest.mark.study

CARTPOLE = Task("CartPole-v1", threshold=500.0)
PPO = Algorithm(
    name="PPO",
    n_envs=2,
    hyperparameters={"n_steps": 64, "batch_size": 64, "n_epochs": 10, "learning_rate": 0.003, "ent_coef": 0.01},
)
BARE = Algorithm(
    name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16, "policy_kwargs": {"net_arch": []}}
)


def steered_model():
    """Return a model without hidden layers that pushes the cart under the pole's fall: it has learned the task."""
    model = build(BARE, CARTPOLE, 0, 0)
    push = torch.tensor([0.0, 0.0, 20.0, 20.0])
    model.policy.action_net.weight.data = torch.stack([-push, push])
    model.policy.action_net.bias.data.zero_()
    return model


def steered():
    return pack(steered_model(), BARE)


def shard(warm_start, *, algorithm=PPO, engine="sb3", budget=1024, seed=1):
    member = Member("m00", fresh_agent(algorithm, CARTPOLE, seed), seed, warm_start=warm_start)
    return Shard("first", "inherited", CARTPOLE, algorithm, Train(engine=engine, until="budget"), budget, 5, (member,))


def agreement(agent, algorithm):
    """Return how often a policy does what `steered` does."""
    model = unpack(agent, algorithm, CARTPOLE, 0, 0)
    states = np.random.default_rng(0).normal(0, 0.1, (500, 4)).astype(np.float32)
    envs = model.get_vec_normalize_env()
    actions = model.predict(envs.normalize_obs(states) if envs else states, deterministic=True)[0]
    return (actions == (states[:, 2] + states[:, 3] > 0)).mean()


def test_a_position_lies_between_floor_and_goal_whatever_their_signs():
    assert [position(value, -200.0, -100.0) for value in (-250.0, -200.0, -125.0, -100.0, 0.0)] == [0, 0, 0.75, 1, 1]
    assert position(None, -200.0, -100.0) == 0.0  # no episode has ended yet
    assert position(-300.0, -100.0, -100.0) == 1.0  # the parent knows nothing


def test_the_weight_falls_as_the_member_comes_near_to_its_parent():
    curve = [CurveRow(0, 20.0, 0.0, 20.0, None, 5)]
    kickstart = Kickstart(None, 2.0, 20.0, 120.0, curve)
    assert kickstart.weight() == 2.0
    curve.append(CurveRow(64, 95.0, 0.0, 95.0, None, 5))
    assert kickstart.weight() == 0.5


def test_the_goal_is_what_the_parent_returns_on_the_childs_task():
    work = shard(WarmStart(parent=steered(), kickstart=1.0))
    kickstart = Kickstart.of(work, work.members[0], [CurveRow(0, 20.0, 0.0, 20.0, None, 5)])
    assert kickstart.floor == 20.0
    assert 195 < kickstart.goal <= 500
    copied = Kickstart.of(work, work.members[0], [CurveRow(0, 500.0, 0.0, 500.0, None, 5)])
    assert copied.floor < 50  # a random policy's


@pytest.mark.parametrize("engine", ["sb3", "cohort"])
@pytest.mark.parametrize("normalize", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_member_comes_nearer_to_its_parent_than_without_it(engine, normalize):
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=normalize)})
    near, far = (
        train(shard(warm_start, algorithm=algorithm, engine=engine))[0].agent
        for warm_start in (WarmStart(parent=steered(), kickstart=5.0), WarmStart())
    )
    assert agreement(near, algorithm) > 0.85 > agreement(far, algorithm)


def test_a_members_bytes_do_not_depend_on_who_is_kickstarted_beside_it():
    taught, alone = (
        shard(WarmStart(parent=steered(), kickstart=1.0), engine="cohort"),
        shard(WarmStart(), engine="cohort", seed=2),
    )
    both = replace(taught, members=(replace(alone.members[0], name="m01"), *taught.members))
    assert [member.agent for member in train(both)] == [train(one)[0].agent for one in (alone, taught)]


def test_no_trace_of_the_parent_is_left_in_the_model():
    warm_start = WarmStart(parent=steered(), kickstart=5.0)
    model = stable_baselines3.PPO.load(io.BytesIO(train(shard(warm_start, budget=256))[0].agent.model))
    assert model.ent_coef == 0.01
    assert "evaluate_actions" not in vars(model.policy)


def test_advantage_actor_critic_is_kickstarted_too():
    a2c = Algorithm(name="A2C", n_envs=2, hyperparameters={"learning_rate": 0.003})
    near, far = (
        train(shard(warm_start, algorithm=a2c))[0].agent
        for warm_start in (WarmStart(parent=steered(), kickstart=5.0), WarmStart())
    )
    assert agreement(near, a2c) > 0.8 > agreement(far, a2c)


# At birth


def born(parent, task=CARTPOLE, algorithm=PPO, **rule):
    rule = InheritRule(operator="kickstart", **rule)
    return inherit({"p": Donor(parent)}, task, rule, population=1, seed=3, algorithm=algorithm)[0]


def test_a_kickstarted_heir_is_fresh_and_brings_its_parent_along():
    parent = fresh_agent(PPO, CARTPOLE, 7)
    heir = born(parent, kickstart=0.5)
    assert heir.agent == fresh_agent(PPO, CARTPOLE, heir.birth.seed)
    assert heir.warm_start == WarmStart(parent=parent, kickstart=0.5)
    assert heir.birth.inherited_fraction == 0.0
    copied = born(parent, actor="keep", critic="keep")
    assert copied.birth.inherited_fraction == 1.0
    assert copied.warm_start == WarmStart(parent=parent, kickstart=1.0)


def test_a_founder_without_our_record_can_be_a_parent():
    steered_model().save(file := io.BytesIO())
    assert born(Agent(file.getvalue())).warm_start == WarmStart(parent=Agent(file.getvalue()), kickstart=1.0)


@pytest.mark.parametrize(
    ("parent", "task", "algorithm", "message"),
    [
        ("PPO", "CartPole-v1", "DQN", "operator: expected algorithm PPO or A2C for kickstart, got DQN; use distil"),
        ("DQN", "CartPole-v1", "PPO", "m00: kickstart: expected a parent of PPO, A2C, TRPO, got DQN; use operator"),
        ("PPO", "Acrobot-v1", "PPO", "m00: kickstart: expected a parent with the observations and actions of Acrobot"),
        ("PPO", "Pendulum-v1", "PPO", "m00: kickstart: expected a parent with the observations and actions of Pend"),
    ],
)
def test_who_cannot_be_kickstarted_is_refused(parent, task, algorithm, message):
    made = {name: Algorithm(name=name, n_envs=1) for name in ("PPO", "DQN")}
    with pytest.raises(AgentError, match=message):
        born(fresh_agent(made[parent], CARTPOLE, 0), Task(task), made[algorithm])
