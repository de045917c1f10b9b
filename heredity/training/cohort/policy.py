"""Stable-Baselines3's MlpPolicy in JAX, on its own tensors by their own names.

A `Weights` is a mapping from the names of a PPO state dict ("mlp_extractor.policy_net.0.weight", …) to arrays of one
member. Observations are float32[batch, size]; actions are int32[batch] (Discrete), int32[batch, k] (MultiDiscrete) or
float32[batch, k] (Box). Everything is pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log, pi

import gymnasium
import jax
import jax.numpy as jnp

Weights = Mapping[str, jax.Array]

ACTIVATIONS: dict[str, Callable[[jax.Array], jax.Array]] = {"Tanh": jnp.tanh, "ReLU": jax.nn.relu}


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

    def actor(self, weights: Weights, observations: jax.Array) -> jax.Array:
        """Return logits float32[batch, sum(choices)], or the means float32[batch, k] of a Box action."""
        return _linear(weights, "action_net", self._hidden(weights, "policy_net", observations))

    def value(self, weights: Weights, observations: jax.Array) -> jax.Array:
        """Return the value of each observation, float32[batch]."""
        return _linear(weights, "value_net", self._hidden(weights, "value_net", observations))[:, 0]

    def act(self, weights: Weights, observations: jax.Array, noise: jax.Array) -> jax.Array:
        """Sample actions; `noise` is Gumbel per logit, or standard normal per dimension of a Box."""
        out = self.actor(weights, observations)
        if not self.choices:
            return out + jnp.exp(weights["log_std"]) * noise
        picks = [jnp.argmax(part, axis=-1) for part in self._split(out + noise)]
        return (picks[0] if self.single else jnp.stack(picks, axis=-1)).astype(jnp.int32)

    def judge(self, weights: Weights, observations: jax.Array, actions: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the log-probability and the entropy of actions, float32[batch] each."""
        out = self.actor(weights, observations)
        if not self.choices:
            return _gaussian(out, weights["log_std"], actions)
        columns = [actions] if self.single else list(actions.T)
        parts = [jax.nn.log_softmax(part) for part in self._split(out)]
        chosen = [jnp.take_along_axis(part, a[:, None], 1)[:, 0] for part, a in zip(parts, columns, strict=True)]
        return sum(chosen, jnp.zeros(())), sum((-(jnp.exp(part) * part).sum(-1) for part in parts), jnp.zeros(()))

    def _hidden(self, weights: Weights, net: str, x: jax.Array) -> jax.Array:
        layer = 0
        while f"mlp_extractor.{net}.{layer}.weight" in weights:
            x = ACTIVATIONS[self.activation](_linear(weights, f"mlp_extractor.{net}.{layer}", x))
            layer += 2
        return x

    def _split(self, logits: jax.Array) -> list[jax.Array]:
        ends = [sum(self.choices[: index + 1]) for index in range(len(self.choices) - 1)]
        return jnp.split(logits, ends, axis=-1)


def _linear(weights: Weights, name: str, x: jax.Array) -> jax.Array:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _gaussian(mean: jax.Array, log_std: jax.Array, actions: jax.Array) -> tuple[jax.Array, jax.Array]:
    deviation = (actions - mean) / jnp.exp(log_std)
    log_probability = (-0.5 * deviation**2 - log_std - 0.5 * log(2 * pi)).sum(-1)
    entropy = (0.5 + 0.5 * log(2 * pi) + log_std).sum()
    return log_probability, jnp.broadcast_to(entropy, log_probability.shape)
