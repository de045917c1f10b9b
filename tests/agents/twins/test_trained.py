"""Members trained on a twin that is equal but for rounding score on the original what they score on the twin."""

from dataclasses import replace

import numpy as np
import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.evaluation.episodes import evaluate
from heredity.study.sections import Algorithm, Normalize, Train
from heredity.training.engines import train
from heredity.training.shard import Member, Shard

pytestmark = [pytest.mark.study, pytest.mark.slow]

PPO = Algorithm(
    name="PPO", n_envs=8, hyperparameters={"n_steps": 128, "batch_size": 256, "n_epochs": 10, "learning_rate": 0.001}
)
NORMALIZING = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=True)})
TASKS = {
    "CartPole-v1": (PPO, 475.0, 60_000, 400),
    "Acrobot-v1": (PPO, -100.0, 100_000, 200),
    "Pendulum-v1": (NORMALIZING, -200.0, 200_000, 800),
    "MountainCarContinuous-v0": (NORMALIZING, 90.0, 100_000, 200),
}
SHARE = 0.005
"""Of the way from acting at random to the threshold."""


@pytest.mark.parametrize("id", TASKS)
def test_trained_members_score_the_same_on_both(id):
    algorithm, threshold, budget, episodes = TASKS[id]
    task = Task(id, threshold=threshold, twin=True)
    members = tuple(Member(f"m{seed}", fresh_agent(algorithm, task, seed), seed) for seed in range(2))
    settings = Train(engine="cohort", environments="jax", until="budget")
    trained = train(Shard("first", "inherited", task, algorithm, settings, budget, 5, members))
    nobody = evaluate("random", task, episodes=100, seed=1).returns.mean()
    scale = abs(threshold - nobody)
    for member in trained:
        twin, original = (
            evaluate(member, replace(task, twin=on_twin), episodes=episodes, seed=2 + on_twin).returns
            for on_twin in (True, False)
        )
        assert original.mean() > nobody + 0.2 * (threshold - nobody)  # it has learned something
        error = np.sqrt(twin.var() / episodes + original.var() / episodes)
        assert abs(twin.mean() - original.mean()) < SHARE * scale + 3 * error
