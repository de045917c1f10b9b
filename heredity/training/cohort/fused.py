"""A rollout on the twin of an environment as one compiled program: acting, environments, and values where they are cut.

The program is for a tile of members, of fixed size, because the last bits of a product may depend on how large it is; a
tile that is not full plays its first member again. So a member's bits depend on device, packages, tile and seed alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp

from heredity.agents.twins import compiling  # noqa: F401  (imported for what it does: sets JAX up)
from heredity.agents.twins.policy import Policy, Weights
from heredity.agents.twins.twin import Dynamics
from heredity.training.cohort.running import Normalizing, Running, counted_and_scaled

TILE = 4
"""Members of one call: the fewest at which a step costs more than calling its parts does (docs/performance.md)."""


class InPlay(NamedTuple):
    """The episodes that the copies are in: the twin's state, observations float32[…, E, size] as the twin shows them.

    … is nothing, or one axis of members, which the leaves of the state have in front too. scaled: observations as
    members that normalize see them; None where they do not.
    """

    state: Any
    observations: Any
    scaled: Any = None


class Collected(NamedTuple):
    """T steps of M members' E copies.

    observations float32[T, M, E, size], of before the step, as the policy sees them; actions [T, M, E(, k)]; rewards
    float32[T, M, E], as the twin pays them; paid, as the members learn from them; cut float32[T, M, E], the value of
    what was last shown where an episode was truncated, else 0; over bool[T, M, E], whether the step ended its episode.
    """

    observations: Any
    actions: Any
    rewards: Any
    paid: Any
    cut: Any
    over: Any


@dataclass(frozen=True)
class RolloutProgram:
    """What the compiled program depends on besides the sizes of its arrays; normalizing: None where nobody does."""

    policy: Policy
    dynamics: Dynamics
    normalizing: Normalizing | None = None


Collect = Callable[..., tuple[tuple[InPlay, Running | None], Collected]]


def make_collect(program: RolloutProgram) -> Collect:
    """Compile collect(spec, weights, (playing, running), noise, keys, bounds) -> ((playing, running), collected).

    weights, playing, running: members on the first axis; running: None where nobody normalizes. noise float32[T, M, E,
    k], as `Policy.act` takes it. keys uint32[M, 2]. bounds: what actions are clipped to, two arrays, or None.
    """
    return cast(Collect, jax.jit(partial(collect, program)))


def make_begin(dynamics: Dynamics) -> Callable[..., InPlay]:
    """Compile begin(spec, key, copies) -> playing, of one member."""

    def begin(spec: Any, key: jax.Array, copies: int) -> InPlay:
        return InPlay(*jax.vmap(partial(dynamics.reset, spec))(jax.random.split(key, copies)))

    return jax.jit(begin, static_argnums=2)


def collect(
    program: RolloutProgram,
    spec: Any,
    weights: Weights,
    begun: tuple[InPlay, Running | None],
    noise: jax.Array,
    keys: jax.Array,
    bounds: Any,
) -> tuple[tuple[InPlay, Running | None], Collected]:
    """Play len(noise) steps; an episode that is over is followed by the next one's first observation."""
    steps, members, copies = noise.shape[:3]
    draws = jax.vmap(lambda key: jax.random.split(key, (steps, copies, 2)))(keys)
    reset, step = (jax.vmap(jax.vmap(partial(each, spec))) for each in program.dynamics)

    def one(carry: Any, drawn: tuple[jax.Array, jax.Array]) -> tuple[Any, Collected]:
        (now, running), (noise_t, keys_t) = carry, drawn
        seen = now.observations if now.scaled is None else now.scaled
        actions = program.policy.act(weights, seen, noise_t)
        sent = actions if bounds is None else jnp.clip(actions, *bounds)
        state, shown, rewards, terminated, truncated = step(now.state, sent, keys_t[..., 0, :])
        over, cut = terminated | truncated, truncated & ~terminated
        old = InPlay(state, shown)
        after = jax.lax.cond(over.any(), lambda: _chosen(over, InPlay(*reset(keys_t[..., 1, :])), old), lambda: old)
        paid, last = rewards, shown
        if program.normalizing and running is not None:
            running, scaled, paid, last = counted_and_scaled(
                program.normalizing, running, after.observations, rewards, over, shown
            )
            after = after._replace(scaled=scaled)
        values = jax.lax.cond(
            cut.any(),
            lambda: jnp.where(cut, program.policy.value(weights, last), jnp.float32(0)),
            lambda: jnp.zeros((members, copies), jnp.float32),
        )
        after = jax.tree.map(lambda new, before: new.astype(before.dtype), after, now)
        return (after, running), Collected(seen, actions, rewards, paid, values, over)

    scanned: tuple[tuple[InPlay, Running | None], Collected] = jax.lax.scan(one, begun, (noise, draws.swapaxes(0, 1)))
    return scanned


def _chosen(over: jax.Array, fresh: InPlay, old: InPlay) -> InPlay:
    """Return, of each copy, what is fresh where its episode is over."""

    def leaf(new: jax.Array, kept: jax.Array) -> jax.Array:
        return jnp.where(over.reshape(over.shape + (1,) * (new.ndim - over.ndim)), new, kept)

    return cast(InPlay, jax.tree.map(leaf, fresh, old))
