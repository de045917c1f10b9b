"""Replay buffers as bytes."""

import numpy as np
import pytest

from heredity.agents.algorithms import build
from heredity.agents.replay_buffer import pack_replay, unpack_replay
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.study.sections import Algorithm

CARTPOLE = Task("CartPole-v1")


def dqn(buffer_size, task=CARTPOLE):
    hyperparameters = {"learning_starts": 10, "buffer_size": buffer_size}
    return build(Algorithm(name="DQN", n_envs=2, hyperparameters=hyperparameters), task, 0, 0)


@pytest.mark.parametrize("buffer_size", [40, 400])  # 52 rows of 2 copies are taken: run over 20, and not yet full
def test_a_buffer_comes_back_with_every_row_in_its_place(buffer_size):
    model = dqn(buffer_size)
    model.learn(100)
    again = dqn(buffer_size)
    unpack_replay(pack_replay(model), again)
    here, there = model.replay_buffer, again.replay_buffer
    assert (there.pos, there.full) == (here.pos, here.full) == ((12, True) if buffer_size == 40 else (52, False))
    for name in ("observations", "next_observations", "actions", "rewards", "dones", "timeouts"):
        assert np.array_equal(getattr(here, name)[: here.size()], getattr(there, name)[: there.size()])
    assert pack_replay(again) == pack_replay(model)


def test_a_model_without_a_buffer_has_none():
    ppo = build(Algorithm(name="PPO", n_envs=2), CARTPOLE, 0, 0)
    assert pack_replay(ppo) is None
    with pytest.raises(AgentError, match="replay buffer: expected an off-policy algorithm, got PPO"):
        unpack_replay(pack_replay(dqn(40)), ppo)


def test_a_buffer_of_other_spaces_or_size_is_refused_and_changes_nothing():
    model = dqn(40)
    model.learn(100)
    content = pack_replay(model)
    for other in (dqn(60), dqn(40, Task("Acrobot-v1"))):
        with pytest.raises(AgentError, match=r"replay buffer: expected observations of shape \(\d+, 2, \d\), got"):
            unpack_replay(content, other)
        assert other.replay_buffer.size() == 0


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04"])
def test_other_bytes_are_refused(content):
    with pytest.raises(AgentError, match=r"replay buffer: expected an \.npz of plain arrays"):
        unpack_replay(content, dqn(40))


def hindsight(**more):
    numbers = {"learning_starts": 40, "buffer_size": 60, "replay_buffer_class": "HerReplayBuffer", **more}
    algorithm = Algorithm(name="SAC", policy="MultiInputPolicy", n_envs=2, hyperparameters=numbers)
    return build(algorithm, Task("Goal-v0", imports=("tests.field",)), 0, 0)


def test_hindsight_goes_on_where_its_episodes_are():
    model, again = hindsight(), hindsight()
    model.learn(90)  # 45 rows in a buffer of 30: of the fifth episode of 10 steps, which begins in row 10, five
    unpack_replay(pack_replay(model), again)
    here, there = model.replay_buffer, again.replay_buffer
    assert here.full and here._current_ep_start.tolist() == [10, 10]
    for name in ("ep_start", "ep_length", "_current_ep_start"):
        assert np.array_equal(getattr(here, name), getattr(there, name))
    assert pack_replay(again) == pack_replay(model)


def test_infos_that_hindsight_would_copy_are_refused():
    model = hindsight(replay_buffer_kwargs={"copy_info_dict": True})
    with pytest.raises(AgentError, match="replay buffer: expected copy_info_dict: false, because infos are no numbers"):
        pack_replay(model)
