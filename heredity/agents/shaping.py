"""What an environment pays within wrappers that change it for training alone: what curves and the gate see."""

from collections.abc import Mapping
from typing import Any

import gymnasium

KEY = "heredity.unshaped"
"""Under which an environment's return so far stands in the info of a step."""


class Unshaped(gymnasium.Wrapper):  # type: ignore[misc]
    """Adds up what an environment pays, before a wrapper around it changes that."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        self._paid = 0.0
        return self.env.reset(seed=seed, options=options)  # type: ignore[no-any-return]

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step, and tell what was paid so far."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._paid += float(reward)
        return observation, reward, terminated, truncated, {**info, KEY: self._paid}


def unshaped_return(info: Mapping[str, Any]) -> float | None:
    """Return what an episode paid without its shaping, None where it has none."""
    paid = info.get(KEY)
    return None if paid is None else float(paid)
