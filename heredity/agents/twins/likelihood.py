"""How likely a policy's actions are, and how far it is from its parent: in JAX, for gradients.

Weights, observations and actions are one member's, as heredity.agents.twins.policy has them.
"""

from math import log, pi

import jax
import jax.numpy as jnp

from heredity.agents.twins.policy import Policy, Weights


def judge(policy: Policy, weights: Weights, out: jax.Array, actions: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the log-probability and the entropy of one member's actions, float32[batch] each.

    out: what the policy's actor came to, float32[batch, k].
    """
    if not policy.choices:
        return _gaussian(out, weights["log_std"], actions)
    columns = [actions] if policy.single else list(actions.T)
    parts = [jax.nn.log_softmax(part) for part in policy.split(out)]
    chosen = [jnp.take_along_axis(part, a[:, None], 1)[:, 0] for part, a in zip(parts, columns, strict=True)]
    return sum(chosen, jnp.zeros(())), sum((-(jnp.exp(part) * part).sum(-1) for part in parts), jnp.zeros(()))


def divergence(policy: Policy, weights: Weights, observations: jax.Array, teacher_logits: jax.Array) -> jax.Array:
    """Return KL(parent ‖ child) of one member, float32[batch].

    teacher_logits: the parent's, float32[batch, sum(choices)]; for a Box its means and log deviations, [batch, 2k].
    """
    out = policy.actor(weights, observations)
    if not policy.choices:
        mean, log_std = jnp.split(teacher_logits, 2, axis=-1)
        return _gaussian_divergence(mean, log_std, out, weights["log_std"])
    total = jnp.zeros(len(teacher_logits))
    for theirs, ours in zip(policy.split(teacher_logits), policy.split(out), strict=True):
        log_probabilities = jax.nn.log_softmax(theirs)
        total += (jnp.exp(log_probabilities) * (log_probabilities - jax.nn.log_softmax(ours))).sum(-1)
    return total


def _gaussian(mean: jax.Array, log_std: jax.Array, actions: jax.Array) -> tuple[jax.Array, jax.Array]:
    deviation = (actions - mean) / jnp.exp(log_std)
    log_probability = (-0.5 * deviation**2 - log_std - 0.5 * log(2 * pi)).sum(-1)
    entropy = (0.5 + 0.5 * log(2 * pi) + log_std).sum()
    return log_probability, jnp.broadcast_to(entropy, log_probability.shape)


def _gaussian_divergence(mean: jax.Array, log_std: jax.Array, ours: jax.Array, our_log_std: jax.Array) -> jax.Array:
    ratio, moved = jnp.exp(2 * (log_std - our_log_std)), (mean - ours) / jnp.exp(our_log_std)
    return (our_log_std - log_std + 0.5 * (ratio + moved**2 - 1)).sum(-1)
