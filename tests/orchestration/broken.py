"""An environment that plays a few episodes and then breaks."""

import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv


class Broken(CartPoleEnv):
    """CartPole that raises at the 50th step of its life; an untrained policy's single episode is shorter."""

    taken = 0

    def step(self, action):
        self.taken += 1
        if self.taken == 50:
            raise RuntimeError("the pole has had enough")
        return super().step(action)


gymnasium.register("Broken-v0", Broken, max_episode_steps=40)
