"""The registry, and an environment of one number."""

from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp


@jax.tree_util.register_dataclass
@dataclass
class State:
    pipeline_state: Any
    obs: jax.Array
    reward: jax.Array
    done: jax.Array
    metrics: dict = field(default_factory=dict)
    info: dict = field(default_factory=dict)

    def replace(self, **changes):
        return replace(self, **changes)


class Cart:
    """Is pushed, and ends beyond 1."""

    observation_size, action_size = 2, 1

    def __init__(self, backend="generalized", force=0.5):
        self.force = force

    def reset(self, rng):
        place = jax.random.uniform(rng, (2,), minval=-0.1, maxval=0.1)
        return State(place, place, jnp.zeros(()), jnp.zeros(()), {"pushed": jnp.zeros(())})

    def step(self, state, action):
        place = state.pipeline_state + self.force * action[0]
        state.metrics.update(pushed=action[0])
        done = jnp.where(jnp.abs(place[0]) > 1, 1.0, 0.0)
        return state.replace(pipeline_state=place, obs=place, reward=-jnp.square(action).sum(), done=done)


class Seer(Cart):
    observation_size = {"state": (2,), "pixels": (4, 4, 3)}  # noqa: RUF012  as Brax's are


_envs = {"cart": Cart, "seer": Seer}


def get_environment(env_name, **kwargs):
    return _envs[env_name](**kwargs)
