"""Brax's environments played by Gymnasium's rules, and their twins."""

import gymnasium
import numpy as np
import pytest

import heredity.agents.twins.compiling  # noqa: F401  sets JAX up
from heredity.agents.task import Task
from heredity.agents.twins.conformance import prove_resets, prove_steps
from heredity.agents.twins.registry import make_twin, why_no_twin
from heredity.errors import TaskError

pytestmark = pytest.mark.study

CART = "brax:cart"


def test_actions_are_between_minus_1_and_1_and_a_seed_repeats_what_they_come_to(stand_in):
    env = Task(CART).make()
    assert env.action_space == gymnasium.spaces.Box(-1, 1, (1,), np.float32)
    assert env.observation_space == gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    (first, _), (again, _), (other, _) = (env.reset(seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    observation, reward, terminated, truncated, info = env.step(np.array([0.5], np.float32))
    np.testing.assert_allclose(observation, other + 0.25)
    assert (reward, terminated, truncated, info) == (-0.25, False, False, {})


def test_episodes_end_where_the_environment_says_or_after_1000_steps(stand_in):
    assert make_twin(Task(CART)).longest == 1000
    short = Task(CART, {"max_episode_steps": 7, "arguments": {"force": 0.01}})
    assert make_twin(short).longest == 7
    report = prove_steps(short, 70, 0)
    assert report.equal
    assert (report.terminated, report.truncated) == (0, 10)


def test_the_twin_is_the_same_functions(stand_in):
    assert why_no_twin(Task(CART)) is None
    report = prove_steps(Task(CART), 300, 0)
    assert report.equal
    assert report.terminated > 10
    assert prove_resets(Task(CART), 300, 0).equal


def test_observations_of_several_parts_are_refused(stand_in):
    for make in (Task("brax/seer").make, lambda: make_twin(Task("brax/seer"))):
        with pytest.raises(TaskError, match=r"^brax/seer: expected observations that are one vector, got \{"):
            make()


@pytest.mark.filterwarnings("ignore")  # of what it no longer maintains, and of what JAX will no longer have
def test_brax_itself():
    pytest.importorskip("brax.envs")
    report = prove_steps(Task("brax:inverted_pendulum"), 200, 0)
    assert report.equal
    assert report.terminated > 10
