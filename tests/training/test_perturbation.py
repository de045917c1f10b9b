"""Soft shrink and perturb: what an update leaves, the same in both engines."""

from dataclasses import replace

import pytest
import torch

from heredity.agents.agent import fresh_agent, read_tensors
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.inheritance.heirs import inherit
from heredity.inheritance.warm_start import WarmStart
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm, Train
from heredity.training.engines import train
from heredity.training.perturbation import fresh_weights
from heredity.training.shard import Member, Shard

CARTPOLE, PENDULUM = Task("CartPole-v1", threshold=500.0), Task("Pendulum-v1", threshold=0.0)
STILL = {"n_steps": 16, "batch_size": 32, "n_epochs": 1, "learning_rate": 0.0}
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters=STILL)
OTHERS = [
    Algorithm(name="A2C", n_envs=2, hyperparameters={"policy_kwargs": {"net_arch": [8]}}),
    Algorithm(name="PPO", n_envs=2, hyperparameters={**STILL, "use_sde": True}),
    Algorithm(name="SAC", n_envs=1, hyperparameters={"policy_kwargs": {"net_arch": [8]}}),
    Algorithm(name="TQC", n_envs=1, hyperparameters={"policy_kwargs": {"net_arch": [8]}}),
    Algorithm(
        name="RecurrentPPO", policy="MlpLstmPolicy", n_envs=2,
        hyperparameters={**STILL, "policy_kwargs": {"lstm_hidden_size": 8}},
    ),
]  # fmt: skip


def trained(share, *, engine="sb3", algorithm=PPO, task=CARTPOLE, budget=64, seed=1):
    member = Member("m00", fresh_agent(algorithm, task, seed), seed, warm_start=WarmStart(update_share=share))
    work = Shard("first", "inherited", task, algorithm, Train(engine=engine, until="budget"), budget, 2, (member,))
    return read_tensors(train(work)[0].agent)["policy"], member


@pytest.mark.parametrize("engine", ["sb3", "cohort"])
def test_a_share_of_1_changes_nothing_and_a_share_of_0_leaves_nothing(engine):
    start = read_tensors(fresh_agent(PPO, CARTPOLE, 1))["policy"]
    kept, (anew, member) = trained(1.0, engine=engine)[0], trained(0.0, engine=engine)
    assert all(torch.equal(value, start[name]) for name, value in kept.items())
    model = build(PPO, CARTPOLE, 0, 0)
    model.num_timesteps = 64  # two rollouts of 32, and the draw after the second
    assert all(torch.equal(anew[name], value) for name, value in fresh_weights(model, member).items())


@pytest.mark.parametrize("task", [CARTPOLE, PENDULUM])
def test_both_engines_leave_the_same(task):
    ours, theirs, whole = (
        trained(share, engine=engine, task=task)[0] for share, engine in ((0.9, "cohort"), (0.9, "sb3"), (1.0, "sb3"))
    )
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, atol=1e-6, rtol=0)
        constant = name == "log_std" or name.endswith("bias")  # biases begin at 0
        assert torch.equal(value, whole[name]) is constant, name


def test_what_is_drawn_depends_on_seed_and_clock_and_moves_nobody_elses_numbers():
    model, member = build(PPO, CARTPOLE, 0, 0), Member("m00", None, 1)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    draws = [fresh_weights(model, member)["action_net.weight"] for _ in range(2)]
    model.num_timesteps = 64
    draws += [fresh_weights(model, replace(member, seed=seed))["action_net.weight"] for seed in (1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not any(torch.equal(a, b) for a, b in ((draws[0], draws[2]), (draws[2], draws[3])))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("algorithm", OTHERS, ids=lambda one: one.name)
def test_every_kind_of_policy_can_be_drawn_anew(algorithm):
    model = build(algorithm, PENDULUM, 0, 0)
    fresh = fresh_weights(model, Member("m00", None, 1))
    shapes = {name: value.shape for name, value in model.policy.named_parameters() if name != "log_std"}
    assert {name: value.shape for name, value in fresh.items()} == shapes


def test_off_policy_members_are_perturbed_after_they_learn():
    dqn = Algorithm(name="DQN", n_envs=1, hyperparameters={"learning_starts": 30, "learning_rate": 0.0})
    start = read_tensors(fresh_agent(dqn, CARTPOLE, 1))["policy"]
    for budget, same in ((24, True), (40, False)):
        policy = trained(0.9, algorithm=dqn, budget=budget)[0]
        assert all(torch.equal(policy[name], value) for name, value in start.items()) is same


def test_the_share_is_recorded_for_heirs_and_not_for_immigrants():
    rule = InheritRule(operator="shrink_perturb", update_share=0.99, immigrants=1)
    donors = {"a": fresh_agent(PPO, CARTPOLE, 0)}
    heirs = inherit(donors, CARTPOLE, rule, population=2, seed=0, algorithm=PPO)
    assert [heir.warm_start.record.update_share for heir in heirs] == [0.99, 1.0]
    ars = Algorithm(name="ARS", policy="LinearPolicy", n_envs=1)
    with pytest.raises(AgentError, match="update_share: expected 1, because ARS has no updates"):
        inherit(donors, CARTPOLE, rule, population=1, seed=0, algorithm=ars)
