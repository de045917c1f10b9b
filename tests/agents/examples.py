"""An agent, running statistics and a pickle that does something, which several tests of this room look at."""

import gymnasium
import numpy as np
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.study.sections import Algorithm

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})
FRESH = fresh_agent(PPO, CARTPOLE, 0)


class Bomb:
    """Touches a file when unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def normalizing(make=lambda: gymnasium.make("CartPole-v1"), **settings):
    envs = VecNormalize(DummyVecEnv([make]), **settings)
    envs.seed(0)
    envs.reset()
    envs.observation_space.sample(), envs.action_space.sample()
    for _ in range(5):
        envs.step(np.array([0]))
    return envs
