"""Environments of a crew: truncation, last observations, seeds, and that EnvPool plays the same game."""

import gymnasium
import numpy as np
import pytest

from heredity.agents.task import Task
from heredity.study.sections import Wrapper
from heredity.training.cohort.environments import EnvPoolEnvs, GymnasiumEnvs, why_not_envpool

FLAT = Wrapper(name="heredity.wrappers.FlatView")
DOORKEY = Task("MiniGrid-DoorKey-5x5-v0", wrappers=(FLAT,))
CARTPOLE = Task("CartPole-v1")


def gymnasium_envs(task, seeds):
    return GymnasiumEnvs(task, len(seeds[0]), {f"m{m:02d}": row[0] for m, row in enumerate(seeds)}, [None] * len(seeds))


BOTH = pytest.mark.parametrize("make", [gymnasium_envs, EnvPoolEnvs], ids=["gymnasium", "envpool"])


@BOTH
def test_a_termination_keeps_the_last_observation_and_begins_anew(make):
    envs = make(CARTPOLE, [[1, 2], [3, 4]])
    seen = envs.reset()
    assert seen.shape == (2, 2, 4)
    for _ in range(30):
        before = seen
        step = envs.step(np.zeros((2, 2), np.int32), [0, 1])
        seen = step.observations
        for end in step.ended:
            assert not end.truncated
            assert abs(end.last_observation[2]) > 0.2  # the pole fell
            assert np.abs(seen[end.member, end.copy]).max() <= 0.05  # CartPole begins near zero
            assert not np.allclose(before[end.member, end.copy], seen[end.member, end.copy])
    assert (step.rewards == 1.0).all()


@BOTH
def test_a_time_limit_is_a_truncation(make):
    envs = make(DOORKEY, [[1]])
    envs.reset()
    ends = [(t, end) for t in range(1, 252) for end in envs.step(np.full((1, 1), 6, np.int32), [0]).ended]
    assert [(t, end.truncated) for t, end in ends] == [(250, True)]
    assert ends[0][1].last_observation.shape == (147,)


@BOTH
def test_a_time_limit_without_a_reward_of_its_own_comes_at_the_same_step_again_and_again(make):
    envs = make(Task("MountainCar-v0"), [[1]])
    envs.reset()
    ends = [(t, end.truncated) for t in range(1, 450) for end in envs.step(np.ones((1, 1), np.int32), [0]).ended]
    assert ends == [(200, True), (400, True)]


@pytest.mark.parametrize(("limit", "truncated"), [(8, True), (9, False)])
def test_a_fall_in_the_last_allowed_step_is_a_termination_in_envpool(limit, truncated):
    envs = EnvPoolEnvs(CARTPOLE, [[5]])  # pushed right all the time, this pole falls at step 9
    envs.limit = limit
    envs.reset()
    ends = [(t, end.truncated) for t in range(1, 10) for end in envs.step(np.ones((1, 1), np.int32), [0]).ended]
    assert ends == [(limit, truncated)]


def test_a_success_in_the_last_allowed_step_of_envpools_minigrid_is_a_termination():
    copies, limit = 64, 125
    envs = EnvPoolEnvs(Task("MiniGrid-Fetch-5x5-N2-v0", wrappers=(FLAT,)), [list(range(copies))])
    envs.reset()
    rng, lengths, last = np.random.default_rng(0), np.zeros(copies, int), set()
    for _ in range(1500):
        step = envs.step(rng.integers(0, 7, (1, copies)).astype(np.int32), [0])
        lengths += 1
        last |= {(bool(step.rewards[0, e.copy] > 0), e.truncated) for e in step.ended if lengths[e.copy] == limit}
        lengths[[end.copy for end in step.ended]] = 0
    assert last == {(False, True), (True, False)}


@BOTH
def test_only_active_members_are_stepped_and_streams_are_their_own(make):
    seeds = [[1, 2], [3, 4], [5, 6]]
    rng = np.random.default_rng(0)
    actions = rng.integers(0, 2, (60, 3, 2)).astype(np.int32)
    together, alone = make(CARTPOLE, seeds), make(CARTPOLE, seeds[2:])
    np.testing.assert_array_equal(together.reset()[2:], alone.reset())
    for t in range(60):
        active = [0, 1, 2] if t < 20 else [0, 2]
        seen = together.step(actions[t][active], active).observations
        np.testing.assert_array_equal(seen[-1], alone.step(actions[t][2:], [0]).observations[0])


@BOTH
def test_other_seeds_begin_elsewhere(make):
    assert not np.array_equal(make(CARTPOLE, [[1]]).reset(), make(CARTPOLE, [[2]]).reset())
    np.testing.assert_array_equal(make(CARTPOLE, [[1]]).reset(), make(CARTPOLE, [[1]]).reset())


def test_gymnasium_reports_success_where_the_environment_does():
    wrapper = Wrapper(name=f"{__name__}.Succeeding")
    envs = gymnasium_envs(Task("CartPole-v1", wrappers=(wrapper,)), [[1]])
    envs.reset()
    ends = [end for _ in range(40) for end in envs.step(np.zeros((1, 1), np.int32), [0]).ended]
    assert {end.success for end in ends} == {True}


class Succeeding(gymnasium.Wrapper):
    """Reports success at every step."""

    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, terminated, truncated, {**info, "is_success": True}


def test_envpool_stands_in_where_the_wrappers_are_what_it_shows():
    other = Wrapper(name="minigrid.wrappers.ImgObsWrapper")
    assert why_not_envpool(DOORKEY) is None
    assert why_not_envpool(CARTPOLE) is None
    for wrappers in ((), (other,), (FLAT, other), (FLAT, FLAT)):
        reason = why_not_envpool(Task(DOORKEY.id, wrappers=wrappers))
        assert reason == "it takes MiniGrid with the one wrapper heredity.wrappers.FlatView"
    assert why_not_envpool(Task("CartPole-v1", wrappers=(FLAT,))) == "it takes no wrappers"
    assert why_not_envpool(Task(DOORKEY.id, {"max_steps": 9}, (FLAT,))) == "it takes no arguments"


# EnvPool's DoorKey beside MiniGrid's: the same game, on other random streams


def first_views(make, count):
    envs = make(DOORKEY, [list(range(count))])
    return envs.reset()[0]


def test_envpools_doorkey_shows_what_minigrids_shows():
    ours, theirs = (first_views(make, 600).reshape(-1, 7, 7, 3) for make in (gymnasium_envs, EnvPoolEnvs))
    assert set(np.unique(ours)) == set(np.unique(theirs))
    for channel in range(3):
        for value in np.unique(ours[..., channel]):
            shares = [(views[..., channel] == value).mean(axis=0) for views in (ours, theirs)]
            # 600 draws each: five standard errors of a difference of shares are at most 0.144
            assert np.abs(shares[0] - shares[1]).max() < 0.144


def played(make, copies=64, steps=500):
    """Return reward and length of every episode that random actions finish."""
    envs = make(DOORKEY, [list(range(copies))])
    envs.reset()
    rng = np.random.default_rng(0)
    lengths, episodes = np.zeros(copies, int), []
    for _ in range(steps):
        step = envs.step(rng.integers(0, 7, (1, copies)).astype(np.int32), [0])
        lengths += 1
        for end in step.ended:
            episodes.append((float(step.rewards[0, end.copy]), int(lengths[end.copy]), end.truncated))
            lengths[end.copy] = 0
    return episodes


@pytest.mark.slow
@BOTH
def test_doorkey_pays_by_the_time_left(make):
    episodes = played(make)
    assert {truncated for _, _, truncated in episodes} == {True, False}
    for reward, length, truncated in episodes:
        assert reward == pytest.approx(0.0 if truncated else 1 - 0.9 * length / 250, abs=1e-6)
        assert length == 250 or not truncated


@pytest.mark.slow
def test_random_play_succeeds_as_often_in_both():
    shares = [np.mean([not truncated for *_, truncated in played(make)]) for make in (gymnasium_envs, EnvPoolEnvs)]
    assert abs(shares[0] - shares[1]) < 0.25  # about 130 episodes each
    assert min(shares) > 0.02


def test_a_member_whose_pool_answers_with_nan_fails_alone_and_shows_zeros_from_then_on():
    envs = EnvPoolEnvs.__new__(EnvPoolEnvs)
    envs.id, envs.failures = "Own-v0", {}
    observations, rewards = np.ones((2, 2, 3), np.float32), np.ones((2, 2), np.float32)
    envs._fail_infinite(observations, rewards, [0, 2])
    assert envs.failures == {}
    observations[1, 0, 1] = np.nan
    envs._fail_infinite(observations, rewards, [0, 2])
    assert envs.failures == {2: "Own-v0: expected finite observations of EnvPool, got NaN or infinity"}
    assert observations.sum(axis=(1, 2)).tolist() == [6, 0]
    assert rewards.sum(axis=1).tolist() == [2, 0]
