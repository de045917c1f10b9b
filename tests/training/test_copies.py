"""Episodes longer than a segment end, pay what they pay, and are counted once."""

import itertools
import logging

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import register

from heredity.agents.agent import fresh_agent
from heredity.agents.boundary import process_state
from heredity.agents.normalizer import read_normalizer
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.study.sections import Algorithm, Normalize, Train
from heredity.training.copies import Carried, Copies, UnderWay, time_limit
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from heredity.training.snapshot import segment_over, segment_steps

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})
SAC = Algorithm(name="SAC", n_envs=1, hyperparameters={"learning_starts": 400, "policy_kwargs": {"net_arch": [8]}})
ENGINES = pytest.mark.parametrize("engine", ["cohort", "sb3"])
HOURS = 90


class Hours(gymnasium.Env):
    """Shows which hour it is and what was done so far, and pays for every hour; its first one is drawn."""

    observation_space = gymnasium.spaces.Box(0, 2 * HOURS, (1,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.hour = float(self.np_random.integers(HOURS))
        return np.array([self.hour], np.float32), {}

    def step(self, action):
        self.hour += 1 + action[0] / 2
        action += 1.0  # an environment may do so with what it is given
        return np.array([self.hour], np.float32), 1.0, False, False, {}


class Forgetful(Hours):
    """Ends when it likes, whatever its seed."""

    ends = itertools.count(40, -7)

    def reset(self, *, seed=None, options=None):
        self.end, self.steps = next(self.ends), 0
        return super().reset(seed=seed, options=options)

    def step(self, action):
        self.steps += 1
        observation, *_ = super().step(action)
        return observation, 1.0, self.steps >= self.end, False, {}


register("copies/Hours-v0", Hours, max_episode_steps=HOURS)
register("copies/Forgetful-v0", Forgetful)
TASK = Task("copies/Hours-v0", threshold=1e6)


def shard(algorithm=PPO, engine="cohort", every=32, budget=640):
    members = (Member("m00", fresh_agent(algorithm, TASK, 1), 1),)
    settings = Train(engine=engine, environments="gymnasium", until="budget", checkpoint_steps=every)
    return Shard("first", "inherited", TASK, algorithm, settings, budget, 1, members)


def played(copies, actions):
    """Return what the copies of a task show at each step."""
    seen = []
    for action in actions:
        for copy in copies.each:
            observation, *_, truncated, _ = copy.step(np.array([action], np.float32))
            seen.append(observation.tolist())
            if truncated:
                seen.append(copy.reset()[0].tolist())
    return seen


@pytest.mark.study
@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("work", [shard(), shard(engine="sb3"), shard(SAC, "sb3", budget=300)], ids=["c", "s", "SAC"])
def test_an_episode_longer_than_a_segment_ends_and_is_told_whole(work):
    (trained,) = train(work)
    last, copies = trained.curve[-1], work.algorithm.n_envs
    assert trained.failure is None
    assert last.episodes == work.budget_steps // copies // HOURS * copies
    assert (last.length_mean, last.return_mean, last.return_std) == (HOURS, HOURS, 0.0)


@pytest.mark.study
@ENGINES
@pytest.mark.usefixtures("short_segments")
def test_running_statistics_count_every_observation_once(engine):
    normalized = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=True)})
    (trained,) = train(shard(normalized, engine))
    statistics = read_normalizer(trained.agent.normalizer)
    assert statistics["observation.count"] == pytest.approx(640 + 2, abs=0.01)
    assert statistics["reward.count"] == pytest.approx(640, abs=0.01)


def test_copies_that_are_built_anew_go_on_as_those_before_would_have():
    rng = np.random.default_rng(0)
    before, later = rng.uniform(-1, 1, 130), rng.uniform(-1, 1, 130)
    copies = Copies(TASK, 2, seed=5)
    first = [copy.reset()[0].tolist() for copy in copies.each]
    played(copies, before)
    anew = Copies(TASK, 2, 5, Carried.unpack(copies.carried().pack()))
    shown = [copy.reset()[0].tolist() for copy in anew.each]
    assert shown != first
    assert [len(copy.replayed) for copy in anew.each] == [130 - HOURS] * 2
    assert played(anew, later) == played(copies, later)
    assert anew.longest() == copies.longest() == HOURS


def test_every_episode_begins_on_a_seed_of_its_own():
    copies = Copies(TASK, 2, seed=5)
    begun = [tuple(copy.reset()[0]) for _ in range(20) for copy in copies.each]
    again = Copies(TASK, 2, seed=5)
    assert begun == [tuple(copy.reset()[0]) for _ in range(20) for copy in again.each]
    assert len(set(begun)) > 20


def test_an_environment_that_does_not_come_again_begins_anew_and_is_named(caplog):
    carried = Carried((UnderWay(3, np.zeros((60, 1), np.float32)),))
    copies = Copies(Task("copies/Forgetful-v0"), 1, 5, carried)
    with caplog.at_level(logging.WARNING):
        copies.each[0].reset()
    assert copies.each[0].replayed == []
    assert copies.carried().episodes[0].episode > 3
    assert "Forgetful" in caplog.text


def test_all_copies_are_stepped_in_one_turn(monkeypatch):
    envs = Copies(Task("CartPole-v1"), 4, seed=1).vec_env()
    envs.reset()
    marked = []
    mark = process_state.mark
    monkeypatch.setattr(process_state, "mark", lambda: (marked.append(mark()), marked[-1])[1])
    envs.step(np.zeros(4, np.int64))
    assert len(marked) == 2


def test_segments_have_room_for_ten_of_the_longest_episodes():
    assert segment_steps(shard(every=50_000), longest=500) == 50_000
    assert segment_steps(shard(every=50_000), longest=8760) == 10 * 8760 * 2
    assert not segment_over(0, 50_000, 10 * 8760 * 2)
    assert segment_over(0, 50_000, 50_000)


def test_what_may_come_counts_until_an_episode_has_ended_and_what_is_under_way_always():
    copies = Copies(Task("CartPole-v1"), 1, seed=0)
    (copy,) = copies.each
    copy.reset()
    assert copies.longest() == 500
    while not any(copy.step(0)[2:4]):
        pass
    length = len(copy.under_way().actions)
    copy.reset()
    assert copies.longest() == length < 12
    for step in range(15):
        copy.step(step % 2)
    assert copies.longest() == 15


def test_the_tightest_time_limit_counts():
    env = gymnasium.wrappers.TimeLimit(gymnasium.make("CartPole-v1"), 7)
    assert time_limit(env) == 7
    assert time_limit(gymnasium.make("CartPole-v1")) == 500
    assert time_limit(Hours()) == 0


def test_damaged_episodes_are_refused():
    with pytest.raises(AgentError, match="episodes under way: expected"):
        Carried.unpack(b"nothing of the kind")
