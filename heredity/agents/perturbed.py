"""Wrappers that show a vector otherwise than it is, of which benchmarks of continual learning make their tasks.

"Continual Gym Control" (Muppidi et al. 2024, TRAC; Tang et al., ICML 2025, C-CHAIN) is one environment shown with one
offset after another, each of whose numbers is drawn from N(0, σ²).
"""

from math import inf
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import RecordConstructorArgs

from heredity.errors import TaskError

Vector = np.ndarray[Any, Any]


def drawn_offset(size: int, seed: int, deviation: float) -> Vector:
    """Return float32[size] of N(0, deviation²), the same for the same seed.

    Raises TaskError for a seed that is no whole number from 0, or a deviation that is negative or not finite.
    """
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise TaskError(f"ObservationOffset: expected a whole number from 0 as its seed, got {seed!r}")
    scale = deviation_of("ObservationOffset", deviation)
    return np.asarray(scale * np.random.default_rng(seed).standard_normal(size), np.float32)


def deviation_of(wrapper: str, stated: float) -> float:
    """Return a standard deviation. Raises TaskError, naming the wrapper, for one that is negative or not finite."""
    if not isinstance(stated, int | float | np.number) or not 0 <= stated < inf:
        raise TaskError(f"{wrapper}: expected a deviation of at least 0, got {stated!r}")
    return float(stated)


class ObservationOffset(gymnasium.ObservationWrapper, RecordConstructorArgs):  # type: ignore[misc]
    """A vector shown with the same numbers added in every step, float32, drawn once from N(0, deviation²) by a seed.

    Tasks of a continual benchmark are one environment and several seeds. Raises TaskError but for a Box of one axis.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], *, seed: int, deviation: float = 2.0) -> None:
        RecordConstructorArgs.__init__(self, seed=seed, deviation=deviation)
        gymnasium.ObservationWrapper.__init__(self, env)
        self.observation_space = _unbounded("ObservationOffset", env.observation_space)
        self.offset = drawn_offset(self.observation_space.shape[0], seed, deviation)

    def observation(self, observation: Vector) -> Vector:
        """Return float32[size]."""
        return np.asarray(observation, np.float32) + self.offset


class ObservationNoise(gymnasium.ObservationWrapper, RecordConstructorArgs):  # type: ignore[misc]
    """A vector shown with other numbers added in every step, float32, each drawn from N(0, deviation²).

    They are drawn from the environment's own generator, so a seed repeats them; an environment that draws from it too
    draws otherwise than without this wrapper. Raises TaskError but for a Box of one axis.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], *, deviation: float) -> None:
        RecordConstructorArgs.__init__(self, deviation=deviation)
        gymnasium.ObservationWrapper.__init__(self, env)
        self.observation_space = _unbounded("ObservationNoise", env.observation_space)
        self._deviation = deviation_of("ObservationNoise", deviation)

    def observation(self, observation: Vector) -> Vector:
        """Return float32[size]."""
        noise: Vector = self._deviation * self.np_random.standard_normal(self.observation_space.shape)
        return np.asarray(observation, np.float32) + noise.astype(np.float32)


def _unbounded(wrapper: str, space: gymnasium.spaces.Space[Any]) -> gymnasium.spaces.Box:
    if not isinstance(space, gymnasium.spaces.Box) or len(space.shape) != 1:
        raise TaskError(f"{wrapper}: expected a Box of one axis, got {space}")
    return gymnasium.spaces.Box(-inf, inf, space.shape, np.float32)
