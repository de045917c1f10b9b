"""Twins that wear the twins of wrappers: `heredity.wrappers.ObservationOffset` and `ObservationNoise`.

Dynamics are made once of those that are inside, so tasks that share a program go on sharing one.
"""

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.perturbed import deviation_of, drawn_offset
from heredity.agents.twins.twin import Dynamics, Equality, Twin


class _Offset(NamedTuple):
    """inside: the spec of the twin that wears it. added: float32[size]."""

    inside: Any
    added: Any


class _Noise(NamedTuple):
    """inside: the spec of the twin that wears it. deviation: float32."""

    inside: Any
    deviation: Any


def with_offset(twin: Twin, *, seed: int, deviation: float = 2.0) -> Twin:
    """Return a twin that shows what ObservationOffset shows. Raises TaskError where that does."""
    _, shown = jax.eval_shape(twin.dynamics.reset, twin.spec, np.zeros(2, np.uint32))
    spec = _Offset(twin.spec, drawn_offset(shown.shape[0], seed, deviation))
    # not to the bit: what is added to what was multiplied a compiler may round once
    equality: Equality = "distribution" if twin.equality == "distribution" else "rounding"
    return replace(twin, dynamics=_offset_dynamics(twin.dynamics), spec=spec, equality=equality)


def with_noise(twin: Twin, *, deviation: float) -> Twin:
    """Return a twin that shows, in distribution, what ObservationNoise shows. Raises TaskError where that does."""
    spec = _Noise(twin.spec, np.float32(deviation_of("ObservationNoise", deviation)))
    return replace(twin, dynamics=_noise_dynamics(twin.dynamics), spec=spec, equality="distribution")


@cache
def _offset_dynamics(inside: Dynamics) -> Dynamics:
    def reset(spec: _Offset, key: jax.Array) -> tuple[Any, jax.Array]:
        state, shown = inside.reset(spec.inside, key)
        return state, shown + spec.added

    def step(spec: _Offset, state: Any, action: jax.Array, key: jax.Array) -> tuple[Any, ...]:
        state, shown, *paid = inside.step(spec.inside, state, action, key)
        return state, shown + spec.added, *paid

    return Dynamics(reset, step)


@cache
def _noise_dynamics(inside: Dynamics) -> Dynamics:
    def reset(spec: _Noise, key: jax.Array) -> tuple[Any, jax.Array]:
        of_inside, own = jax.random.split(key)  # split, so that one noise over another draws other numbers
        state, shown = inside.reset(spec.inside, of_inside)
        return state, shown + _drawn(spec, own, shown)

    def step(spec: _Noise, state: Any, action: jax.Array, key: jax.Array) -> tuple[Any, ...]:
        of_inside, own = jax.random.split(key)
        state, shown, *paid = inside.step(spec.inside, state, action, of_inside)
        return state, shown + _drawn(spec, own, shown), *paid

    return Dynamics(reset, step)


def _drawn(spec: _Noise, key: jax.Array, shown: jax.Array) -> jax.Array:
    noise: jax.Array = spec.deviation * jax.random.normal(key, shown.shape, jnp.float32)
    return noise
