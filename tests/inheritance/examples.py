"""Parents and children that several tests of this room look at."""

import torch

from heredity.agents.agent import fresh_agent, pack, read_tensors, write_agents
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.inheritance.birth_files import write_heirs
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.pedigree import read_births
from heredity.inheritance.transplant import flat
from heredity.layout import Layout
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


def born(root, generation, after, donors, **rule):
    """Write the heirs and the (untrained) models of one generation of two, and return the models as donors."""
    layout = Layout(root)
    heirs = inherit(donors, CARTPOLE, InheritRule(**rule), population=2, seed=len(generation), algorithm=PPO)
    write_heirs(layout, generation, after, heirs)
    write_agents(layout.arm(generation, "inherited").models, {heir.name: heir.agent for heir in heirs})
    return {heir.name: Donor(heir.agent, parent_hashes=heir.birth.parent_hashes) for heir in heirs}


def births(root, generation):
    return read_births(Layout(root).pedigree(generation)).heirs


def three_generations(root):
    """Write a lineage of three generations: fresh, copies of the best, and their soup."""
    first = born(root, "first", "founders", {})
    second = born(root, "second", "first", first, parents="best", perturb={"learning_rate": (0.8, 1.25)})
    born(root, "third", "second", second, operator="soup")
    return root
