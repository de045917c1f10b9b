"""VecNormalize's running statistics within a compiled rollout, as precise as what it is given."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Normalizing(NamedTuple):
    """VecNormalize's settings, which the program depends on."""

    observations: bool
    rewards: bool
    clip_observations: float
    clip_rewards: float
    gamma: float
    epsilon: float


class Moments(NamedTuple):
    """Of M members, of floats: mean and var [M, size], count [M, 1]."""

    mean: Any
    var: Any
    count: Any


class Running(NamedTuple):
    """observations: their moments, None where they stay as they are. returns: the moments of `discounted`, of size 1.

    discounted: [M, E], the returns so far of the episodes under way.
    """

    observations: Moments | None
    returns: Moments
    discounted: Any


def counted_and_scaled(
    settings: Normalizing,
    running: Running,
    observations: jax.Array,
    rewards: jax.Array,
    over: jax.Array,
    last: jax.Array,
) -> tuple[Running, jax.Array, jax.Array, jax.Array]:
    """Count a step of M members' E copies; return the statistics, and what of it their policies see and learn from.

    observations float32[M, E, size], of the next step; rewards float32[M, E]; over bool[M, E]; last float32[M, E,
    size], what was last shown of the episodes that are over. Returns begin anew once counted, as VecNormalize has it.
    """
    moments = running.observations
    if moments is not None:
        moments = _counted(moments, observations.astype(moments.mean.dtype))
        observations, last = (_scaled(settings, moments, each) for each in (observations, last))
    discounted = running.discounted * settings.gamma + rewards
    returns = _counted(running.returns, discounted[..., None])
    if settings.rewards:
        paid = rewards / jnp.sqrt(returns.var + settings.epsilon)
        rewards = jnp.clip(paid, -settings.clip_rewards, settings.clip_rewards).astype(jnp.float32)
    return Running(moments, returns, jnp.where(over, 0.0, discounted)), observations, rewards, last


def counted_first(settings: Normalizing, running: Running, observations: jax.Array) -> tuple[Running, jax.Array]:
    """Count the observations that episodes begin with; return the statistics, and what policies see of them."""
    if running.observations is None:
        return running, observations
    moments = _counted(running.observations, observations.astype(running.observations.mean.dtype))
    return running._replace(observations=moments), _scaled(settings, moments, observations)


def _counted(moments: Moments, values: jax.Array) -> Moments:
    """Count values float64[M, E, size], E for each member (Chan, Golub and LeVeque 1979)."""
    number, delta = values.shape[1], values.mean(1) - moments.mean
    count = moments.count + number
    squares = moments.var * moments.count + values.var(1) * number + delta**2 * moments.count * number / count
    return Moments(moments.mean + delta * number / count, squares / count, count)


def _scaled(settings: Normalizing, moments: Moments, observations: jax.Array) -> jax.Array:
    scaled = (observations - moments.mean[:, None]) / jnp.sqrt(moments.var[:, None] + settings.epsilon)
    return jnp.clip(scaled, -settings.clip_observations, settings.clip_observations).astype(jnp.float32)
