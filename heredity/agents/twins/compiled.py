"""An environment that another JAX library has as functions: played by Gymnasium's rules, and as its own twin.

Both are the same functions. What they draw is of a key that the state carries, so that a step follows from its state.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.twins.classic.episodes import longest_episode
from heredity.agents.twins.twin import Dynamics, Twin


@dataclass(frozen=True, eq=False)
class Functions:
    """A library's environment; nothing else is drawn than of the keys, uint32[2].

    reset(params, key) -> (state, observation)
    step(params, state, action, key) -> (state, observation, reward, terminated, truncated)

    observation: float32[size]. params, state: trees of arrays.
    """

    reset: Callable[..., Any]
    step: Callable[..., Any]
    observations: gymnasium.Space[Any]
    actions: gymnasium.Space[Any]


class _Spec(NamedTuple):
    """limit: int32, steps. params: the library's."""

    limit: Any
    params: Any


class _State(NamedTuple):
    """inside: the library's. key: uint32[2], of what is drawn next. steps: int32, since the reset."""

    inside: Any
    key: Any
    steps: Any


class CompiledEnv(gymnasium.Env[Any, Any]):  # type: ignore[misc]
    """The environment of Gymnasium's; copies on the same arguments share a compiled program, which runs on the CPU."""

    def __init__(self, functions: Functions, params: Any) -> None:
        self.observation_space, self.action_space = functions.observations, functions.actions
        self._programs, self._spec = _programs(functions), _spec(None, params)
        self._integer = functions.actions.dtype is not None and functions.actions.dtype.kind == "i"

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode, whose first key is drawn from `np_random`."""
        super().reset(seed=seed, options=options)
        key = self.np_random.integers(2**32, size=2, dtype=np.uint32)
        with jax.default_device(_cpu()):
            self.state, shown = self._programs.reset(self._spec, key)
        return np.array(shown), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take one step."""
        taken = np.asarray(action, np.int32 if self._integer else np.float32)
        with jax.default_device(_cpu()):
            self.state, shown, *rest = self._programs.step(self._spec, self.state, taken, self.state.key)
        reward, terminated, truncated = jax.device_get(rest)
        return np.array(shown), float(reward), bool(terminated), bool(truncated), {}


def compiled_twin(functions: Functions, params: Any, limit: int | None, own_limit: int | None) -> Twin:
    """Return the twin; limit: its TimeLimit's, own_limit: the library's, in steps, None for none."""
    longest = min(longest_episode(limit), longest_episode(own_limit))
    return Twin(_dynamics(functions), _spec(limit, params), longest, "rounding", _state_of)


def _spec(limit: int | None, params: Any) -> _Spec:
    return _Spec(np.int32(longest_episode(limit)), jax.tree.map(in_32_bits, params))


def in_32_bits(value: Any) -> np.ndarray[Any, Any]:
    """Return a number as JAX computes with it."""
    array = np.asarray(value)
    return array.astype({"f": np.float32, "i": np.int32}.get(array.dtype.kind, array.dtype))


@cache
def _dynamics(functions: Functions) -> Dynamics:
    def reset(spec: _Spec, key: jax.Array) -> tuple[_State, jax.Array]:
        now, later = jax.random.split(key)
        inside, shown = functions.reset(spec.params, now)
        return _State(_strong(inside), later, jnp.int32(0)), shown

    def step(spec: _Spec, state: _State, action: jax.Array, _key: jax.Array) -> tuple[Any, ...]:
        now, later = jax.random.split(state.key)
        inside, shown, reward, terminated, truncated = functions.step(spec.params, state.inside, action, now)
        after = _State(_strong(inside), later, state.steps + 1)
        paid = jnp.reshape(reward, ()).astype(jnp.float32)
        return after, shown, paid, jnp.bool_(terminated), jnp.bool_(truncated) | (after.steps >= spec.limit)

    return Dynamics(reset, step)


@cache
def _programs(functions: Functions) -> Dynamics:
    dynamics = _dynamics(functions)
    return Dynamics(jax.jit(dynamics.reset), jax.jit(dynamics.step))


@cache
def _cpu() -> Any:
    """Return where single steps are fastest."""
    return jax.local_devices(backend="cpu")[0]


def _strong(tree: Any) -> Any:
    # a number that a library wrote as Python's takes the type of what it meets; a state's is the same in every step
    return jax.tree.map(lambda leaf: jax.lax.convert_element_type(leaf, jnp.result_type(leaf)), tree)


def _state_of(env: gymnasium.Env[Any, Any]) -> Any:
    return jax.device_get(env.unwrapped.state)
