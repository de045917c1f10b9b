"""Episodes on a twin: whoever plays, alone and by their seeds, and as on the original."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ks_2samp

from heredity.agents.agent import Agent, fresh_agent, unpack
from heredity.agents.normalizer import pack_normalizer
from heredity.agents.spaces import SpacesOnly
from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.evaluation.batched import Batch, play_batch
from heredity.evaluation.episodes import evaluate, run_trial
from heredity.evaluation.on_twin import BLOCK, _scaled, scaling_of_model
from heredity.evaluation.population import play
from heredity.evaluation.trial import Trial
from heredity.study.sections import Algorithm, Normalize

pytestmark = pytest.mark.study

CARTPOLE = Task("CartPole-v1", twin=True)
PENDULUM = Task("Pendulum-v1", {"max_episode_steps": 40}, twin=True)
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16})


def trial(**changed):
    whole = {"task": CARTPOLE, "episodes": 20, "seed": 5, "deterministic": False, "generation": "small"}
    agent = changed.pop("agent", None) or fresh_agent(PPO, changed.get("task", CARTPOLE), 0)
    return Trial("m00", agent, **(whole | changed))


def same(one, other):
    return all(getattr(one, name).tolist() == getattr(other, name).tolist() for name in ("seed", "returns", "length"))


@pytest.mark.parametrize("task", [CARTPOLE, PENDULUM], ids=["Discrete", "Box"])
@pytest.mark.parametrize("player", ["policy", "best", "random", "constant"])
def test_returns_are_those_of_the_original_in_distribution(task, player):
    agent = player if player in ("random", "constant") else fresh_agent(PPO, task, 3)
    both = [
        evaluate(agent, replace(task, twin=twin), episodes=200, seed=1 + twin, deterministic=player == "best")
        for twin in (False, True)
    ]
    assert ks_2samp(both[0].returns, both[1].returns).pvalue > 0.001
    assert ks_2samp(both[0].length, both[1].length).pvalue > 0.001
    assert len(set(both[1].returns)) > 3


def test_an_episode_is_its_seeds_however_many_are_played_and_from_which_on():
    whole = run_trial(trial(episodes=BLOCK + 9))
    few, later = run_trial(trial(episodes=4)), run_trial(trial(first=BLOCK + 2, episodes=7))
    assert whole.returns[:4].tolist() == few.returns.tolist()
    assert whole.returns[BLOCK + 2 :].tolist() == later.returns.tolist()
    assert whole.seed[BLOCK + 2 :].tolist() == later.seed.tolist()
    assert len(set(whole.returns)) > 5


def test_a_member_plays_in_a_batch_what_it_plays_alone():
    each = [trial(agent=fresh_agent(PPO, CARTPOLE, seed)) for seed in range(3)]
    assert all(same(one, run_trial(own)) for one, own in zip(play_batch(Batch(tuple(each))), each, strict=True))


def test_frozen_statistics_are_applied_and_matter():
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=False)})
    agent = fresh_agent(algorithm, PENDULUM, 0)
    envs = unpack(agent, algorithm, PENDULUM, 0, 0, SpacesOnly(PENDULUM, 1)).get_vec_normalize_env()
    envs.obs_rms.mean += 0.5
    envs.obs_rms.var *= 4
    shown = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    np.testing.assert_allclose(_scaled(scaling_of_model(envs), shown), envs.normalize_obs(shown), rtol=1e-5)
    moved = Agent(agent.model, pack_normalizer(envs))
    returns = [
        evaluate(moved, replace(PENDULUM, twin=twin), episodes=200, seed=1, deterministic=False).returns
        for twin in (False, True)
    ]
    unmoved = evaluate(agent, PENDULUM, episodes=200, seed=1, deterministic=False).returns
    assert ks_2samp(*returns).pvalue > 0.001
    assert returns[1].tolist() != unmoved.tolist()


def test_who_cannot_act_in_jax_plays_the_original():
    dqn = Algorithm(name="DQN", n_envs=1, hyperparameters={"learning_starts": 20, "buffer_size": 80})
    each = [trial(agent=fresh_agent(dqn, CARTPOLE, 0), task=replace(CARTPOLE, twin=twin)) for twin in (True, False)]
    assert same(*map(run_trial, each))


def test_a_success_is_a_return():
    played = run_trial(trial(success_return=20.0))
    assert played.success.tolist() == (played.returns >= 20).astype(float).tolist()
    assert np.isnan(run_trial(trial()).success).all()


def test_an_episode_without_end_is_refused_with_its_seed():
    endless = Task("Pendulum-v1", {"max_episode_steps": -1}, twin=True)
    with pytest.raises(TaskError, match=r"expected an episode that ends within 25 steps, got none on seed \d+") as said:
        run_trial(trial(task=endless, step_limit=25))
    assert said.value.seed in evaluate("constant", PENDULUM, episodes=20, seed=5).seed


def test_few_trials_are_played_here_where_none_plays_the_original():
    agent = fresh_agent(PPO, CARTPOLE, 0)

    def mapped(play_batch, batches):
        raise AssertionError("mapped")

    on_twin, on_original = (trial(agent=agent, task=replace(CARTPOLE, twin=twin)) for twin in (True, False))
    assert play([on_twin], mapped).played
    for both in ([on_twin, on_original], [on_original, on_twin]):
        with pytest.raises(AssertionError, match="mapped"):
            play(both, mapped)
