"""Episodes on the twin of an environment: acting and environment as one compiled program, a block of episodes a call.

An episode's draws derive from its own seed, and a member is alone in its program, whose blocks are of fixed size: so
what it plays does not depend on who else plays, nor on how many episodes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecNormalize

from heredity.agents.task import Task, task_spaces
from heredity.agents.twins import compiling  # noqa: F401  (imported for what it does: sets JAX up)
from heredity.agents.twins.policy import Policy, Weights
from heredity.agents.twins.registry import make_twin
from heredity.agents.twins.twin import Dynamics
from heredity.errors import TaskError

Array = np.ndarray[Any, Any]

BLOCK = 32
"""Episodes of one call; a block that is not full plays its first episode again."""


@dataclass(frozen=True)
class PlayProgram:
    """What the compiled program depends on besides the sizes of its arrays.

    learned: whether a policy acts by its weights, or knows nothing: then every action is as likely as the others, or
    the first one is taken. sampled: whether actions are drawn.
    """

    dynamics: Dynamics
    policy: Policy
    learned: bool
    sampled: bool


class Scaling(NamedTuple):
    """Running statistics of observations, frozen: float32[size] each, and the bound of what is shown."""

    mean: Any
    deviation: Any
    limit: Any


class Finished(NamedTuple):
    """Episodes: returns float64[n], lengths int64[n], whether they ended bool[n]."""

    returns: Array
    lengths: Array
    ended: Array


class _Under(NamedTuple):
    """Episodes under way. paid and lost: the sum of rewards, and what its rounding left out."""

    t: Any
    playing: Any
    state: Any
    shown: Any
    paid: Any
    lost: Any
    length: Any


def play_policy(model: PPO, task: Task, seeds: Array, *, deterministic: bool, step_limit: int) -> Finished:
    """Play an episode on each seed with a policy that `why_not` lets through. Raises TaskError."""
    policy = Policy.of(model.action_space, model.policy.activation_fn.__name__)
    weights = {name: value.detach().numpy() for name, value in model.policy.named_parameters()}
    scaling = scaling_of_model(model.get_vec_normalize_env())
    program = PlayProgram(make_twin(task).dynamics, policy, learned=True, sampled=not deterministic)
    return _played(program, task, (weights, scaling), model.action_space, seeds, step_limit)


def play_nothing(task: Task, seeds: Array, *, sampled: bool, step_limit: int) -> Finished:
    """Play an episode on each seed with actions that are drawn at random, or always the same."""
    space = task_spaces(task)[1]
    program = PlayProgram(make_twin(task).dynamics, Policy.of(space, "Tanh"), learned=False, sampled=sampled)
    return _played(program, task, ({}, None), space, seeds, step_limit)


def _played(
    program: PlayProgram, task: Task, player: tuple[Weights, Scaling | None], space: Any, seeds: Array, limit: int
) -> Finished:
    bounds = (space.low, space.high) if isinstance(space, gymnasium.spaces.Box) else None
    call, spec, blocks = _compiled(program), make_twin(task).spec, []
    for first in range(0, len(seeds), BLOCK):
        block = seeds[first : first + BLOCK]
        keys = episode_key(np.array([*block, *[block[0]] * (BLOCK - len(block))]))
        parts = (np.asarray(part)[: len(block)] for part in call(spec, *player, keys, bounds, np.int32(limit)))
        blocks.append(tuple(parts))
    return finished(task, seeds, [np.concatenate(parts) for parts in zip(*blocks, strict=True)], limit)


def finished(task: Task, seeds: Array, parts: Sequence[Array], limit: int) -> Finished:
    """Return the episodes on these seeds, of which `play_block` returned `parts`. Raises TaskError for refused ones."""
    paid, lost, lengths, ended = parts
    returns = paid.astype(np.float64) + lost
    if not np.isfinite(returns).all():
        seed = int(seeds[~np.isfinite(returns)][0])
        raise TaskError(f"{task.id}: expected finite rewards of its twin, got others on seed {seed}", seed=seed)
    if not ended.all():
        seed = int(seeds[~ended][0])
        raise TaskError(
            f"{task.id}: expected an episode that ends within {limit} steps, got none on seed {seed}; "
            "raise evaluate.step_limit, or give the environment a time limit",
            seed=seed,
        )
    return Finished(returns, lengths.astype(np.int64), ended)


@cache
def _compiled(program: PlayProgram) -> Callable[..., tuple[Any, Any, Any, Any]]:
    return jax.jit(partial(play_block, program))


def play_block(
    program: PlayProgram, spec: Any, weights: Weights, scaling: Scaling | None, keys: Array, bounds: Any, limit: Any
) -> tuple[Any, Any, Any, Any]:
    """Return what was paid, what its sum lost, lengths, and which episodes ended within `limit` steps."""
    reset, step = (jax.vmap(partial(each, spec)) for each in program.dynamics)

    def on(now: _Under) -> _Under:
        drawn = jax.vmap(lambda key: jax.random.split(jax.random.fold_in(key, now.t + 1)))(keys)
        actions = _actions(program, weights, _scaled(scaling, now.shown), drawn[:, 0], bounds)
        state, shown, rewards, terminated, truncated = step(now.state, actions, drawn[:, 1])
        paid, lost = _added(now.paid, now.lost, jnp.where(now.playing, rewards, 0.0))
        length = now.length + now.playing
        return _Under(now.t + 1, now.playing & ~(terminated | truncated), state, shown, paid, lost, length)

    state, shown = reset(jax.vmap(lambda key: jax.random.fold_in(key, 0))(jnp.asarray(keys)))
    count = len(keys)
    nothing = jnp.zeros(count, jnp.float32)
    begun = _Under(jnp.int32(0), jnp.ones(count, bool), state, shown, nothing, nothing, jnp.zeros(count, jnp.int32))
    end = jax.lax.while_loop(lambda now: now.playing.any() & (now.t < limit), on, begun)
    return end.paid, end.lost, end.length, ~end.playing


def _actions(program: PlayProgram, weights: Weights, observations: Any, keys: Any, bounds: Any) -> Any:
    """Return an action for each observation, as the task takes it."""
    policy, draw = program.policy, jax.random.normal if bounds is not None else jax.random.gumbel
    width = sum(policy.choices) or int(np.prod(bounds[0].shape))
    if not program.learned and bounds is not None:
        low, high = bounds
        if not program.sampled:
            return jnp.broadcast_to(jnp.clip(jnp.zeros(low.shape, low.dtype), low, high), (len(keys), *low.shape))
        return jax.vmap(lambda key: jax.random.uniform(key, low.shape, low.dtype, low, high))(keys)
    noise = jax.vmap(lambda key: draw(key, (width,)))(keys) if program.sampled else jnp.zeros((len(keys), width))
    if not program.learned:
        return policy.chosen(noise)
    actions = policy.act(weights, observations, noise)
    return actions if bounds is None else jnp.clip(actions.reshape(-1, *bounds[0].shape), *bounds)


def scaling_of_model(normalizer: VecNormalize | None) -> Scaling | None:
    """Return what a model's statistics make of observations, None where they stay as they are."""
    if normalizer is None or not normalizer.norm_obs:
        return None
    statistics: Any = normalizer.obs_rms
    deviation = np.sqrt(statistics.var + normalizer.epsilon)
    return Scaling(*(np.asarray(part, np.float32) for part in (statistics.mean, deviation, normalizer.clip_obs)))


def _scaled(scaling: Scaling | None, shown: Any) -> Any:
    if scaling is None:
        return shown
    return jnp.clip((shown - scaling.mean) / scaling.deviation, -scaling.limit, scaling.limit)


def _added(total: Any, lost: Any, term: Any) -> tuple[Any, Any]:
    """Add a term, and what the rounding of the sum leaves out to what it left out before (Knuth's two-sum)."""
    after = total + term
    took = after - total
    return after, lost + ((total - (after - took)) + (term - took))


def episode_key(seeds: Array) -> Array:
    """Return the keys uint32[..., 2] of episodes: the two halves of their seeds int64[...]."""
    return np.stack([seeds >> 32, seeds & 0xFFFFFFFF], axis=-1).astype(np.uint32)
