"""An environment as pure functions of arrays: its twin.

The functions are written for one copy; `jax.vmap` puts copies, members and lineages in front. A twin shows and pays
what the task does that it is a twin of, wrappers included, and `conformance` proves that it does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import gymnasium

Equality = Literal["bit", "rounding", "distribution"]
"""How a twin's steps from equal states are equal to the original's: "bit" in all of their bits, "rounding" but for that
of float32, "distribution" where the original draws what it cannot be told. Resets are always equal in distribution."""


class Dynamics(NamedTuple):
    """What a compiled program of a twin consists of: two functions of a module, the same for all tasks of a kind.

    reset(spec, key) -> (state, observation)
    step(spec, state, action, key) -> (state, observation, reward, terminated, truncated)

    spec, state: any tree of arrays. key: uint32[2], as `jax.random` takes it, of which nothing else is drawn.
    observation: float32[size], as the task shows it. action: int32, int32[k] or float32[k], as the task takes it.
    reward: float32. terminated, truncated: bool, both at once where the original says both. A step does not begin the
    next episode.
    """

    reset: Callable[..., Any]
    step: Callable[..., Any]


@dataclass(frozen=True)
class Twin:
    """One task's environment as functions.

    spec: what tasks that share a compiled program differ in, a tree of NumPy arrays: a size, a limit, a gravity.
    longest: the steps of the longest episode. state_of: the state that an environment of the task's is in, as it is
    made with its wrappers, for the test that holds the two beside each other.
    """

    dynamics: Dynamics
    spec: Any
    longest: int
    equality: Equality
    state_of: Callable[[gymnasium.Env[Any, Any]], Any]
