"""Heirs that are copies alone are, to the byte, what `inherit` makes one by one."""

from dataclasses import replace

import pytest

from heredity.agents.agent import Agent
from heredity.agents.stack import Stack
from heredity.agents.task import Task
from heredity.inheritance import heirs as module
from heredity.inheritance.fresh import fresh_heirs
from heredity.inheritance.heirs import inherit
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm

SMALL = {"n_steps": 16, "batch_size": 16, "policy_kwargs": {"net_arch": [4]}}
PLAIN = Algorithm(name="PPO", n_envs=1, hyperparameters=SMALL)
NORMALIZING = Algorithm(name="PPO", n_envs=1, hyperparameters=SMALL, normalize={"observation": True})
TASK = Task("CartPole-v1")


def stacked(agents):
    stack = Stack.of(agents)
    return {name: stack.agent(name) for name in stack.names}


def alone(agents):
    return {name: Agent(agent.model, agent.normalizer) for name, agent in agents.items()}


@pytest.fixture
def built(monkeypatch):
    """The names of the heirs that are built."""
    names, build = [], module._heir
    monkeypatch.setattr(module, "_heir", lambda name, *others: names.append(name) or build(name, *others))
    return names


@pytest.mark.parametrize("algorithm", [PLAIN, NORMALIZING], ids=["plain", "normalizing"])
@pytest.mark.parametrize("rule", [InheritRule(), InheritRule(update_share=0.5, immigrants=2)], ids=["whole", "shares"])
def test_copies_of_a_stack_are_what_heirs_are_one_by_one(algorithm, rule, built, monkeypatch):
    agents = {heir.name: heir.agent for heir in fresh_heirs(TASK, algorithm, 3, seed=1)}
    together = inherit(stacked(agents), TASK, rule, population=6, seed=2, algorithm=algorithm)
    assert built == ["m00"]
    of_bytes = inherit(alone(agents), TASK, rule, population=6, seed=2, algorithm=algorithm)
    assert built == ["m00"] * 2
    monkeypatch.setattr(module, "copies_alone", lambda *_: False)
    one_by_one = inherit(agents, TASK, rule, population=6, seed=2, algorithm=algorithm)
    assert len(built) == 8 - rule.immigrants
    assert of_bytes == one_by_one
    assert [(heir.agent.model, heir.agent.normalizer) for heir in together] == [
        (heir.agent.model, heir.agent.normalizer) for heir in one_by_one
    ]
    assert [(heir.birth, heir.warm_start) for heir in together] == [
        (heir.birth, heir.warm_start) for heir in one_by_one
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"operator": "actor"},
        {"operator": "shrink_perturb"},
        {"optimizer": "keep"},
        {"critic": "reset"},
        {"perturb": {"learning_rate": (0.8, 1.2)}},
        {"hyperparameters": {"learning_rate": 0.1}},
    ],
    ids=str,
)
def test_whatever_changes_more_than_a_policy_is_built_alone(changes, built):
    agents = stacked({heir.name: heir.agent for heir in fresh_heirs(TASK, PLAIN, 2, seed=1)})
    inherit(agents, TASK, InheritRule(**changes), population=3, seed=2, algorithm=PLAIN)
    assert built == ["m00", "m01", "m02"]


def test_parents_whose_policies_differ_in_kind_are_looked_at_one_by_one(built):
    other = PLAIN.model_copy(
        update={"hyperparameters": {**SMALL, "policy_kwargs": {"net_arch": [4], "log_std_init": 1}}}
    )
    agents = {"a": fresh_heirs(TASK, PLAIN, 1, seed=1)[0].agent, "b": fresh_heirs(TASK, other, 1, seed=1)[0].agent}
    inherit(stacked(agents), TASK, InheritRule(), population=4, seed=2, algorithm=PLAIN)
    assert built == ["m00", "m01", "m02", "m03"]


def test_heirs_of_another_size_are_built_one_by_one(built, monkeypatch):
    agents = stacked({heir.name: heir.agent for heir in fresh_heirs(TASK, PLAIN, 2, seed=1)})
    larger = replace(TASK, id="Acrobot-v1")
    together = inherit(agents, larger, InheritRule(), population=3, seed=2, algorithm=PLAIN)
    monkeypatch.setattr(module, "copies_alone", lambda *_: False)
    one_by_one = inherit(agents, larger, InheritRule(), population=3, seed=2, algorithm=PLAIN)
    assert [heir.agent.model for heir in together] == [heir.agent.model for heir in one_by_one]
