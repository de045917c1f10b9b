"""MiniGrid's DoorKey: a key, a locked door in the wall between two rooms, and a goal in the far corner."""

from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.minigrid.grid import (
    CLOSED,
    DROP,
    KEY,
    LOCKED,
    OPEN,
    PICKUP,
    TOGGLE,
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

NOWHERE = -16
"""Where a key is that the agent carries: out of every view."""


class _Layout(NamedTuple):
    split: Array
    door_y: Array
    mode: Array
    key_x: Array
    key_y: Array


def doorkey(task: Task, limit: int | None) -> Twin:
    """Return the twin of DoorKeyEnv; what it is made with is as `why_not_doorkey` lets it through."""
    size = task.kwargs.get("size", 8)
    max_steps = task.kwargs.get("max_steps")
    spec = spec_of(size, 10 * size**2 if max_steps is None else max_steps, limit)
    return Twin(DYNAMICS, spec, int(spec.limit), "bit", _state_of)


def _reset(spec: Spec, key: Array) -> tuple[State, Array]:
    """Draw as _gen_grid draws: it tries cells until one is free, which makes all free ones equally likely."""
    words = jax.random.bits(key, (5,), jnp.uint32)
    split = 2 + below(words[0], spec.size - 4)
    wide, cells = split - 1, (split - 1) * (spec.size - 2)
    agent, key_cell = below(words[1], cells), below(words[2], cells - 1)
    key_cell = key_cell + (key_cell >= agent)
    layout = _Layout(
        split, 1 + below(words[3], spec.size - 3), jnp.int32(LOCKED), 1 + key_cell % wide, 1 + key_cell // wide
    )
    state = begun(words[4], 1 + agent % wide, 1 + agent // wide, layout)
    return state, flat_view(_look, spec, state)


def _look(spec: Spec, state: State, x: Array, y: Array) -> Cells:
    layout = state.layout
    door = (x == layout.split) & (y == layout.door_y)
    return Cells(
        wall=(in_rim(spec.size, x, y) | (x == layout.split)) & ~door,
        goal=(x == spec.size - 2) & (y == spec.size - 2),
        key=(x == layout.key_x) & (y == layout.key_y),
        door=door,
        mode=layout.mode,
    )


def _handle(state: State, ahead: Cells, x: Array, y: Array, action: Array) -> State:
    layout, holds = state.layout, state.carrying == KEY
    takes = (action == PICKUP) & ahead.key  # the only key: who holds it has none ahead
    drops = (action == DROP) & holds & ~(ahead.wall | ahead.goal | ahead.door)
    opened = jnp.where((layout.mode == CLOSED) | ((layout.mode == LOCKED) & holds), OPEN, layout.mode)
    toggled = jnp.where(layout.mode == OPEN, CLOSED, opened)
    layout = layout._replace(
        mode=jnp.where((action == TOGGLE) & ahead.door, toggled, layout.mode),
        key_x=jnp.where(takes, NOWHERE, jnp.where(drops, x, layout.key_x)),
        key_y=jnp.where(takes, NOWHERE, jnp.where(drops, y, layout.key_y)),
    )
    return state._replace(carrying=jnp.where(takes, KEY, jnp.where(drops, 0, state.carrying)), layout=layout)


DYNAMICS = Dynamics(_reset, stepping(_look, _handle))


def _state_of(env: gymnasium.Env[Any, Any]) -> State:
    grid = env.unwrapped.grid
    stands = {
        cell.type: (place % grid.width, place // grid.width, cell.encode()[2])
        for place, cell in enumerate(grid.grid)
        if cell is not None
    }
    split, door_y, mode = stands["door"]
    key_x, key_y, _ = stands.get("key", (NOWHERE, NOWHERE, 0))
    return walker_of(env, _Layout(*map(np.int32, (split, door_y, mode, key_x, key_y))))
