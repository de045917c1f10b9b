"""Collecting a rollout: one compiled call per environment step acts for every active member and copy."""

from collections.abc import Callable
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from heredity.training.cohort.crew import Crew
from heredity.training.cohort.environments import Ended
from heredity.training.cohort.policy import Policy
from heredity.training.cohort.update import Rollout

Array = np.ndarray[Any, Any]
Act = Callable[[Any, Array, jax.Array, Any, jax.Array, jax.Array], jax.Array]
Value = Callable[[Any, int, Array], jax.Array]

LEAST_BATCH = 8
"""Last observations are valued in batches padded to a power of two, so that few sizes are compiled."""


def make_act(policy: Policy) -> Act:
    """Compile act(weights, observations [M, E, size], noise [T, M, E, k], t, active int32[M], count) -> [M, E(, k)].

    Like the update it loops over active members, so that a member's actions do not depend on the others.
    """

    def act(
        weights: Any, observations: jax.Array, noise: jax.Array, t: jax.Array, active: jax.Array, count: jax.Array
    ) -> jax.Array:
        def one(position: jax.Array, actions: jax.Array) -> jax.Array:
            member = active[position]
            own = jax.tree.map(lambda leaf: leaf[member], weights)
            return actions.at[member].set(policy.act(own, observations[member], noise[t, member]))

        own = jax.tree.map(lambda leaf: leaf[0], (weights, observations, noise[0]))
        one_members = jax.eval_shape(policy.act, *own)
        empty = jnp.zeros((len(observations), *one_members.shape), one_members.dtype)
        return cast(jax.Array, jax.lax.fori_loop(0, count, one, empty))

    return jax.jit(act)


def make_value(policy: Policy) -> Value:
    """Compile value(weights, member, observations [n, size]) -> float32[n]."""
    return jax.jit(lambda weights, member, seen: policy.value(jax.tree.map(lambda leaf: leaf[member], weights), seen))


def collect(crew: Crew, weights: Any, policy: Policy, act: Act, value: Value, index: int) -> Rollout:
    """Let every active member take its steps of rollout `index`; the arrays of the others stay zero."""
    members, copies, size = crew.observations.shape
    steps = crew.models[0].n_steps
    noise, orders = _draws(crew, policy, index)
    observations = np.zeros((steps, members, copies, size), np.float32)
    rewards, starts = np.zeros((steps, members, copies), np.float32), np.zeros((steps, members, copies), bool)
    actions, cut = [], []
    on_device = jax.device_put((noise, crew.padded(), np.int32(len(crew.active))))
    for t in range(steps):
        observations[t], starts[t] = crew.observations, crew.starts
        actions.append(np.asarray(act(weights, crew.observations, on_device[0], np.int32(t), *on_device[1:])))
        rewards[t, crew.active], ended = crew.step(actions[t])
        cut += [(t, end) for end in ended if end.truncated]
    _bootstrap(crew, weights, value, rewards, cut)
    return Rollout(
        observations=_by_member(observations),
        actions=_by_member(np.array(actions)),
        rewards=_by_member(rewards),
        starts=_by_member(starts),
        last_observations=crew.observations.copy(),
        last_starts=crew.starts.copy(),
        orders=orders,
    )


def _by_member(steps: Array) -> Array:
    return np.ascontiguousarray(steps.swapaxes(0, 1))


def _bootstrap(crew: Crew, weights: Any, value: Value, rewards: Array, cut: list[tuple[int, Ended]]) -> None:
    """Add the discounted value of a truncated episode's last observation to its last reward."""
    for m in crew.active:
        own = [(t, end) for t, end in cut if end.member == m]
        if not own:
            continue
        seen = np.zeros((max(LEAST_BATCH, 1 << (len(own) - 1).bit_length()), crew.observations.shape[-1]), np.float32)
        seen[: len(own)] = [end.last_observation for _, end in own]
        values = np.asarray(value(weights, m, seen))
        for (t, end), worth in zip(own, values, strict=False):
            rewards[t, m, end.copy] += crew.models[m].gamma * worth


def _draws(crew: Crew, policy: Policy, index: int) -> tuple[Array, Array]:
    """Draw each active member's noise [T, M, E, k] and orders [M, epochs, T·E] from its seed and `index`."""
    model, (members, copies, _) = crew.models[0], crew.observations.shape
    width = sum(policy.choices) or int(np.prod(model.action_space.shape))
    noise = np.zeros((model.n_steps, members, copies, width), np.float32)
    orders = np.zeros((members, model.n_epochs, model.n_steps * copies), np.int32)
    for m in crew.active:
        rng = np.random.default_rng([crew.seeds[m], index])
        draw = rng.gumbel if policy.choices else rng.standard_normal
        noise[:, m] = draw(size=(model.n_steps, copies, width))
        orders[m] = [rng.permutation(model.n_steps * copies) for _ in range(model.n_epochs)]
    return noise, orders
