"""MiniGrid's Empty: one room, and a goal in its far corner."""

from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.minigrid.grid import (
    Cells,
    Spec,
    State,
    begun,
    below,
    flat_view,
    in_rim,
    spec_of,
    stepping,
    walker_of,
)
from heredity.agents.twins.support import Array
from heredity.agents.twins.twin import Dynamics, Twin


class _Start(NamedTuple):
    """Where the agent begins, int32 each; x is 0 where it begins anywhere."""

    x: Array
    y: Array
    facing: Array


def empty(task: Task, limit: int | None) -> Twin:
    """Return the twin of EmptyEnv; what it is made with is as `why_not_empty` lets it through."""
    size, max_steps = task.kwargs.get("size", 8), task.kwargs.get("max_steps")
    place, facing = task.kwargs.get("agent_start_pos", (1, 1)), task.kwargs.get("agent_start_dir", 0)
    start = _Start(*map(np.int32, (0, 0, 0) if place is None else (*place, facing)))
    spec = spec_of(size, 4 * size**2 if max_steps is None else max_steps, limit, start)
    return Twin(DYNAMICS, spec, int(spec.limit), "bit", _state_of)


def _reset(spec: Spec, key: Array) -> tuple[State, Array]:
    words = jax.random.bits(key, (2,), jnp.uint32)
    wide, start = spec.size - 2, spec.own
    cell = below(words[0], wide * wide - 1)  # the last one is the goal's
    anywhere = begun(words[1], 1 + cell % wide, 1 + cell // wide, ())
    state = jax.tree.map(
        lambda drawn, stated: jnp.where(start.x == 0, drawn, stated),
        anywhere,
        anywhere._replace(x=start.x, y=start.y, facing=start.facing),
    )
    return state, _view(spec, state)


def _look(spec: Spec, state: State, x: Array, y: Array) -> Cells:
    del state
    return Cells(wall=in_rim(spec.size, x, y), goal=(x == spec.size - 2) & (y == spec.size - 2))


def _view(spec: Spec, state: State) -> Array:
    return flat_view(_look, spec, state, through_walls=True)


DYNAMICS = Dynamics(_reset, stepping(_look, through_walls=True))


def _state_of(env: gymnasium.Env[Any, Any]) -> State:
    return walker_of(env, ())
