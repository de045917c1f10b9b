"""Engine cohort end to end: real environments, members that do not disturb each other, ordinary zips."""

import dataclasses
import io
import logging
from functools import partial

import numpy as np
import pytest
import stable_baselines3
import torch

from heredity.agents.agent import Agent, fresh_agent, read_algorithm, read_tensors
from heredity.agents.task import Task
from heredity.errors import StudyError
from heredity.evaluation.episodes import evaluate
from heredity.study.sections import Algorithm, Normalize, Train, Wrapper
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from tests.training.examples import first_episode
from tests.training.test_sb3 import Failing

pytestmark = pytest.mark.study

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 32, "batch_size": 64, "n_epochs": 2})
CARTPOLE = Task("CartPole-v1", threshold=500.0)


def shard(*seeds, algorithm=PPO, task=CARTPOLE, until="budget", budget=256, engine="cohort", environments="gymnasium"):
    members = tuple(Member(f"m{seed:02d}", fresh_agent(algorithm, task, seed), seed) for seed in seeds)
    settings = Train(engine=engine, environments=environments, until=until)
    return Shard("first", "inherited", task, algorithm, settings, budget, 3, members)


@pytest.mark.parametrize("environments", ["gymnasium", "envpool", "jax"])
def test_a_members_bytes_do_not_depend_on_who_shares_its_shard(environments):
    alone = train(shard(2, environments=environments))[0]
    together = train(shard(1, 2, 3, environments=environments))
    assert together[1].agent == alone.agent
    assert together[1].curve == alone.curve
    assert together[0].agent != alone.agent


@pytest.mark.parametrize("environments", ["gymnasium", "jax"])
def test_a_member_that_has_stopped_is_not_touched_by_how_long_others_go_on(environments):
    learn = partial(
        shard, task=Task("CartPole-v1", threshold=22.0), until="threshold", budget=20_000, environments=environments
    )
    both = train(learn(1, 2, 5))
    assert len({member.env_steps for member in both}) > 1
    per_step = [member.core_seconds / member.env_steps for member in both]  # a shard's time is shared by steps
    assert per_step == pytest.approx([per_step[0]] * 3)
    assert per_step[0] > 0
    for seed, member in zip((1, 2, 5), both, strict=True):
        alone = train(learn(seed))[0]
        assert alone.agent == member.agent
        assert alone.env_steps == member.env_steps
        assert member.reached
        assert member.curve[-1].return_mean >= 22.0


def test_the_zip_is_an_ordinary_one_with_the_steps_and_the_optimizer():
    trained = train(shard(1))[0]
    model = stable_baselines3.PPO.load(io.BytesIO(trained.agent.model))
    assert model.num_timesteps == 256
    assert model._n_updates == 8
    optimizer = read_tensors(trained.agent)["policy.optimizer"]
    assert optimizer["state"][0]["step"] == 8  # 4 rollouts, 2 epochs, one minibatch
    assert [row.env_steps for row in trained.curve] == [0, 64, 128, 192, 256]


def test_training_goes_on_from_a_kept_optimizer():
    first = train(shard(1))[0]
    again = shard(1)
    member = Member("m01", first.agent, 1)
    second = train(Shard(**{**vars(again), "members": (member,)}))[0]
    assert read_tensors(second.agent)["policy.optimizer"]["state"][0]["step"] == 16


@pytest.mark.parametrize("engine", ["cohort", "sb3"])
def test_a_member_learns_with_hyperparameters_of_its_own(engine):
    slow = {"learning_rate": 0.0}
    first, second = shard(1, 2, engine=engine).members
    mixed = (first, dataclasses.replace(second, hyperparameters=slow))
    trained = train(dataclasses.replace(shard(1, 2, engine=engine), members=mixed))
    before, after = (read_tensors(agent)["policy"] for agent in (second.initial, trained[1].agent))
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert trained[0].agent == train(shard(1, engine=engine))[0].agent
    assert read_algorithm(trained[1].agent).hyperparameters == {**PPO.hyperparameters, **slow}


@pytest.mark.parametrize("normalize", [False, True])
def test_continuous_actions_learn_and_statistics_go_along(normalize):
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=normalize, reward=normalize)})
    task = Task("Pendulum-v1", threshold=0.0)
    trained = train(shard(1, 2, algorithm=algorithm, task=task, budget=512))
    assert (trained[0].agent.normalizer is not None) is normalize
    assert trained[0].agent != trained[1].agent
    assert np.isfinite(evaluate(trained[0].agent, task, episodes=2, seed=0).returns).all()


def test_both_engines_begin_from_the_same_untrained_policy():
    rows = [train(shard(1, engine=engine))[0].curve[0] for engine in ("cohort", "sb3")]
    assert rows[0] == rows[1]


@pytest.mark.slow
def test_cohort_learns_cartpole():
    algorithm = Algorithm(
        name="PPO", n_envs=8, hyperparameters={"n_steps": 64, "batch_size": 128, "learning_rate": 0.001}
    )
    trained = train(shard(1, 2, algorithm=algorithm, budget=30_000))
    assert all(member.curve[-1].return_mean > 3 * member.curve[0].return_mean for member in trained)


@pytest.mark.parametrize(
    ("changes", "task", "reason"),
    [
        ({"name": "A2C", "hyperparameters": {}}, CARTPOLE, "trains PPO alone, not A2C"),
        ({"hyperparameters": {"use_sde": True}}, CARTPOLE, "does not know the hyperparameter use_sde"),
        (
            {"hyperparameters": {"policy_kwargs": {"activation_fn": "ELU"}}},
            CARTPOLE,
            "knows activation_fn Tanh and ReLU, not ELU",
        ),
        (
            {"hyperparameters": {"policy_kwargs": {"squash_output": True}}},
            CARTPOLE,
            r"does not know policy_kwargs\.squash_output",
        ),
        ({"policy": "MultiInputPolicy"}, CARTPOLE, "trains MlpPolicy alone, not MultiInputPolicy"),
        ({}, Task("FrozenLake-v1", threshold=0.7), r"takes observations that are vectors, not Discrete\(16\)"),
    ],
)
def test_what_cohort_does_not_support_is_refused_by_name(changes, task, reason):
    algorithm = PPO.model_copy(update=changes)
    work = Shard("first", "inherited", task, algorithm, Train(engine="cohort"), 256, 3, ())
    with pytest.raises(StudyError, match=rf"train\.engine: cohort {reason}; write auto or sb3"):
        train(work)


def test_auto_takes_sb3_where_cohort_cannot_and_says_why(caplog):
    algorithm = Algorithm(name="A2C", n_envs=2)
    with caplog.at_level(logging.WARNING):
        trained = train(shard(1, algorithm=algorithm, budget=20, engine="auto"))
    assert trained[0].env_steps == 20
    assert caplog.messages == ["first: engine sb3, because cohort trains PPO alone, not A2C"]


def test_envpool_is_refused_where_it_cannot_stand_in():
    task = Task("CartPole-v1", {"sutton_barto_reward": True}, threshold=0.0)
    with pytest.raises(StudyError, match="envpool cannot make CartPole-v1: it takes no arguments"):
        train(shard(1, task=task, environments="envpool"))


def test_a_twin_is_refused_where_there_is_none():
    task = Task("CartPole-v1", wrappers=(Wrapper(name="gymnasium.wrappers.FlattenObservation"),), threshold=0.0)
    with pytest.raises(
        StudyError, match=r"jax cannot play CartPole-v1: gymnasium\.wrappers\.FlattenObservation has no twin"
    ):
        train(shard(1, task=task, environments="jax"))


def test_a_member_that_fails_says_of_what_and_leaves_the_others_their_bytes(monkeypatch):
    task = Task("CartPole-v1", wrappers=(Wrapper(name="tests.training.test_sb3.Failing"),), threshold=500.0)
    whole = train(shard(6, 7, 8, task=task))
    monkeypatch.setattr(Failing, "doomed", {first_episode(7, copy=1)})
    first, failed, last = train(shard(6, 7, 8, task=task))
    assert "got RuntimeError: motor burnt on seed" in failed.failure
    assert failed.agent == shard(7, task=task).members[0].initial
    assert [row.env_steps for row in failed.curve] == [0]
    assert (first, last) == (whole[0], whole[2])


def test_a_member_that_cannot_be_played_fails_alone_before_anybody_learns():
    work = shard(6, 7, 8)
    whole = train(work)
    broken = dataclasses.replace(work.members[1], initial=Agent(b"no zip"))
    heard = []
    first, failed, last = train(
        dataclasses.replace(work, members=(work.members[0], broken, work.members[2])), on_progress=heard.append
    )
    assert failed.failure.startswith("expected a Stable-Baselines3 zip, got 6 other bytes")
    assert (failed.curve, failed.env_steps, failed.agent) == ((), 0, broken.initial)
    assert (first, last) == (whole[0], whole[2])
    assert {progress.member for progress in heard if progress.last} == {"m06", "m08"}
