"""Copies on a twin: tiles, what is carried, what is paid, and a twin that answers with no numbers."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from heredity.agents.task import Task
from heredity.agents.twins.policy import Policy
from heredity.agents.twins.twin import Dynamics
from heredity.errors import AgentError
from heredity.training.cohort import twin_envs
from heredity.training.cohort.fused import TILE
from heredity.training.cohort.twin_envs import TwinEnvs
from tests.training.cohort.test_fused import weights_of

pytestmark = pytest.mark.study

CARTPOLE, POLICY, COPIES = Task("CartPole-v1"), Policy("Tanh", (2,), True), 2


def envs_of(seeds, carried=None):
    envs = TwinEnvs(CARTPOLE, COPIES, seeds, carried or [None] * len(seeds))
    envs.reset()
    return envs


def rollout(envs, index, active=None, steps=30):
    members = active if active is not None else [*range(len(envs.seeds))]
    rng = np.random.default_rng(index)
    weights = {
        name: np.repeat(value[:1], len(members), axis=0)
        for name, value in weights_of(Two(), 4, np.random.default_rng(1)).items()
    }
    noise = np.repeat(rng.gumbel(size=(steps, 1, COPIES, 2)).astype(np.float32), len(members), axis=1)
    return envs.rollout(POLICY, weights, noise, index, members)


class Two:
    n, shape = 2, ()


def test_a_members_part_does_not_depend_on_its_tile():
    many = [*range(TILE + 2)]
    together = rollout(envs_of(many), 0)
    for m in (0, TILE - 1, TILE + 1):
        alone = rollout(envs_of([many[m]]), 0)
        for one, part in zip(alone, together, strict=True):
            assert one[:, 0].tobytes() == part[:, m].tobytes()


def test_who_rests_stands_still_and_goes_on_where_it_was():
    envs = envs_of([1, 2])
    before = envs.playing[0]
    rollout(envs, 0, [1])
    assert envs.playing[0] is before
    assert rollout(envs, 1, [0]).observations.tobytes() == rollout(envs_of([1]), 1).observations.tobytes()


def test_what_is_carried_goes_on_to_the_bit_with_what_was_paid():
    envs = envs_of([1, 2])
    first = rollout(envs, 0)
    again = envs_of([1, 2], [envs.carried(0), envs.carried(1)])
    for m in (0, 1):
        for copy, rewards in enumerate(again.replayed(m)):
            ended = np.flatnonzero(first.over[:, m, copy])
            assert len(rewards) == 30 - (ended[-1] + 1 if len(ended) else 0)
    assert all(one.tobytes() == other.tobytes() for one, other in zip(rollout(envs, 1), rollout(again, 1), strict=True))


def test_what_a_member_that_normalizes_saw_last_is_carried_as_it_was():
    envs = envs_of([1])
    assert envs_of([1], [envs.carried(0)]).playing[0].scaled is None
    scaled = np.full((COPIES, 4), 1 / 3, np.float32)
    envs.playing[0] = envs.playing[0]._replace(scaled=scaled)
    assert envs_of([1], [envs.carried(0)]).playing[0].scaled.tobytes() == scaled.tobytes()


def test_a_damaged_episode_is_refused():
    with pytest.raises(AgentError, match="episodes under way: expected"):
        envs_of([1], [b"nothing of the kind"])


def test_a_member_whose_twin_answers_with_no_numbers_fails_alone(monkeypatch):
    def broken(spec, state, action, key):
        state, shown, reward, *ends = step(spec, state, action, key)
        return state, shown, jax.numpy.where(key[0] % 7 == 0, jax.numpy.nan, reward), *ends

    made = twin_envs.make_twin(CARTPOLE)
    step = made.dynamics.step
    monkeypatch.setattr(
        twin_envs, "make_twin", lambda task: replace(made, dynamics=Dynamics(made.dynamics.reset, broken))
    )
    envs = envs_of([1, 2])
    rollout(envs, 0, [1])
    assert envs.failures == {1: "CartPole-v1: expected finite numbers of its twin, got NaN or infinity"}
    assert envs.release(1) == envs.failures[1]
    assert envs.release(0) is None
