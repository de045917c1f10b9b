"""Environments whose actions are not all allowed, are not counted from 0, or are paid for as they are."""

import gymnasium
import numpy as np
from gymnasium import spaces

from heredity.agents.task import Task
from heredity.study.sections import Algorithm

STEPS = 10

SPACES = {
    "Discrete": spaces.Discrete(8),
    "MultiDiscrete": spaces.MultiDiscrete([5, 4]),
    "MultiBinary": spaces.MultiBinary(4),
}


class Masked(gymnasium.Env):
    """One value of every choice is allowed at a time, two of a Discrete action: they pay 1, any other −1.

    `strict` raises at the others. `answer` takes the place of what `action_masks` returns.
    """

    observation_space = spaces.Box(0, 1, (2,), np.float32)

    def __init__(self, kind="Discrete", strict=False, answer=None):
        self.action_space, self.strict, self.answer = SPACES[kind], strict, answer

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._draw()
        return np.ones(2, np.float32), {}

    def _draw(self):
        space = self.action_space
        if isinstance(space, spaces.Discrete):
            self.allowed = np.isin(np.arange(8), self.np_random.choice(8, 2, replace=False))
            return
        numbers = space.nvec if isinstance(space, spaces.MultiDiscrete) else [2] * space.n
        self.allowed = np.concatenate([np.arange(n) == self.np_random.integers(n) for n in numbers])

    def _taken(self, action):
        space = self.action_space
        if isinstance(space, spaces.Discrete):
            return self.allowed[int(action)]
        numbers = space.nvec if isinstance(space, spaces.MultiDiscrete) else [2] * space.n
        starts = np.concatenate([[0], np.cumsum(numbers)[:-1]])
        return self.allowed[starts + np.asarray(action, int)].all()

    def action_masks(self):
        return self.allowed if self.answer is None else self.answer

    def step(self, action):
        taken = self._taken(action)
        if self.strict and not taken:
            raise ValueError(f"{action} is not allowed")
        self._draw()
        return np.ones(2, np.float32), 1.0 if taken else -1.0, False, False, {}


class Paid(gymnasium.Env):
    """Two steps; the first action is the reward of the first, and `again` times the second that of the second."""

    observation_space = spaces.Box(0, 1, (2,), np.float32)
    action_space = spaces.Box(-10, 10, (1,), np.float32)

    def __init__(self, again=1.0):
        self.again = again

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.pays = 1.0
        return np.ones(2, np.float32), {}

    def step(self, action):
        reward, self.pays = self.pays * float(np.ravel(action)[0]), self.again
        return np.ones(2, np.float32), reward, False, False, {}


class Spaces(gymnasium.Env):
    """Shows a sample of its observations, and pays 1 for an action that is one of its own, else −1."""

    def __init__(self, observations=None, actions=None):
        self.observation_space = spaces.Box(0, 1, (2,), np.float32) if observations is None else observations
        self.action_space, self.taken = spaces.Discrete(3) if actions is None else actions, []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        self.taken.append(action)
        paid = 1.0 if self.action_space.contains(action) else -1.0
        return self.observation_space.sample(), paid, False, False, {}


for name, made, steps in (("Masked", Masked, STEPS), ("Paid", Paid, 2), ("Spaces", Spaces, STEPS)):
    gymnasium.register(f"tests/{name}-v0", made, max_episode_steps=steps)
gymnasium.register(
    "tests/StartOne-v0", Spaces, max_episode_steps=STEPS, kwargs={"actions": spaces.Discrete(3, start=1)}
)


def masked(**arguments):
    return Task("tests/Masked-v0", arguments, threshold=1000.0)


MASKABLE = Algorithm(name="MaskablePPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})
PPO = MASKABLE.model_copy(update={"name": "PPO"})
