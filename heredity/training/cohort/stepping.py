"""What a rollout needs of the environment copies of a shard, whoever steps them."""

from typing import Any, NamedTuple, Protocol

import numpy as np

Array = np.ndarray[Any, Any]


class Ended(NamedTuple):
    """The end of one copy's episode; `success` is None where the environment does not report it.

    unshaped: what the episode paid without the shaping that members train in, None where there is none.
    """

    member: int
    copy: int
    last_observation: Array
    truncated: bool
    success: bool | None
    unshaped: float | None = None


class Stepped(NamedTuple):
    """A step of every copy of the active members: float32[A, E, size], float32[A, E], and the episodes it ended."""

    observations: Array
    rewards: Array
    ended: list[Ended]


class Envs(Protocol):
    """What the rollout needs of environments.

    failures: what went wrong, by member; the copies of such a member stand still, and all that they show is zero.
    """

    failures: dict[int, str]

    def reset(self) -> Array:
        """Begin an episode in every copy, or go on with the one that is carried; float32[M, E, size]."""

    def replayed(self, m: int) -> list[list[np.float32]]:
        """Return the rewards so far of the episode that each copy of a member goes on with; none where it begins."""

    def longest(self) -> int:
        """Return the steps of the longest episode so far, or of the longest that there may be."""

    def carried(self, m: int) -> bytes | None:
        """Return the episodes that a member's copies are in, as `Carried` packs them."""

    def release(self, m: int) -> str | None:
        """Let go of what a member's copies hold, for good; return what the member failed of, None where it did not."""

    def close(self) -> None:
        """Let go of what all copies hold."""


class SteppedEnvs(Envs, Protocol):
    """Environments that a rollout steps one step at a time."""

    def step(self, actions: Array, active: list[int]) -> Stepped:
        """Step the active members' copies by actions [A, E(, k)]."""
