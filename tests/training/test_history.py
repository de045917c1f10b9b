"""Every training episode is kept, so that a curve can be drawn over another window."""

from dataclasses import replace

import numpy as np
import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.archives import npz
from heredity.agents.task import Task
from heredity.errors import AgentError, CurveError
from heredity.layout import history_path
from heredity.study.sections import Algorithm, Train
from heredity.training.curves import CurveRow
from heredity.training.engines import train
from heredity.training.history import Episode, pack_history, read_history, redrawn, unpack_history
from heredity.training.shard import Member, Shard

CARTPOLE = Task("CartPole-v1", threshold=500.0)
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 64, "batch_size": 64, "n_epochs": 1})
DQN = Algorithm(name="DQN", n_envs=2, hyperparameters={"learning_starts": 20, "buffer_size": 80, "batch_size": 8})
EPISODES = [Episode(64, 1.0, 3), Episode(64, 2.0, 4), Episode(128, 6.0, 5)]


def trained(algorithm, engine, window, budget=1024):
    settings = Train(engine=engine, environments="gymnasium", until="budget", window=window, checkpoint_steps=256)
    members = (Member("m00", fresh_agent(algorithm, CARTPOLE, 1), 1),)
    (member,) = train(Shard("first", "inherited", CARTPOLE, algorithm, settings, budget, 2, members))
    return member


@pytest.mark.study
@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize(("algorithm", "engine"), [(PPO, "cohort"), (PPO, "sb3"), (DQN, "sb3")])
def test_whatever_the_window_every_episode_is_kept_and_any_curve_can_be_drawn(algorithm, engine):
    narrow, wide = (trained(algorithm, engine, window) for window in (2, 50))
    history = unpack_history(narrow.history)
    assert history == unpack_history(wide.history)
    assert len(history) > 20
    assert sum(episode.length for episode in history) <= narrow.env_steps
    assert sum(episode.length for episode in history) > narrow.env_steps - 2 * 500
    for window, member in ((2, narrow), (50, wide)):
        for other in (narrow, wide):
            assert without_successes(redrawn(other.curve, history, window)) == without_successes(member.curve)


def without_successes(curve):
    """Return rows of which no rate of successes is known: CartPole tells none."""
    return [replace(row, success_rate=None) for row in curve]


def test_rows_are_of_the_last_episodes_until_then():
    curve = [CurveRow(0, 5.0, 0.0, 1.0, None, 2), *(CurveRow(steps, 0.0, 0.0, 1.0, None, 9) for steps in (32, 64, 128))]
    untrained, none, first, second = redrawn(curve, EPISODES, 2)
    assert untrained == curve[0]
    assert (none.return_mean, none.episodes) == (None, 0)
    assert (first.return_mean, first.length_mean, first.episodes) == (1.5, 3.5, 2)
    assert (second.return_mean, second.episodes) == (4.0, 2)


def test_a_file_of_episodes_comes_back_and_another_is_refused(tmp_path):
    model = tmp_path / "m00.zip"
    with pytest.raises(CurveError, match=r"m00\.episodes\.npz: expected the training episodes .*; type: dvc repro"):
        read_history(model)
    history_path(model).write_bytes(pack_history(EPISODES))
    assert read_history(model) == EPISODES
    assert unpack_history(pack_history([])) == []
    uneven = {"env_steps": np.arange(2), "returns": np.zeros(1), "lengths": np.arange(2)}
    for content in (b"nothing", npz({"returns": np.zeros(2)}), npz(uneven), npz({**uneven, "returns": np.arange(2)})):
        with pytest.raises(AgentError, match="training episodes"):
            unpack_history(content)
        history_path(model).write_bytes(content)
        with pytest.raises(CurveError, match=r"m00\.episodes\.npz: cannot be read: training episodes"):
            read_history(model)
