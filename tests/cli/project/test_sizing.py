"""How large a first study is: over soon, and with a gate that can tell who has learned the task."""

import math

import pytest
from gymnasium import spaces

from heredity.agents.task import Task
from heredity.cli.project.environment import Played
from heredity.cli.project.sizing import FROM_A_MODEL, FROM_NOTHING, size_of
from heredity.study.sections import Algorithm

PPO = Algorithm(name="PPO", hyperparameters={"n_steps": 128, "batch_size": 64, "learning_rate": 0.001})


def played(seconds=1e-5, *, longest=500, random=20.0, id="CartPole-v1"):
    return Played(Task(id), (spaces.Box(0, 1, (4,)), spaces.Discrete(2)), False, seconds, longest, random)


def size(asked=None, threshold=475.0, algorithm=PPO, shape=FROM_NOTHING):
    return size_of(shape, asked or played(), threshold, algorithm)


def test_a_first_run_is_sized_for_about_two_minutes():
    assert (size().budget, size().episodes) == (40_000, 10)
    assert size(played(longest=200)).episodes == 20
    assert size().seconds <= 150
    slow, slower = size(played(1e-3)), size(played(1.0))
    assert slow.budget < 40_000
    assert slower.budget == 2_000
    assert slower.seconds > slow.seconds


def test_no_member_is_given_less_than_a_rollout():
    assert size(played(1.0), algorithm=Algorithm(name="PPO", hyperparameters={"n_steps": 4096})).budget == 4096 * 8


@pytest.mark.parametrize(
    "slow", [Algorithm(name="DQN"), Algorithm(name="PPO", policy="CnnPolicy"), Algorithm(name="PPO", n_envs=1)]
)
def test_what_learns_slowly_takes_fewer_steps_in_as_much_time(slow):
    algorithm = slow.model_copy(update={"hyperparameters": {"n_steps": 128} if slow.name == "PPO" else {}})
    one, other = (size(played(4e-5), algorithm=each, shape=FROM_A_MODEL) for each in (algorithm, PPO))
    assert (one.budget, -one.seconds) < (other.budget, -other.seconds)


def test_the_gates_bar_lies_a_quarter_of_the_way_below_the_threshold():
    assert size().margin == 110
    assert size(played(random=-1200.0), -200.0).margin == 250
    assert size(played(random=0.04), 0.9).margin == 0.21


@pytest.mark.parametrize("random", [math.nan, 480.0], ids=["unknown", "above the threshold"])
def test_where_random_play_tells_nothing_it_is_a_quarter_of_the_threshold(random):
    assert size(played(random=random)).margin == 120
    assert size(played(random=random), 0.0).margin == 0.0


def test_there_are_as_many_episodes_as_anybody_needs_to_pass_where_that_is_known():
    taxi = played(random=-770.0, id="Taxi-v4")
    assert size(taxi, 8.0).episodes > 20
    assert size(played(random=-1e9, id="MountainCarContinuous-v0"), 90.0).episodes == 10
