"""A twin beside its original: the same steps from the states that the original is in, and starts of both."""

from typing import NamedTuple

import jax
import numpy as np
from scipy.stats import ks_2samp

import heredity.agents.twins.compiling  # noqa: F401  sets JAX up
from heredity.agents.generators import seeded
from heredity.agents.twins.registry import make_twin

LEAST_P = 1e-3
"""Of the Kolmogorov–Smirnov tests of one environment's starts, whose seeds are fixed."""


class Seen(NamedTuple):
    """What some steps showed and paid: observations [steps, size], and [steps] of each of the others."""

    observation: np.ndarray
    reward: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray


def sampled(space, observation):
    return space.sample()


def left_alone(env):
    """Leave an environment in the state that it is in."""


def steps_beside(task, steps, seed, act=sampled, place=left_alone):
    """Return what the original showed, and what the twin shows after each of the original's states.

    act: an action of a space by an observation. place: puts the environment into another state before a step.
    """
    env, twin = task.make(), make_twin(task)
    space = seeded(env.action_space, seed)
    states, actions, seen = [], [], []
    observation, _ = env.reset(seed=seed)
    for _ in range(steps):
        place(env)
        action = act(space, observation)
        states.append(twin.state_of(env))
        actions.append(action)
        observation, *rest, _ = env.step(action)
        seen.append((observation, *rest))
        if rest[1] or rest[2]:
            observation, _ = env.reset()
    tree = jax.tree.map(lambda *leaves: np.stack(leaves), *states)
    acted = np.asarray(actions)
    acted = acted.astype(np.int32) if acted.dtype.kind == "i" else acted
    keys = jax.random.split(jax.random.key_data(jax.random.key(seed)), steps)
    _, *shown = jax.jit(jax.vmap(twin.dynamics.step, (None, 0, 0, 0)))(twin.spec, tree, acted, keys)
    return Seen(*map(np.asarray, zip(*seen, strict=True))), Seen(*map(np.asarray, shown))


def differences(original, twin):
    """Return the largest differences of observations and of rewards; equal types are asserted."""
    assert twin.observation.dtype == original.observation.dtype == np.float32
    assert (twin.reward.dtype, twin.terminated.dtype, twin.truncated.dtype) == (np.float32, bool, bool)
    assert twin.observation.shape == original.observation.shape
    observed = np.abs(twin.observation - original.observation).max()
    return observed, np.abs(twin.reward - original.reward.astype(np.float64)).max()


def starts(task, resets, seed):
    """Return observations at the beginning of episodes, of the original and of the twin, float32[resets, size]."""
    env, twin = task.make(), make_twin(task)
    env.reset(seed=seed)
    theirs = np.stack([env.reset()[0] for _ in range(resets)])
    keys = jax.random.split(jax.random.key_data(jax.random.key(seed)), resets)
    _, ours = jax.jit(jax.vmap(twin.dynamics.reset, (None, 0)))(twin.spec, keys)
    return theirs, np.asarray(ours)


def assert_equal_starts(task, resets=4000, seed=0):
    theirs, ours = starts(task, resets, seed)
    assert ours.dtype == theirs.dtype
    for column, theirs_of_it in zip(ours.T, theirs.T, strict=True):
        assert ks_2samp(column, theirs_of_it).pvalue > LEAST_P
    # of independent draws, the correlation of two columns has a deviation of 1/√resets
    varied = theirs.std(0) > 0
    ours_of_it, theirs_of_it = (np.atleast_2d(np.corrcoef(x[:, varied].T)) for x in (ours, theirs))
    assert np.abs(ours_of_it - theirs_of_it).max() < 5 * np.sqrt(2 / resets)
