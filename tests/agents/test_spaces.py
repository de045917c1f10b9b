"""Spaces without environments, and which tasks an agent of one can play."""

import gymnasium
import numpy as np
import pytest

from heredity.agents.spaces import SpacesOnly, same_spaces, task_spaces
from heredity.agents.task import Task
from heredity.study.sections import Wrapper

CARTPOLE, ACROBOT = Task("CartPole-v1"), Task("Acrobot-v1")


def box(low, high, *shape):
    return gymnasium.spaces.Box(low, high, shape, np.float32)


def test_a_task_has_the_spaces_of_its_environment():
    assert same_spaces(task_spaces(CARTPOLE), task_spaces(Task("CartPole-v1", {"sutton_barto_reward": True})))
    assert not same_spaces(task_spaces(CARTPOLE), task_spaces(ACROBOT))
    timed = Task("CartPole-v1", wrappers=(Wrapper(name="gymnasium.wrappers.TimeAwareObservation"),))
    assert task_spaces(timed)[0].shape == (5,)
    assert not same_spaces(task_spaces(CARTPOLE), task_spaces(timed))


def test_bounds_of_observations_may_differ_and_those_of_actions_may_not():
    two, three = gymnasium.spaces.Discrete(2), gymnasium.spaces.Discrete(3)
    assert same_spaces((box(0, 1, 3), two), (box(-5, 5, 3), two))
    assert not same_spaces((box(0, 1, 3), two), (box(0, 1, 4), two))
    assert not same_spaces((box(0, 1, 3), two), (box(0, 1, 3), three))
    assert not same_spaces((box(0, 1, 3), box(0, 1, 1)), (box(0, 1, 3), box(0, 2, 1)))
    assert same_spaces((two, two), (gymnasium.spaces.Discrete(2), two))
    assert not same_spaces((two, two), (three, two))
    assert not same_spaces((two, two), (box(0, 1, 3), two))


def test_copies_that_are_never_stepped_refuse_to_be():
    envs = SpacesOnly(CARTPOLE, 3)
    assert envs.num_envs == 3
    assert envs.reset().shape == (3, 4)
    assert envs.env_is_wrapped(gymnasium.Wrapper) == [True] * 3
    with pytest.raises(RuntimeError, match="expected nobody to step these environments"):
        envs.step(np.zeros(3))
