"""A CartPole that ends or freezes its process: at its third step after a reset on certain seeds, or in another call."""

from typing import ClassVar

import gymnasium
from gymnasium.envs.classic_control.cartpole import CartPoleEnv

from heredity import worker
from tests.harm import harm

WHEN = 3


class Deadly(CartPoleEnv):
    """seeds: none for every seed. call: step, make or close. modes: by name, the one seed that each is for."""

    actors: ClassVar = set()
    """Who acted in some step, as the word says."""

    def __init__(self, mode="", seeds=(), call="step", modes=None):
        super().__init__()
        self.modes = {seed: name for name, seed in (modes or {}).items()}
        self.mode, self.seeds, self.call = mode, seeds, call
        self.seed, self.steps = None, 0
        if call == "make":
            harm(mode)

    def reset(self, *, seed=None, options=None):
        self.seed, self.steps = seed, 0
        return super().reset(seed=seed, options=options)

    def step(self, action):
        self.steps += 1
        self.actors.add((self.seed, worker.word.actor.decode()))
        if self.call == "step" and self.steps == WHEN and (not self.seeds or self.seed in self.seeds):
            harm(self.modes.get(self.seed, self.mode))
        return super().step(action)

    def close(self):
        if self.call == "close":
            harm(self.mode)
        super().close()


gymnasium.register("Deadly-v0", entry_point="tests.deadly:Deadly", max_episode_steps=60, reward_threshold=20.0)
