"""Members that play as one program play what each plays alone, and who cannot fails alone."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from heredity.agents.agent import Agent, fresh_agent
from heredity.agents.archives import npz
from heredity.agents.normalizer import read_normalizer
from heredity.agents.task import Task
from heredity.evaluation import members_on_twin, tile_plays
from heredity.evaluation.batched import batches, play_batch
from heredity.evaluation.episodes import run_trial
from heredity.evaluation.failures import Failure
from heredity.evaluation.trial import Trial
from heredity.study.sections import Algorithm

pytestmark = pytest.mark.study

SMALL = {"n_steps": 16, "batch_size": 16, "policy_kwargs": {"net_arch": [8]}}
PLAIN = Algorithm(name="PPO", n_envs=2, hyperparameters=SMALL)
NORMALIZING = Algorithm(**{**PLAIN.model_dump(), "normalize": {"observation": True, "reward": True}})
WIDER = Algorithm(name="PPO", n_envs=2, hyperparameters={**SMALL, "policy_kwargs": {"net_arch": [6]}})


@pytest.fixture(autouse=True)
def without_a_gpu(monkeypatch):
    monkeypatch.setattr(tile_plays, "computing_on", lambda device: nullcontext())
    monkeypatch.setattr(members_on_twin, "MEMBERS", 2)
    monkeypatch.setattr(members_on_twin, "EPISODES", 4)


def trials_of(task, agents, **changes):
    trial = Trial("", agents[0], task, 6, 5, False, "g", success_return=20.0)
    return [replace(trial, member=f"m{m}", agent=agent, seed=5 + m // 2, **changes) for m, agent in enumerate(agents)]


def shifted(agent, by):
    """The agent with other statistics."""
    arrays = read_normalizer(agent.normalizer)
    return Agent(agent.model, npz({**arrays, "observation.mean": arrays["observation.mean"] + by}))


@pytest.mark.parametrize(
    ("task", "algorithms"),
    [
        (Task("CartPole-v1", twin=True, device="cuda"), [PLAIN] * 3),
        (Task("CartPole-v1", twin=True, device="cuda"), [PLAIN, WIDER, PLAIN]),
        (Task("Pendulum-v1", twin=True, device="cuda"), [PLAIN] * 2),
    ],
    ids=["Discrete", "two shapes", "Box"],
)
@pytest.mark.parametrize("deterministic", [True, False])
def test_members_play_together_what_each_plays_alone(task, algorithms, deterministic):
    agents = [fresh_agent(algorithm, task, seed) for seed, algorithm in enumerate(algorithms)]
    trials = trials_of(task, agents, deterministic=deterministic)
    (batch,) = batches(trials)
    assert batch.device == "cuda"
    for trial, together in zip(trials, play_batch(batch), strict=True):
        alone = run_trial(trial)
        np.testing.assert_allclose(together.returns, alone.returns, rtol=1e-4)
        for name in ("seed", "length", "success"):
            np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))


def test_each_plays_by_its_own_statistics():
    task = Task("CartPole-v1", twin=True, device="cuda")
    agent = fresh_agent(NORMALIZING, task, 0)
    agents = [shifted(agent, by) for by in (0.0, 3.0, -3.0)]
    trials = trials_of(task, agents, deterministic=True)
    together = tile_plays.play_trials(trials)
    assert [each.length.tolist() for each in together] == [run_trial(trial).length.tolist() for trial in trials]
    assert together[0].length.tolist() != together[1].length.tolist()


def test_who_is_refused_fails_alone():
    task = Task("CartPole-v1", twin=True, device="cuda")
    agents = [fresh_agent(PLAIN, task, seed) for seed in range(2)]
    trials = trials_of(task, agents, step_limit=15)
    played = play_batch(batches(trials)[0])
    assert [type(each) for each in played].count(Failure) >= 1
    assert all("within 15 steps" in each.reason for each in played if isinstance(each, Failure))


def test_who_learned_nothing_plays_on_the_cpu():
    task = Task("CartPole-v1", twin=True, device="cuda")
    (batch,) = batches([replace(trials_of(task, ["random"])[0], split="null")])
    np.testing.assert_array_equal(play_batch(batch)[0].returns, run_trial(batch.trials[0]).returns)
