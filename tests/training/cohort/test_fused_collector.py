"""What a rollout on a twin leaves in a model's books is what the curve of a member is made of."""

import numpy as np
import pytest

from heredity.agents.normalizer import read_normalizer
from heredity.agents.task import Task
from heredity.study.sections import Normalize
from heredity.training.engines import train
from heredity.training.history import unpack_history
from tests.training.cohort.test_engine import PPO, shard

pytestmark = pytest.mark.study

SHORT = Task("CartPole-v1", {"max_episode_steps": 11}, threshold=500.0)


def test_every_episode_is_counted_with_its_steps_wherever_a_rollout_ends():
    """CartPole pays 1 a step, so a return is a length; 11 steps do not divide a rollout of 32."""
    (member,) = train(shard(3, task=SHORT, environments="jax", budget=640))
    episodes = unpack_history(member.history)
    assert all(episode.episode_return == episode.length <= 11 for episode in episodes)
    assert 640 - 2 * 11 < sum(episode.length for episode in episodes) <= 640
    assert [episode.env_steps for episode in episodes] == sorted(episode.env_steps for episode in episodes)


def test_statistics_count_every_observation_and_are_those_of_the_original():
    """A first observation of each of the copies, and one of each of their steps; CartPole falls alike."""
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=True)})
    both = [
        read_normalizer(train(shard(3, environments=kind, budget=640, algorithm=algorithm))[0].agent.normalizer)
        for kind in ("gymnasium", "jax")
    ]
    for statistics in both:
        assert statistics["observation.count"] == pytest.approx(2 + 640, abs=0.01)
        assert statistics["reward.count"] == pytest.approx(640, abs=0.01)
    np.testing.assert_allclose(both[0]["observation.var"], both[1]["observation.var"], rtol=0.6)
    assert not np.array_equal(both[0]["observation.var"], both[1]["observation.var"])


def test_a_member_learns_on_the_twin_what_it_learns_on_the_original():
    task = Task("CartPole-v1", threshold=100.0)
    algorithm = PPO.model_copy(update={"n_envs": 8, "hyperparameters": {"n_steps": 128, "batch_size": 256}})
    steps = {
        kind: [
            member.env_steps
            for member in train(
                shard(*range(4), task=task, until="threshold", budget=60_000, environments=kind, algorithm=algorithm)
            )
        ]
        for kind in ("envpool", "jax")
    }
    assert max(max(each) for each in steps.values()) < 60_000
    assert 0.5 < np.mean(steps["jax"]) / np.mean(steps["envpool"]) < 2
