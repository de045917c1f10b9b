"""One PPO update of one member as one compiled program.

It computes what `stable_baselines3.PPO.train` computes (Schulman et al. 2017; the details are Stable-Baselines3
2.9's): GAE, advantage normalisation per minibatch, clipping, Adam with epsilon 1e-5, early stop at `target_kl`.

Members are updated one after another. On one core that is as fast as batching them with `vmap` (docs/performance.md),
costs nothing for members that have stopped, and the program knows nothing of how many they are: so a member's result is
the same to the last bit whoever shares its shard.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import optax

from heredity.agents.twins import compiling  # noqa: F401  (imported for what it does: sets JAX up)
from heredity.agents.twins.likelihood import divergence, judge
from heredity.agents.twins.policy import Policy, Weights

ADAM = optax.scale_by_adam(eps=1e-5)


class Learner(NamedTuple):
    """What of one member learns: its weights and Adam's state."""

    weights: Any
    adam: Any


class Rollout(NamedTuple):
    """Steps of one member: T steps of E copies, and the permutations in which epochs visit them.

    observations float32[T, E, size], actions [T, E(, k)], rewards float32[T, E] (with the value of a truncated
    episode's last observation already added), starts bool[T, E] (the step began an episode), last_observations
    float32[E, size], last_starts bool[E], orders int32[epochs, T·E] into copies-major flattened steps.
    teacher_logits: what a parent would do, as `divergence` takes it, [T, E, k]; None where there is none.
    """

    observations: Any
    actions: Any
    rewards: Any
    starts: Any
    last_observations: Any
    last_starts: Any
    orders: Any
    teacher_logits: Any = None


class Hyperparameters(NamedTuple):
    """Hyperparameters of one member at this update, float32 each; infinity switches a limit off."""

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


class Minibatch(NamedTuple):
    """Flattened steps of one member; the first axis is the batch."""

    observations: jax.Array
    actions: jax.Array
    log_probabilities: jax.Array
    values: jax.Array
    advantages: jax.Array
    returns: jax.Array
    teacher_logits: jax.Array | None


@dataclass(frozen=True)
class Program:
    """What the compiled program depends on besides the sizes of its arrays."""

    policy: Policy
    batch_size: int
    normalize_advantage: bool
    stops_early: bool  # whether the member has a target_kl


STATISTICS = ("policy_loss", "value_loss", "entropy_loss", "approx_kl", "clip_fraction", "explained_variance")
"""What an update says of itself, in this order, as `PPO.train` logs it: means over the minibatches that it looked at,
of the divergence over those of its last epoch, and of how well the values before it told the returns."""

KL = STATISTICS.index("approx_kl")

Update = Callable[[Learner, Rollout, Hyperparameters], tuple[Learner, jax.Array]]


def make_update(program: Program) -> Update:
    """Compile update(learner, rollout, hyperparameters) -> learner and its statistics, float32[STATISTICS]."""
    return cast(Update, jax.jit(partial(update_member, program), donate_argnums=0))


def update_member(
    program: Program, learner: Learner, rollout: Rollout, settings: Hyperparameters
) -> tuple[Learner, jax.Array]:
    """Visit the rollout's steps in every order; return the learner, and float32[STATISTICS]."""
    batch = _flattened(program.policy, learner.weights, rollout, settings)
    carry = (learner, jnp.array(True))
    final, visits = jax.lax.scan(lambda c, order: _epoch(program, c, batch, order, settings), carry, rollout.orders)
    return final[0], _statistics(batch, visits)


def _statistics(batch: Minibatch, visits: jax.Array) -> jax.Array:
    """Return float32[STATISTICS] of visits [epochs, minibatches, k + 1], whose last column is 1 for one looked at."""
    told, seen = visits[..., :-1], visits[..., -1]
    kept = jnp.where(seen[..., None] > 0, told, 0.0)
    last = (seen.sum(1) > 0).sum() - 1
    means = (kept.sum((0, 1)) / seen.sum()).at[KL].set(kept[last, :, KL].sum() / seen[last].sum())
    return jnp.append(means, 1 - jnp.var(batch.returns - batch.values) / jnp.var(batch.returns))


def advantages(
    rewards: jax.Array,
    values: jax.Array,
    starts: jax.Array,
    last: tuple[jax.Array, jax.Array],
    settings: Hyperparameters,
) -> jax.Array:
    """Return generalised advantage estimates float32[T, E] (Schulman et al. 2016).

    rewards, values, starts: [T, E]; last: the value and the start flag [E] of what follows the last step.
    """

    def back(carry: Any, step: Any) -> Any:
        advantage_tp1, value_tp1, start_tp1 = carry
        reward_t, value_t, start_t = step
        goes_on = 1.0 - start_tp1
        delta = reward_t + settings.gamma * value_tp1 * goes_on - value_t
        advantage_t = delta + settings.gamma * settings.gae_lambda * goes_on * advantage_tp1
        return (advantage_t, value_t, start_t), advantage_t

    begin = (jnp.zeros_like(last[0]), last[0], last[1].astype(jnp.float32))
    _, gains = jax.lax.scan(back, begin, (rewards, values, starts.astype(jnp.float32)), reverse=True)
    return cast(jax.Array, gains)


def _flattened(policy: Policy, weights: Weights, rollout: Rollout, settings: Hyperparameters) -> Minibatch:
    """Judge the rollout by the weights that made it, and flatten it copies-major as Stable-Baselines3 does."""

    def flat(x: jax.Array) -> jax.Array:
        return x.swapaxes(0, 1).reshape(-1, *x.shape[2:])

    observations, actions = flat(rollout.observations), flat(rollout.actions)
    out, values = policy.both(weights, observations)
    in_time = values.reshape(rollout.rewards.shape[::-1]).T
    last = policy.value(weights, rollout.last_observations), rollout.last_starts
    gains = advantages(rollout.rewards, in_time, rollout.starts, last, settings)
    log_probabilities = judge(policy, weights, out, actions)[0]
    teacher_logits = None if rollout.teacher_logits is None else flat(rollout.teacher_logits)
    return Minibatch(
        observations, actions, log_probabilities, values, flat(gains), flat(gains + in_time), teacher_logits
    )


def _epoch(program: Program, carry: Any, batch: Minibatch, order: jax.Array, settings: Hyperparameters) -> Any:
    """Visit every step once, in minibatches of `order`; the last one is smaller where they do not divide.

    Return the carry and the visits, [minibatches, k + 1].
    """
    shuffled = jax.tree.map(lambda x: x[order], batch)
    whole = order.size // program.batch_size * program.batch_size
    minibatches = jax.tree.map(lambda x: x[:whole].reshape(-1, program.batch_size, *x.shape[1:]), shuffled)
    carry, visits = jax.lax.scan(lambda c, part: _minibatch(program, c, part, settings), carry, minibatches)
    if whole == order.size:
        return carry, visits
    carry, visit = _minibatch(program, carry, jax.tree.map(lambda x: x[whole:], shuffled), settings)
    return carry, jnp.concatenate([visits, visit[None]])


def _minibatch(program: Program, carry: Any, batch: Minibatch, settings: Hyperparameters) -> Any:
    """Take one gradient step, unless this member's policy has moved too far from the rollout's already."""
    learner, seen = carry
    (_, told), gradient = jax.value_and_grad(_loss, argnums=1, has_aux=True)(program, learner.weights, batch, settings)
    visit = jnp.stack([*told, seen.astype(jnp.float32)])
    if not program.stops_early:  # the branch below costs every minibatch, so whoever needs it not is compiled without
        return (_stepped(learner, gradient, settings), seen), visit
    going = seen & (told[KL] <= 1.5 * settings.target_kl)
    learner = jax.lax.cond(going, lambda: _stepped(learner, gradient, settings), lambda: learner)
    return (learner, going), visit


def _stepped(learner: Learner, gradient: Any, settings: Hyperparameters) -> Learner:
    """Clip the gradient's norm as torch does, then take Adam's step."""
    scale = jnp.minimum(1.0, settings.max_grad_norm / (optax.tree.norm(gradient) + 1e-6))
    direction, adam = ADAM.update(jax.tree.map(lambda g: g * scale, gradient), learner.adam)
    weights = jax.tree.map(lambda w, d: w - settings.learning_rate * d, learner.weights, direction)
    return Learner(weights, adam)


def _loss(
    program: Program, weights: Weights, batch: Minibatch, settings: Hyperparameters
) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """Return PPO's loss, and the first of STATISTICS of this minibatch."""
    out, values = program.policy.both(weights, batch.observations)
    log_probabilities, entropy = judge(program.policy, weights, out, batch.actions)
    gains = batch.advantages
    if program.normalize_advantage and len(gains) > 1:
        gains = (gains - gains.mean()) / (gains.std(ddof=1) + 1e-8)
    log_ratio = log_probabilities - batch.log_probabilities
    ratio = jnp.exp(log_ratio)
    clipped = jnp.clip(ratio, 1 - settings.clip_range, 1 + settings.clip_range)
    policy_loss = -jnp.minimum(gains * ratio, gains * clipped).mean()
    moved = jnp.clip(values - batch.values, -settings.clip_range_vf, settings.clip_range_vf)
    value_loss = ((batch.returns - (batch.values + moved)) ** 2).mean()
    entropy_loss = -entropy.mean()
    loss = policy_loss + settings.ent_coef * entropy_loss + settings.vf_coef * value_loss
    if batch.teacher_logits is not None:
        apart = divergence(program.policy, weights, batch.observations, batch.teacher_logits)
        loss += settings.kickstart * apart.mean()
    kl, clip_fraction = ((ratio - 1) - log_ratio).mean(), (jnp.abs(ratio - 1) > settings.clip_range).mean()
    return loss, (policy_loss, value_loss, entropy_loss, kl, clip_fraction)
