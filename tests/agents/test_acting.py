"""A policy gets in evaluation what it gets in training: allowed actions, its memory, noise of its own."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from heredity.agents.acting import Actor
from heredity.agents.agent import fresh_agent, pack, unpack
from heredity.agents.algorithms import _algorithms, build
from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.evaluation.episodes import COPIES, evaluate, run_trial
from heredity.evaluation.null_policies import NULL_POLICIES
from heredity.evaluation.trial import Trial
from heredity.study.sections import MASKED, Algorithm, Normalize, Train
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from tests.masked import MASKABLE, PPO, SPACES, STEPS, masked


def test_those_who_are_told_what_is_allowed_are_those_that_can_be_told():
    able = {name for name, made in _algorithms().items() if "action_masks" in made.predict.__code__.co_varnames}
    assert able == set(MASKED)


@pytest.mark.study
@pytest.mark.parametrize(
    ("kind", "normalize"), [("Discrete", False), ("Discrete", True), ("MultiDiscrete", False), ("MultiBinary", False)]
)
def test_a_masked_policy_plays_in_evaluation_as_it_does_in_training(kind, normalize):
    algorithm = MASKABLE.model_copy(update={"normalize": Normalize(observation=normalize, reward=False)})
    task = masked(kind=kind, strict=True)
    shard = Shard(
        "one", "inherited", task, algorithm, Train(engine="sb3", until="budget"), 64, 3,
        (Member("m00", fresh_agent(algorithm, task, 1), 1),),
    )  # fmt: skip
    [trained] = train(shard)
    assert trained.failure is None
    assert [row.return_mean for row in trained.curve] == [STEPS] * len(trained.curve)  # the untrained one, too
    for deterministic in (True, False):
        played = evaluate(trained.agent, task, episodes=COPIES + 3, seed=5, deterministic=deterministic)
        assert played.returns.tolist() == [STEPS] * (COPIES + 3)


@pytest.mark.parametrize("kind", SPACES)
@pytest.mark.parametrize("player", NULL_POLICIES)
def test_who_learned_nothing_keeps_to_the_allowed_actions_where_members_do(kind, player):
    trial = Trial("x", player, masked(kind=kind, strict=True), COPIES + 3, 5, True, masked=True)
    assert run_trial(trial).returns.tolist() == [STEPS] * (COPIES + 3)
    assert run_trial(replace(trial, task=masked(kind=kind), masked=False)).returns.min() < STEPS


def test_an_unmasked_policy_is_told_nothing_and_fails_in_one_line_where_that_is_forbidden():
    agent = fresh_agent(PPO, masked(), 0)
    assert evaluate(agent, masked(), episodes=4, seed=5).returns.max() < STEPS
    with pytest.raises(
        TaskError, match=r"^tests/Masked-v0: expected a step that returns, got ValueError: .* on seed \d+$"
    ):
        evaluate(agent, masked(strict=True), episodes=4, seed=5)


GSDE = [
    Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 4, "batch_size": 4, "use_sde": True}),
    Algorithm(name="SAC", n_envs=1, hyperparameters={"buffer_size": 10, "train_freq": 4, "use_sde": True}),
]
PAID, HELD = (Task("tests/Paid-v0", {"again": again}) for again in (1.0, -1.0))


def noisy(algorithm, log_std=1.0):
    """Return an agent whose noise has grown since it was made."""
    model = build(algorithm, PAID, 0, 0)
    getattr(model.policy, "actor", model.policy).log_std.data.fill_(log_std)
    return pack(model, algorithm)


@pytest.mark.parametrize("algorithm", GSDE, ids=lambda algorithm: algorithm.name)
def test_gsde_draws_anew_for_every_episode_and_copy_and_holds_within_one(algorithm):
    agent, options = noisy(algorithm), {"seed": 5, "deterministic": False}
    played = evaluate(agent, PAID, episodes=2 * COPIES, **options)
    assert len(set(played.returns.tolist())) > COPIES  # as many as do not end at the bounds of the action
    assert np.ptp(evaluate(agent, HELD, episodes=2 * COPIES, **options).returns) < 1e-5
    assert evaluate(agent, PAID, episodes=1, **options).returns != played.returns[1]
    often = algorithm.model_copy(update={"hyperparameters": {**algorithm.hyperparameters, "sde_sample_freq": 1}})
    assert np.ptp(evaluate(noisy(often), HELD, episodes=2 * COPIES, **options).returns) > 0.1


def test_gsde_samples_by_what_was_learned_and_not_by_its_initial_weights():
    spreads = [
        evaluate(noisy(GSDE[0], log_std), PAID, episodes=2 * COPIES, seed=5, deterministic=False).returns.std()
        for log_std in (-5.0, 0.0)
    ]
    assert spreads[0] < 0.1 < spreads[1]


def test_a_copy_keeps_its_noise_while_another_begins_anew():
    model = unpack(noisy(GSDE[0]), GSDE[0], PAID, 0, 0)
    actor, observations = Actor(model, deterministic=False), np.ones((3, 2), np.float32)
    first = actor(observations, np.ones(3, bool))
    second = actor(observations, np.array([False, True, False]))
    assert np.isclose(first, second)[:, 0].tolist() == [True, False, True]
    third = [actor(observations, np.zeros(3, bool)) for _ in range(3)][-1]  # n_steps = 4 on the first ones
    assert np.isclose(second, third)[:, 0].tolist() == [False, True, False] or np.isclose(second, third).all()


@pytest.mark.parametrize("player", ["random", "agent"])
def test_later_episodes_of_a_trial_have_noise_of_their_own(player):
    agent = fresh_agent(Algorithm(name="A2C", n_envs=1), PAID, 0) if player == "agent" else "random"
    trial = Trial("m00", agent, PAID, 3, 5, False)
    blocks = [run_trial(replace(trial, first=first)).returns for first in (0, 3, 3)]
    assert not np.isclose(blocks[0], blocks[1]).any()
    assert blocks[1].tolist() == blocks[2].tolist()


def test_a_recurrent_policy_keeps_its_memory_and_judges_without_moving_it():
    algorithm = Algorithm(name="RecurrentPPO", policy="MlpLstmPolicy", n_envs=1, hyperparameters={"n_steps": 4})
    model, observations = build(algorithm, PAID, 0, 0), np.ones((2, 2), np.float32)
    actor = Actor(model, deterministic=True)
    fresh = actor(observations, np.ones(2, bool))
    assert torch.is_tensor(torch.as_tensor(actor.state[0])) and np.any(actor.state[0])
    later = actor.best(observations, np.zeros(2, bool))
    assert np.array_equal(later, actor.best(observations, np.zeros(2, bool)))
    assert not np.array_equal(later, fresh)
    assert np.array_equal(actor(observations, np.ones(2, bool)), fresh)
