"""As much of gymnax 1.0.1 as is asked of it; it draws as it is loaded, as rich does, which flax loads for gymnax."""

import random
from dataclasses import dataclass, replace
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np

random.random()
np.random.random()


def a_tree(cls):
    """As flax.struct.dataclass."""
    cls.replace = replace
    return jax.tree_util.register_dataclass(dataclass(frozen=True)(cls))


@a_tree
class EnvState:
    place: jax.Array
    time: int


@a_tree
class EnvParams:
    reach: float = 3.0
    max_steps_in_episode: int = 9


class CartPole:
    """A walk by wind and by a choice, shown as two rows of two; it has nothing of CartPole but its name."""

    default_params = EnvParams()

    def __init__(self, wind=1.0):
        self.wind = wind

    def observation_space(self, params):
        return SimpleNamespace(low=-jnp.ones((2, 2)), high=9.0, shape=(2, 2), dtype=jnp.float32)

    def action_space(self, params=None):
        return SimpleNamespace(n=2, shape=(), dtype=jnp.int32)

    def shown(self, state):
        return jnp.stack([state.place, state.place + 1]).repeat(2).reshape(2, 2)

    def reset_env(self, key, params):
        state = EnvState(place=jax.random.uniform(key), time=0)
        return self.shown(state), state

    def step_env(self, key, state, action, params):
        moved = state.place + self.wind * jax.random.normal(key) + 0.1 * action
        state = EnvState(place=moved, time=state.time + 1)
        return self.shown(state), state, jnp.array(1.0 - action), jnp.abs(moved) > params.reach, {"discount": 1.0}

    def is_truncated(self, state, params):
        return state.time >= params.max_steps_in_episode


class FrozenLake(CartPole):
    """A count, shown as one of four choices."""

    def observation_space(self, params):
        return SimpleNamespace(n=4, shape=(), dtype=jnp.int32)

    def action_space(self, params=None):
        return SimpleNamespace(low=-1.0, high=jnp.ones(2), shape=(2,), dtype=jnp.float32)

    def shown(self, state):
        return jnp.int32(state.time % 4)

    def step_env(self, key, state, action, params):
        state = EnvState(place=state.place, time=state.time + 1)
        return self.shown(state), state, action.sum()[None], jnp.bool_(False), {}


class Tuples(CartPole):
    """Shows what is no Box."""

    def observation_space(self, params):
        return SimpleNamespace(spaces=())


class Old(CartPole):
    """Is of a time before gymnax 1.0."""

    is_truncated = property()


_made = {"CartPole-v1": CartPole, "FrozenLake-misc": FrozenLake, "Tuples-misc": Tuples, "Old-misc": Old}
registered_envs = list(_made)


def make(env_id, **env_kwargs):
    env = _made[env_id](**env_kwargs)
    return env, env.default_params
