"""A policy whose two networks of one shape are computed together: half as many products, each twice as large.

On a device that is what is fast; on one core it is not, and it rounds otherwise.
"""

import jax.numpy as jnp

from heredity.agents.twins.policy import Policy, Weights
from heredity.agents.twins.support import ACTIVATIONS, Array

NETWORKS = ("policy_net", "value_net")


class JoinedPolicy(Policy):
    """The same policy; see `Policy`."""

    def both(self, weights: Weights, observations: Array) -> tuple[Array, Array]:
        """Return what `actor` and `value` do."""
        layers = _layers(weights)
        if not layers:
            return super().both(weights, observations)
        activation = ACTIVATIONS[self.activation]
        (first, bias), *deeper = layers
        size = first.shape[-2]
        wide = activation(jnp, observations @ first.reshape(-1, first.shape[-1]).T + bias.reshape(-1))
        halves = jnp.stack([wide[..., :size], wide[..., size:]])
        for weight, bias in deeper:
            halves = activation(jnp, halves @ weight.mT + bias[:, None])
        out = halves[0] @ weights["action_net.weight"].T + weights["action_net.bias"]
        return out, (halves[1] @ weights["value_net.weight"].T + weights["value_net.bias"])[..., 0]


def _layers(weights: Weights) -> list[tuple[Array, Array]]:
    """Return the hidden layers of both networks, their weights and biases stacked; none where they differ in shape."""
    names = [
        [name.removesuffix(".weight") for name in weights if f".{network}." in name and name.endswith(".weight")]
        for network in NETWORKS
    ]
    pairs = [
        [[weights[f"{name}.{part}"] for name in layer] for part in ("weight", "bias")]
        for layer in zip(*(sorted(each) for each in names), strict=False)
    ]
    alike = len(names[0]) == len(names[1]) and all(a.shape == b.shape for each in pairs for a, b in each)
    return [(jnp.stack(weight), jnp.stack(bias)) for weight, bias in pairs] if alike else []
