"""A wrapper for environments that show which actions are allowed among their observations."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import RecordConstructorArgs

from heredity.errors import TaskError


class MaskFromKey(gymnasium.ObservationWrapper, RecordConstructorArgs):  # type: ignore[misc]
    """Takes the allowed actions out of a dictionary of observations and says them by `action_masks()`.

    Of `{"observation": …, "action_mask": …}`, as PettingZoo and RLlib have it, a policy sees the observation alone; of
    more keys the dictionary of the others. Raises TaskError where there is no such key, or nothing beside it.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], key: str = "action_mask") -> None:
        RecordConstructorArgs.__init__(self, key=key)
        gymnasium.ObservationWrapper.__init__(self, env)
        space = env.observation_space
        parts = space.spaces if isinstance(space, gymnasium.spaces.Dict) else {}
        others = {name: part for name, part in parts.items() if name != key}
        if key not in parts or not others:
            raise TaskError(f"MaskFromKey: expected a dictionary with {key!r} and observations beside it, got {space}")
        self._key, self._only = key, next(iter(others)) if len(others) == 1 else None
        self.observation_space = gymnasium.spaces.Dict(others) if self._only is None else others[self._only]

    def observation(self, observation: dict[str, Any]) -> Any:
        """Return what is seen of an observation, and remember its mask."""
        self._mask = np.array(observation[self._key], np.bool_)
        if self._only is not None:
            return observation[self._only]
        return {name: value for name, value in observation.items() if name != self._key}

    def action_masks(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return bool[choices], which are allowed now."""
        return self._mask
