"""Vectors shown with an offset or with noise."""

import pickle

import gymnasium
import numpy as np
import pytest
from scipy.stats import kstest, norm

from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.study.sections import Wrapper
from heredity.wrappers import ObservationNoise, ObservationOffset

OFFSET = "heredity.wrappers.ObservationOffset"
UNBOUNDED = gymnasium.spaces.Box(-np.inf, np.inf, (4,), np.float32)


def cart_pole():
    return gymnasium.make("CartPole-v1")


def played(env, seed, actions=(0, 1, 1, 0, 1, 0, 0)):
    """Return what some steps show, float32[steps, size], and whatever else they return."""
    observations, others = [env.reset(seed=seed)[0]], []
    for action in actions:
        observation, *rest = env.step(action)
        observations.append(observation)
        others.append(rest)
    observations.append(env.reset()[0])
    return np.stack(observations), others


def test_an_offset_is_the_same_in_every_step_and_of_its_seed():
    raw, paid = played(cart_pole(), 3)
    shown, others = played(ObservationOffset(cart_pole(), seed=7), 3)
    expected = (2.0 * np.random.default_rng(7).standard_normal(4)).astype(np.float32)
    np.testing.assert_array_equal(shown, raw + expected)
    assert shown.dtype == np.float32
    assert others == paid
    other, _ = played(ObservationOffset(cart_pole(), seed=8), 3)
    assert (other != shown).all()


def test_offsets_are_normal_and_as_wide_as_is_said():
    offsets = np.concatenate([ObservationOffset(cart_pole(), seed=s, deviation=0.5).offset for s in range(500)])
    assert kstest(offsets, norm(scale=0.5).cdf).pvalue > 0.001


def test_noise_is_drawn_anew_for_every_step_and_changes_nothing_else():
    raw, paid = played(cart_pole(), 3)
    shown, others = played(ObservationNoise(cart_pole(), deviation=0.1), 3)
    assert shown.dtype == np.float32
    assert others == paid
    noise = (shown - raw)[:-1]  # CartPole's second start is another one, drawn after the noise
    assert len(np.unique(noise)) == noise.size


def test_noise_is_normal_and_as_wide_as_is_said():
    env = ObservationNoise(cart_pole(), deviation=0.5)
    env.reset(seed=0)
    noise = np.concatenate([env.observation(np.zeros(4, np.float32)) for _ in range(500)])
    assert kstest(noise, norm(scale=0.5).cdf).pvalue > 0.001


def test_a_seed_repeats_noise_in_another_and_in_the_same_environment():
    first, again = ObservationNoise(cart_pole(), deviation=0.1), ObservationNoise(cart_pole(), deviation=0.1)
    shown, _ = played(first, 3)
    np.testing.assert_array_equal(played(again, 3)[0], shown)
    np.testing.assert_array_equal(played(first, 3)[0], shown)
    assert (played(again, 4)[0] != shown).all()


@pytest.mark.parametrize("wrapper", [lambda env: ObservationOffset(env, seed=0), lambda env: ObservationNoise(env, deviation=1)])  # fmt: skip  # noqa: E501
def test_only_vectors_are_perturbed(wrapper):
    assert wrapper(cart_pole()).observation_space == UNBOUNDED
    others = gymnasium.make("FrozenLake-v1"), gymnasium.wrappers.ReshapeObservation(cart_pole(), (2, 2))
    for env in others:
        with pytest.raises(TaskError, match=r"Observation\w+: expected a Box of one axis, got (Discrete|Box)"):
            wrapper(env)


@pytest.mark.parametrize("seed", [-1, 0.5, "3", None])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(TaskError, match="ObservationOffset: expected a whole number from 0 as its seed, got"):
        ObservationOffset(cart_pole(), seed=seed)


@pytest.mark.parametrize("deviation", [-0.1, np.nan, np.inf, "1", None])
def test_a_deviation_that_is_none_is_refused(deviation):
    with pytest.raises(TaskError, match="ObservationOffset: expected a deviation of at least 0, got"):
        ObservationOffset(cart_pole(), seed=0, deviation=deviation)
    with pytest.raises(TaskError, match="ObservationNoise: expected a deviation of at least 0, got"):
        ObservationNoise(cart_pole(), deviation=deviation)


def test_a_study_shows_an_offset():
    env = Task("CartPole-v1", wrappers=(Wrapper(name=OFFSET, kwargs={"seed": 7}),)).make()
    np.testing.assert_array_equal(env.reset(seed=3)[0], played(ObservationOffset(cart_pole(), seed=7), 3)[0][0])
    assert env.observation_space == UNBOUNDED


def test_a_perturbed_environment_is_made_again_from_its_spec():
    for env in (ObservationOffset(cart_pole(), seed=7, deviation=0.3), ObservationNoise(cart_pole(), deviation=0.3)):
        again = gymnasium.make(pickle.loads(pickle.dumps(env.spec)))
        np.testing.assert_array_equal(played(again, 5)[0], played(env, 5)[0])
