"""Stable-Baselines3's MlpPolicy on its own tensors by their own names, in NumPy or in JAX, which need not be there.

A `Weights` is a mapping from the names of a PPO state dict ("mlp_extractor.policy_net.0.weight", …) to arrays.
Observations are float32[…, batch, size]; actions are int32[…, batch] (Discrete), int32[…, batch, k] (MultiDiscrete) or
float32[…, batch, k] (Box), where … is nothing, or one axis of members that the weights have in front too. Everything is
pure, and computed by the array library that the observations belong to: acting is too little work at a time to be
worth a call of a compiled program (docs/performance.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import gymnasium
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

    def both(self, weights: Weights, observations: Array) -> tuple[Array, Array]:
        """Return what `actor` and `value` do."""
        return self.actor(weights, observations), self.value(weights, observations)

    def act(self, weights: Weights, observations: Array, noise: Array) -> Array:
        """Sample actions; `noise` is Gumbel per logit, or standard normal per dimension of a Box."""
        out = self.actor(weights, observations)
        if not self.choices:
            return out + _library(out).exp(weights["log_std"])[..., None, :] * noise
        # argmax(logits + Gumbel noise) is a sample of the softmax, and all of a member's noise is drawn beforehand
        return self.chosen(out + noise)

    def chosen(self, logits: Array) -> Array:
        """Return the likeliest of each discrete action, int32[..., batch] or [..., batch, k]."""
        picks, library = [part.argmax(-1) for part in self.split(logits)], _library(logits)
        return (picks[0] if self.single else library.stack(picks, axis=-1)).astype(np.int32)

    def _hidden(self, weights: Weights, net: str, x: Array) -> Array:
        layer, activation = 0, ACTIVATIONS[self.activation]
        while f"mlp_extractor.{net}.{layer}.weight" in weights:
            x = activation(_library(x), _linear(weights, f"mlp_extractor.{net}.{layer}", x))
            layer += 2  # torch counts the activations between them as layers
        return x

    def split(self, logits: Array) -> list[Array]:
        """Return the logits of each discrete action, [..., size] each."""
        ends = list(accumulate(self.choices))
        return [logits[..., end - size : end] for end, size in zip(ends, self.choices, strict=True)]


def _library(x: Array) -> Any:
    return np if isinstance(x, np.ndarray) else x.__array_namespace__()


def _linear(weights: Weights, name: str, x: Array) -> Array:
    return x @ weights[f"{name}.weight"].mT + weights[f"{name}.bias"][..., None, :]
