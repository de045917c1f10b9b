"""MiniGrid's FourRooms: a cross of walls with a gap in each arm, and a goal and an agent anywhere."""

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

SIZE, MIDDLE = 19, 9
ROOM = 8
"""A room's width and height."""

FREE = 4 * ROOM * ROOM + 4
"""Cells of the rooms, and gaps."""


class _Layout(NamedTuple):
    """The gaps' rows in the wall between left and right, their columns in the one between above and below; the goal."""

    north: Array
    south: Array
    west: Array
    east: Array
    goal_x: Array
    goal_y: Array


def fourrooms(task: Task, limit: int | None) -> Twin:
    """Return the twin of FourRoomsEnv; what it is made with is as `why_not_fourrooms` lets it through."""
    spec = spec_of(SIZE, task.kwargs.get("max_steps", 100), limit)
    return Twin(DYNAMICS, spec, int(spec.limit), "bit", _state_of)


def _reset(spec: Spec, key: Array) -> tuple[State, Array]:
    """Draw as _gen_grid draws: it tries cells until one is free, which makes all free ones equally likely."""
    words = jax.random.bits(key, (4,), jnp.uint32)
    north, south, west, east = (1 + ((words[0] >> (3 * arm)) & 7).astype(jnp.int32) for arm in range(4))
    gaps = north, south + MIDDLE, west, east + MIDDLE
    agent, goal = below(words[1], FREE), below(words[2], FREE - 1)
    layout = _Layout(*gaps, *_place(gaps, goal + (goal >= agent)))
    state = begun(words[3], *_place(gaps, agent), layout)
    return state, flat_view(_look, spec, state)


def _place(gaps: tuple[Array, ...], cell: Array) -> tuple[Array, Array]:
    """Return x and y of the cell of a number below `FREE`, the gaps last."""
    north, south, west, east = gaps
    room, within = cell // ROOM**2, cell % ROOM**2
    x = 1 + within % ROOM + MIDDLE * (room % 2)
    y = 1 + within // ROOM + MIDDLE * (room // 2)
    gap = cell - 4 * ROOM**2
    x = jnp.where(gap < 0, x, jnp.where(gap < 2, MIDDLE, jnp.where(gap == 2, west, east)))
    y = jnp.where(gap < 0, y, jnp.where(gap == 0, north, jnp.where(gap == 1, south, MIDDLE)))
    return x, y


def _look(spec: Spec, state: State, x: Array, y: Array) -> Cells:
    layout = state.layout
    upright = (x == MIDDLE) & (y != layout.north) & (y != layout.south)
    level = (y == MIDDLE) & (x != layout.west) & (x != layout.east)
    goal = (x == layout.goal_x) & (y == layout.goal_y)
    return Cells(wall=in_rim(spec.size, x, y) | upright | level, goal=goal)


DYNAMICS = Dynamics(_reset, stepping(_look))


def _state_of(env: gymnasium.Env[Any, Any]) -> State:
    cells = np.array([cell.type if cell else "" for cell in env.unwrapped.grid.grid]).reshape(SIZE, SIZE)
    rows, columns = (np.flatnonzero(line != "wall") for line in (cells[:, MIDDLE], cells[MIDDLE]))
    goal_y, goal_x = np.argwhere(cells == "goal")[0]
    return walker_of(env, _Layout(*map(np.int32, (*rows, *columns, goal_x, goal_y))))
