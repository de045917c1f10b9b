"""Stable-Baselines3's MlpPolicy on its own tensors by their own names, in NumPy and in JAX.

A `Weights` is a mapping from the names of a PPO state dict ("mlp_extractor.policy_net.0.weight", …) to arrays.
Observations are float32[…, batch, size]; actions are int32[…, batch] (Discrete), int32[…, batch, k] (MultiDiscrete) or
float32[…, batch, k] (Box), where … is nothing, or one axis of members that the weights have in front too. Everything is
pure, and computed by the array library that the observations belong to: acting is too little work at a time to be
worth a call of a compiled program (docs/performance.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import log, pi
from typing import Any

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.twins.support import ACTIVATIONS, Array

Weights = Mapping[str, Array]


@dataclass(frozen=True)
class Policy:
    """What of a policy is not a number to learn. `choices` holds the sizes of discrete actions; empty for Box."""

    activation: str
    choices: tuple[int, ...]
    single: bool  # one discrete action, without an axis of its own

    @classmethod
    def of(cls, action_space: gymnasium.Space, activation: str) -> "Policy":
        """Return the policy for an action space that `supports` lets through."""
        if isinstance(action_space, gymnasium.spaces.Discrete):
            return cls(activation, (int(action_space.n),), True)
        if isinstance(action_space, gymnasium.spaces.MultiDiscrete):
            return cls(activation, tuple(int(n) for n in action_space.nvec), False)
        return cls(activation, (), False)

    def actor(self, weights: Weights, observations: Array) -> Array:
        """Return logits float32[…, batch, sum(choices)], or the means float32[…, batch, k] of a Box action."""
        return _linear(weights, "action_net", self._hidden(weights, "policy_net", observations))

    def value(self, weights: Weights, observations: Array) -> Array:
        """Return the value of each observation, float32[…, batch]."""
        return _linear(weights, "value_net", self._hidden(weights, "value_net", observations))[..., 0]

    def act(self, weights: Weights, observations: Array, noise: Array) -> Array:
        """Sample actions; `noise` is Gumbel per logit, or standard normal per dimension of a Box."""
        out = self.actor(weights, observations)
        if not self.choices:
            return out + np.exp(weights["log_std"])[..., None, :] * noise
        # argmax(logits + Gumbel noise) is a sample of the softmax, and all of a member's noise is drawn beforehand
        picks = [part.argmax(-1) for part in self._split(out + noise)]
        return (picks[0] if self.single else np.stack(picks, axis=-1)).astype(np.int32)

    def judge(self, weights: Weights, observations: jax.Array, actions: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the log-probability and the entropy of one member's actions, float32[batch] each."""
        out = self.actor(weights, observations)
        if not self.choices:
            return _gaussian(out, weights["log_std"], actions)
        columns = [actions] if self.single else list(actions.T)
        parts = [jax.nn.log_softmax(part) for part in self._split(out)]
        chosen = [jnp.take_along_axis(part, a[:, None], 1)[:, 0] for part, a in zip(parts, columns, strict=True)]
        return sum(chosen, jnp.zeros(())), sum((-(jnp.exp(part) * part).sum(-1) for part in parts), jnp.zeros(()))

    def divergence(self, weights: Weights, observations: jax.Array, teacher_logits: jax.Array) -> jax.Array:
        """Return KL(parent ‖ child) of one member, float32[batch].

        teacher_logits: the parent's, float32[batch, sum(choices)]; for a Box its means and log deviations, [batch, 2k].
        """
        out = self.actor(weights, observations)
        if not self.choices:
            mean, log_std = jnp.split(teacher_logits, 2, axis=-1)
            return _gaussian_divergence(mean, log_std, out, weights["log_std"])
        total = jnp.zeros(len(teacher_logits))
        for theirs, ours in zip(self._split(teacher_logits), self._split(out), strict=True):
            log_probabilities = jax.nn.log_softmax(theirs)
            total += (jnp.exp(log_probabilities) * (log_probabilities - jax.nn.log_softmax(ours))).sum(-1)
        return total

    def _hidden(self, weights: Weights, net: str, x: Array) -> Array:
        layer, activation = 0, ACTIVATIONS[self.activation]
        while f"mlp_extractor.{net}.{layer}.weight" in weights:
            x = activation(_library(x), _linear(weights, f"mlp_extractor.{net}.{layer}", x))
            layer += 2  # torch counts the activations between them as layers
        return x

    def _split(self, logits: Array) -> list[Array]:
        ends = list(accumulate(self.choices))
        return [logits[..., end - size : end] for end, size in zip(ends, self.choices, strict=True)]


def _library(x: Array) -> Any:
    return np if isinstance(x, np.ndarray) else jnp


def _linear(weights: Weights, name: str, x: Array) -> Array:
    return x @ weights[f"{name}.weight"].mT + weights[f"{name}.bias"][..., None, :]


def _gaussian(mean: jax.Array, log_std: jax.Array, actions: jax.Array) -> tuple[jax.Array, jax.Array]:
    deviation = (actions - mean) / jnp.exp(log_std)
    log_probability = (-0.5 * deviation**2 - log_std - 0.5 * log(2 * pi)).sum(-1)
    entropy = (0.5 + 0.5 * log(2 * pi) + log_std).sum()
    return log_probability, jnp.broadcast_to(entropy, log_probability.shape)


def _gaussian_divergence(mean: jax.Array, log_std: jax.Array, ours: jax.Array, our_log_std: jax.Array) -> jax.Array:
    ratio, moved = jnp.exp(2 * (log_std - our_log_std)), (mean - ours) / jnp.exp(our_log_std)
    return (our_log_std - log_std + 0.5 * (ratio + moved**2 - 1)).sum(-1)
