"""Both networks at once come to what each of them does."""

import gymnasium
import jax.numpy as jnp
import numpy as np
import pytest

from heredity.agents.twins.policy import Policy
from heredity.training.cohort.joined import JoinedPolicy


def weights_of(layers, rng):
    """Of actor and critic with these hidden layers, on 5 inputs and 3 actions."""
    weights = {}
    for net, sizes in zip(("policy_net", "value_net"), layers, strict=True):
        for k, (size, out) in enumerate(zip((5, *sizes), sizes, strict=False)):
            weights[f"mlp_extractor.{net}.{2 * k}.weight"] = rng.normal(size=(out, size))
            weights[f"mlp_extractor.{net}.{2 * k}.bias"] = rng.normal(size=out)
    for head, out, sizes in (("action_net", 3, layers[0]), ("value_net", 1, layers[1])):
        weights[f"{head}.weight"] = rng.normal(size=(out, (5, *sizes)[-1]))
        weights[f"{head}.bias"] = rng.normal(size=out)
    return {name: jnp.asarray(value, jnp.float32) for name, value in weights.items()}


@pytest.mark.parametrize("activation", ["Tanh", "ReLU"])
@pytest.mark.parametrize(
    "layers",
    [((8,), (8,)), ((8, 6), (8, 6)), ((8, 6, 8), (8, 6, 8)), ((8, 8), (4, 4)), ((8,), (8, 8)), ((), ())],
    ids=str,
)
def test_joined_networks_come_to_what_each_does_alone(layers, activation):
    rng = np.random.default_rng(0)
    weights, seen = weights_of(layers, rng), jnp.asarray(rng.normal(size=(7, 5)), jnp.float32)
    alone, joined = (kind.of(gymnasium.spaces.Discrete(3), activation) for kind in (Policy, JoinedPolicy))
    for one, other in zip(alone.both(weights, seen), joined.both(weights, seen), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    assert joined.both(weights, seen)[1].shape == (7,)
