"""Parents and children that several tests of this room look at."""

import torch

from heredity.agents.agent import fresh_agent, pack, read_tensors
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.inheritance.heirs import inherit
from heredity.inheritance.transplant import flat
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm

CARTPOLE, ACROBOT, PENDULUM = Task("CartPole-v1"), Task("Acrobot-v1"), Task("Pendulum-v1")
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})
A, B, C = (fresh_agent(PPO, CARTPOLE, seed) for seed in (11, 12, 13))


def trained(algorithm=PPO, task=CARTPOLE, seed=0, steps=64):
    model = build(algorithm, task, seed, seed)
    model.learn(steps)
    return pack(model, algorithm)


def heir(operator="copy", donors=None, *, task=CARTPOLE, algorithm=PPO, seed=5, **rule):
    """Return the only child of the donors."""
    chosen = InheritRule(operator=operator, **rule)
    return inherit(donors or {"a": A}, task, chosen, population=1, seed=seed, algorithm=algorithm)[0]


def weights(agent):
    return flat(read_tensors(agent))


def same(ours, theirs):
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)
