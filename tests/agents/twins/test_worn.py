"""Twins that wear the twins of wrappers."""

import jax
import numpy as np
import pytest
from scipy.stats import kstest, norm

import heredity.agents.twins.compiling  # noqa: F401  sets JAX up
from heredity.agents.perturbed import drawn_offset
from heredity.agents.task import Task
from heredity.agents.twins.registry import make_twin
from heredity.errors import TaskError
from heredity.study.sections import Wrapper
from tests.agents.twins.classic.beside import assert_equal_starts, differences, starts, steps_beside

pytestmark = pytest.mark.study

ROUNDING = 1e-6


def offset(seed, **kwargs):
    return Wrapper(name="heredity.wrappers.ObservationOffset", kwargs={"seed": seed, **kwargs})


def noise(deviation):
    return Wrapper(name="heredity.wrappers.ObservationNoise", kwargs={"deviation": deviation})


def task(*wrappers, id="CartPole-v1", **kwargs):
    return Task(id, kwargs, wrappers)


def noise_of(perturbed, steps=2000):
    """Return what a task's twin adds to what CartPole's shows, after resets and steps from the same states."""
    plain, twin = make_twin(task()), make_twin(perturbed)
    keys = jax.random.split(jax.random.key_data(jax.random.key(0)), steps)
    state, shown = jax.vmap(twin.dynamics.reset, (None, 0))(twin.spec, keys)
    at_start = np.asarray(shown) - np.stack(state[:4], 1)
    actions = np.ones(steps, np.int32)
    _, shown, *paid = jax.vmap(twin.dynamics.step, (None, 0, 0, 0))(twin.spec, state, actions, keys)
    _, clean, *own = jax.vmap(plain.dynamics.step, (None, 0, 0, 0))(plain.spec, state, actions, keys)
    for ours, theirs in zip(paid, own, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    return at_start, np.asarray(shown - clean)


def test_an_offset_is_what_the_wrapper_adds():
    original, twin = steps_beside(task(offset(7, deviation=1.5)), 500, 0)
    observed, _ = differences(original, twin)
    assert observed < ROUNDING
    np.testing.assert_array_equal(twin.terminated, original.terminated)
    plain, _ = steps_beside(task(), 500, 0)
    np.testing.assert_array_equal(original.observation, plain.observation + drawn_offset(4, 7, 1.5))


def test_starts_are_shown_with_the_offset():
    assert_equal_starts(task(offset(7)))
    theirs, ours = starts(task(offset(7)), 50, 0)
    assert np.abs(theirs.mean(0) - ours.mean(0)).max() < 0.1


@pytest.mark.parametrize("make", [offset, noise])
def test_tasks_that_share_a_program_go_on_sharing_one(make):
    twins = [make_twin(task(make(1))), make_twin(task(make(2), max_episode_steps=20))]
    assert twins[0].dynamics == twins[1].dynamics
    assert twins[0].dynamics != make_twin(task()).dynamics
    assert twins[0].dynamics != make_twin(task(make(1), id="Acrobot-v1")).dynamics
    assert [twin.longest for twin in twins] == [500, 20]
    shapes = [[(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(twin.spec)] for twin in twins]
    assert shapes[0] == shapes[1]


def test_noise_is_normal_as_wide_as_is_said_and_of_its_own_key():
    for added in noise_of(task(noise(0.5))):
        assert kstest(added.ravel(), norm(scale=0.5).cdf).pvalue > 0.001
        assert len(np.unique(added)) > 0.99 * added.size


def test_one_noise_over_another_draws_other_numbers():
    """Two of the same numbers would be twice as wide, not √2 times."""
    for added in noise_of(task(noise(0.5), noise(0.5))):
        assert kstest(added.ravel(), norm(scale=0.5 * np.sqrt(2)).cdf).pvalue > 0.001


def test_noisy_starts_are_equal_in_distribution():
    assert_equal_starts(task(noise(0.05)))


def test_noise_makes_equal_what_is_equal_in_distribution():
    assert make_twin(task(offset(1))).equality == "rounding"
    assert make_twin(task(noise(0.1))).equality == "distribution"
    assert make_twin(task(noise(0.1), offset(1))).equality == "distribution"


def test_what_the_wrapper_refuses_its_twin_refuses():
    for wrapper in (offset(-1), offset(0, deviation=-1.0), noise(-1.0)):
        with pytest.raises(TaskError, match="Observation"):
            make_twin(task(wrapper))
        with pytest.raises(TaskError, match="Observation"):
            task(wrapper).make()
