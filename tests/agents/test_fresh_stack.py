"""Agents drawn by the hundred are, to the byte, those that are built one by one."""

import pytest

from heredity.agents import fresh_stack
from heredity.agents.agent import fresh_agent
from heredity.agents.fresh_stack import fresh_agents
from heredity.agents.task import Task
from heredity.study.sections import Algorithm

SMALL = {"n_steps": 16, "batch_size": 16, "policy_kwargs": {"net_arch": [4]}}
OTHER = {
    **SMALL,
    "learning_rate": "lin_0.01",
    "policy_kwargs": {"net_arch": {"pi": [4], "vf": [3]}, "ortho_init": False},
}
SEEDS = {"a": 3, "b": 7, "c": 2**31}


@pytest.mark.parametrize(
    ("algorithm", "env", "built"),
    [
        (Algorithm(name="PPO", n_envs=1, hyperparameters=SMALL), "CartPole-v1", 1),
        (Algorithm(name="PPO", n_envs=2, hyperparameters=OTHER, normalize={"observation": True}), "Pendulum-v1", 1),
        (Algorithm(name="A2C", n_envs=1), "CartPole-v1", 3),
    ],
    ids=["plain", "normalizing", "another algorithm"],
)
def test_they_are_those_that_are_built_one_by_one(algorithm, env, built, monkeypatch):
    expected = {name: fresh_agent(algorithm, Task(env), seed) for name, seed in SEEDS.items()}
    count = []
    monkeypatch.setattr(fresh_stack, "fresh_agent", lambda *given: count.append(given) or fresh_agent(*given))
    agents = fresh_agents(algorithm, Task(env), SEEDS)
    assert {name: (agent.model, agent.normalizer) for name, agent in agents.items()} == {
        name: (agent.model, agent.normalizer) for name, agent in expected.items()
    }
    assert len(count) == built
