"""Continual Gym Control's tasks (C-CHAIN, ICML 2025): an environment whose observations are moved by a fixed offset."""

from typing import Any

import gymnasium
import numpy as np


class ObservationOffset(gymnasium.ObservationWrapper[Any, Any, Any]):
    """Adds an offset drawn once from N(0, `scale`) per dimension, so that tasks differ by `seed` alone."""

    def __init__(self, env: gymnasium.Env[Any, Any], seed: int, scale: float = 2.0) -> None:
        """Draw the offset; the observation space becomes unbounded."""
        super().__init__(env)
        shape = env.observation_space.shape
        self.offset = np.random.default_rng(seed).normal(0.0, scale, shape).astype(np.float32)
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, shape, np.float32)

    def observation(self, observation: Any) -> Any:
        """Move an observation."""
        return observation + self.offset
