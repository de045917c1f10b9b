"""A continuous task whose environments remember what was done in them: be at the goal."""

from typing import ClassVar

import gymnasium
import numpy as np

ID = "tests/Reach-v0"


class Reach(gymnasium.Env):
    """`actions` holds what all environments of this process were given, in their order."""

    actions: ClassVar[list[np.ndarray]] = []

    def __init__(self, size=1):
        self.observation_space = gymnasium.spaces.Box(-10, 10, (2,), np.float32)
        self.action_space = gymnasium.spaces.Box(-2, 2, (size,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x, self.goal = 0.0, float(self.np_random.uniform(-2, 2))
        return self._observation(), {}

    def step(self, action):
        self.actions.append(np.array(action))
        self.x = float(np.clip(self.x + 0.25 * float(action[0]), -5, 5))
        return self._observation(), -abs(self.x - self.goal), False, False, {}

    def _observation(self):
        return np.array([self.x, self.goal], np.float32)


class Cue(gymnasium.Env):
    """The same with five actions, of which the one that is shown pays."""

    actions: ClassVar[list[int]] = []
    observation_space = gymnasium.spaces.Box(0, 1, (5,), np.float32)
    action_space = gymnasium.spaces.Discrete(5)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self._next(), {}

    def step(self, action):
        self.actions.append(int(action))
        return self._next(), float(action == self.cue), False, False, {}

    def _next(self):
        self.cue = int(self.np_random.integers(5))
        return np.eye(5, dtype=np.float32)[self.cue]


gymnasium.register(ID, Reach, max_episode_steps=20)
gymnasium.register("tests/Cue-v0", Cue, max_episode_steps=20)
