"""One PPO update of every active member as one compiled program.

It computes what `stable_baselines3.PPO.train` computes (Schulman et al. 2017; the details are Stable-Baselines3
2.9's): GAE, advantage normalisation per minibatch, clipping, Adam with epsilon 1e-5, early stop at `target_kl`.

Members are stacked on the first axis and updated one after another by a loop inside the program, over those that are
still active. On one core that is as fast as batching them with `vmap` (docs/performance.md), costs nothing for members
that have stopped, and makes a member's result the same to the last bit whoever shares its shard.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import optax

from heredity.training.cohort import compiling  # noqa: F401  (sets JAX up)
from heredity.training.cohort.policy import Policy, Weights

ADAM = optax.scale_by_adam(eps=1e-5)


class Learner(NamedTuple):
    """What learns: weights and Adam's state, each leaf with members on its first axis."""

    weights: Any
    adam: Any


class Rollout(NamedTuple):
    """Steps of every member: T steps of E copies, and the permutations in which epochs visit them.

    observations float32[M, T, E, size], actions [M, T, E(, k)], rewards float32[M, T, E] (with the value of a truncated
    episode's last observation already added), starts bool[M, T, E] (the step began an episode), last_observations
    float32[M, E, size], last_starts bool[M, E], orders int32[M, epochs, T·E] into copies-major flattened steps.
    taught: what the parents would do, as `Policy.divergence` takes it, [M, T, E, k]; None where nobody is kickstarted.
    """

    observations: Any
    actions: Any
    rewards: Any
    starts: Any
    last_observations: Any
    last_starts: Any
    orders: Any
    taught: Any = None


class Numbers(NamedTuple):
    """Hyperparameters of every member at this update, float32[M] each; infinity switches a limit off."""

    learning_rate: Any
    clip_range: Any
    clip_range_vf: Any
    ent_coef: Any
    vf_coef: Any
    max_grad_norm: Any
    target_kl: Any
    gamma: Any
    gae_lambda: Any
    kickstart: Any = None


class Steps(NamedTuple):
    """Flattened steps of one member; the first axis is the batch."""

    observations: jax.Array
    actions: jax.Array
    log_probabilities: jax.Array
    values: jax.Array
    advantages: jax.Array
    returns: jax.Array
    taught: jax.Array | None


@dataclass(frozen=True)
class Shape:
    """What the compiled program depends on besides the sizes of its arrays."""

    policy: Policy
    batch_size: int
    normalize_advantage: bool
    stops_early: bool  # whether any member has a target_kl


Update = Callable[[Learner, Rollout, Numbers, Any, Any], Learner]


def make_update(shape: Shape) -> Update:
    """Compile update(learner, rollout, numbers, active int32[M], count int32) -> learner.

    The first `count` entries of `active` are the members to update; the others are returned as they came.
    """

    def update(learner: Learner, rollout: Rollout, numbers: Numbers, active: jax.Array, count: jax.Array) -> Learner:
        def one(position: Any, learner: Any) -> Any:
            member = active[position]
            own, steps, number = jax.tree.map(lambda leaf: leaf[member], (learner, rollout, numbers))
            updated = update_member(shape, own, steps, number)
            return jax.tree.map(lambda all_, new: all_.at[member].set(new), learner, updated)

        return cast(Learner, jax.lax.fori_loop(0, count, one, learner))

    return cast(Update, jax.jit(update, donate_argnums=0))


def update_member(shape: Shape, learner: Learner, rollout: Rollout, number: Numbers) -> Learner:
    """Update one member; every array without its member axis."""
    steps = _steps(shape.policy, learner.weights, rollout, number)
    carry = (learner, jnp.array(True))
    final, _ = jax.lax.scan(lambda c, order: (_epoch(shape, c, steps, order, number), None), carry, rollout.orders)
    return final[0]


def advantages(
    rewards: jax.Array, values: jax.Array, starts: jax.Array, last: tuple[jax.Array, jax.Array], number: Numbers
) -> jax.Array:
    """Return generalised advantage estimates float32[T, E] (Schulman et al. 2016).

    rewards, values, starts: [T, E]; last: the value and the start flag [E] of what follows the last step.
    """

    def back(carry: Any, step: Any) -> Any:
        advantage_tp1, value_tp1, start_tp1 = carry
        reward_t, value_t, start_t = step
        goes_on = 1.0 - start_tp1
        delta = reward_t + number.gamma * value_tp1 * goes_on - value_t
        advantage_t = delta + number.gamma * number.gae_lambda * goes_on * advantage_tp1
        return (advantage_t, value_t, start_t), advantage_t

    begin = (jnp.zeros_like(last[0]), last[0], last[1].astype(jnp.float32))
    _, gains = jax.lax.scan(back, begin, (rewards, values, starts.astype(jnp.float32)), reverse=True)
    return cast(jax.Array, gains)


def _steps(policy: Policy, weights: Weights, rollout: Rollout, number: Numbers) -> Steps:
    """Judge the rollout by the weights that made it, and flatten it copies-major as Stable-Baselines3 does."""

    def flat(x: jax.Array) -> jax.Array:
        return x.swapaxes(0, 1).reshape(-1, *x.shape[2:])

    observations, actions = flat(rollout.observations), flat(rollout.actions)
    values = policy.value(weights, observations)
    in_time = values.reshape(rollout.rewards.shape[::-1]).T
    last = policy.value(weights, rollout.last_observations), rollout.last_starts
    gains = advantages(rollout.rewards, in_time, rollout.starts, last, number)
    log_probabilities = policy.judge(weights, observations, actions)[0]
    taught = None if rollout.taught is None else flat(rollout.taught)
    return Steps(observations, actions, log_probabilities, values, flat(gains), flat(gains + in_time), taught)


def _epoch(shape: Shape, carry: Any, steps: Steps, order: jax.Array, number: Numbers) -> Any:
    """Visit every step once, in minibatches of `order`; the last one is smaller where they do not divide."""
    shuffled = jax.tree.map(lambda x: x[order], steps)
    whole = order.size // shape.batch_size * shape.batch_size
    batches = jax.tree.map(lambda x: x[:whole].reshape(-1, shape.batch_size, *x.shape[1:]), shuffled)
    carry = jax.lax.scan(lambda c, batch: (_minibatch(shape, c, batch, number), None), carry, batches)[0]
    rest = jax.tree.map(lambda x: x[whole:], shuffled)
    return _minibatch(shape, carry, rest, number) if whole < order.size else carry


def _minibatch(shape: Shape, carry: Any, batch: Steps, number: Numbers) -> Any:
    """Take one gradient step, unless this member's policy has moved too far from the rollout's already."""
    learner, going = carry
    (_, kl), gradient = jax.value_and_grad(_loss, argnums=1, has_aux=True)(shape, learner.weights, batch, number)
    if not shape.stops_early:
        return _stepped(learner, gradient, number), going
    going = going & (kl <= 1.5 * number.target_kl)
    return jax.lax.cond(going, lambda: _stepped(learner, gradient, number), lambda: learner), going


def _stepped(learner: Learner, gradient: Any, number: Numbers) -> Learner:
    """Clip the gradient's norm as torch does, then take Adam's step."""
    scale = jnp.minimum(1.0, number.max_grad_norm / (optax.tree.norm(gradient) + 1e-6))
    direction, adam = ADAM.update(jax.tree.map(lambda g: g * scale, gradient), learner.adam)
    weights = jax.tree.map(lambda w, d: w - number.learning_rate * d, learner.weights, direction)
    return Learner(weights, adam)


def _loss(shape: Shape, weights: Weights, batch: Steps, number: Numbers) -> tuple[jax.Array, jax.Array]:
    """Return PPO's loss and the approximate KL divergence from the rollout's policy."""
    log_probabilities, entropy = shape.policy.judge(weights, batch.observations, batch.actions)
    values = shape.policy.value(weights, batch.observations)
    gains = batch.advantages
    if shape.normalize_advantage and len(gains) > 1:
        gains = (gains - gains.mean()) / (gains.std(ddof=1) + 1e-8)
    log_ratio = log_probabilities - batch.log_probabilities
    ratio = jnp.exp(log_ratio)
    clipped = jnp.clip(ratio, 1 - number.clip_range, 1 + number.clip_range)
    policy_loss = -jnp.minimum(gains * ratio, gains * clipped).mean()
    moved = jnp.clip(values - batch.values, -number.clip_range_vf, number.clip_range_vf)
    value_loss = ((batch.returns - (batch.values + moved)) ** 2).mean()
    loss = policy_loss - number.ent_coef * entropy.mean() + number.vf_coef * value_loss
    if batch.taught is not None:
        loss += number.kickstart * shape.policy.divergence(weights, batch.observations, batch.taught).mean()
    return loss, jax.lax.stop_gradient(((ratio - 1) - log_ratio).mean())
