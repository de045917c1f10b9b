"""MiniGrid's rules and its agent's view, where what stands in a cell is computed and not looked up.

A family of environments says with a `Look` what stands in cells; no grid is kept, so that a room's size is a number.
The rules are those of minigrid.minigrid_env.MiniGridEnv.step, gen_obs and minigrid.core.grid.Grid.process_vis.
Coordinates are MiniGrid's: x to the right, y downwards, facing 0 right, 1 down, 2 left, 3 up.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from heredity.agents.twins.support import Array
from heredity.agents.wrappers import MINIGRID_SCALE

LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE = range(6)
"""Actions; the seventh does nothing."""

EMPTY, WALL, DOOR, KEY, GOAL, LAVA = 1, 2, 4, 5, 8, 9
"""What stands in a cell, as MiniGrid shows it; 0 is unseen."""

RED, GREEN, YELLOW, GREY = 0, 1, 4, 5
OPEN, CLOSED, LOCKED = range(3)
SIDE = 7
"""The view's rows and columns."""

COLUMN, ROW, CHANNEL = (part.ravel().astype(np.int32) for part in np.indices((SIDE, SIDE, 3)))
"""int32[147], of each number of the view: the agent stands in column 3 of the last row and looks along its column.

Everything is computed for 147 numbers, or for the 49 cells, and never for seven by seven by three, because XLA makes
vectors of the innermost axis alone: that is 13 times as fast.
"""

OWN_CELL = (COLUMN == SIDE // 2) & (ROW == SIDE - 1)
SHOWN = np.arange(MINIGRID_SCALE + 1, dtype=np.uint8) / np.float32(MINIGRID_SCALE)
"""float32[11]: what FlatView makes of each index. Constants, because compilers multiply where they should divide."""


class Spec(NamedTuple):
    """int32 each; `own` is what only the family knows."""

    size: Array
    max_steps: Array
    limit: Array
    own: Any = ()


class State(NamedTuple):
    """Where an episode is, int32 each; `layout` is the family's: where what stands, as far as episodes differ in it."""

    x: Array
    y: Array
    facing: Array
    carrying: Array
    t: Array
    layout: Any


class Cells(NamedTuple):
    """What stands in cells: bool arrays of one shape, at most one of them true in a cell; mode: of the doors."""

    wall: Array
    goal: Array
    lava: Array = np.False_
    key: Array = np.False_
    door: Array = np.False_
    mode: Array = OPEN


Look = Callable[[Spec, State, Array, Array], Cells]
"""look(spec, state, x, y) says what stands in the cells at x, y, arrays of int32, inside and outside of the room."""

Handle = Callable[[State, Cells, Array, Array, Array], State]
Step = Callable[[Spec, State, Array, Array], tuple[State, Array, Array, Array, Array]]
"""handle(state, ahead, x, y, action) is the state with what lies ahead at x, y picked up, put down or toggled."""


def no_hands(state: State, ahead: Cells, x: Array, y: Array, action: Array) -> State:
    """Where nothing can be picked up or toggled."""
    del ahead, x, y, action
    return state


def advance(
    look: Look, spec: Spec, state: State, action: Array, handle: Handle = no_hands
) -> tuple[State, Array, Array, Array]:
    """Return the state after an action, int32, and reward float32, terminated, truncated: bool."""
    turned = _signs(action == RIGHT, action == LEFT)
    dx, dy = _heading(state.facing)
    x, y = state.x + dx, state.y + dy
    ahead = look(spec, state, x, y)
    forward = action == FORWARD
    moves, won = forward & _clear(ahead) & ~ahead.key, forward & ahead.goal
    state = handle(state, ahead, x, y, action)
    x, y = jnp.where(moves, x, state.x), jnp.where(moves, y, state.y)
    state = state._replace(x=x, y=y, facing=(state.facing + turned) & 3, t=state.t + 1)
    return state, jnp.where(won, _reward(spec, state.t), 0), won | (forward & ahead.lava), state.t >= spec.limit


def _reward(spec: Spec, t: Array) -> Array:
    """Return 1 − 0.9·t / max_steps to the last bit of what float64 makes of it, for max_steps up to `MOST_STEPS`.

    Both whole numbers are exact in float32, whose division rounds once; and no such fraction lies so near to the middle
    of two neighbours of float32 that float64's error would take it to the other.
    """
    whole = 10 * spec.max_steps
    # XLA divides by what copies share by multiplying by its inverse, which rounds twice: here each divides by its own
    own = jnp.maximum(whole, t).astype(jnp.float32)
    return (whole - 9 * t).astype(jnp.float32) / own


def flat_view(look: Look, spec: Spec, state: State, through_walls: bool = False) -> Array:
    """Return what FlatView makes of the agent's view, float32[147]; through_walls: nothing hides what is behind it."""
    cells = _in_view(look, spec, state, COLUMN, ROW)
    holds_key = state.carrying == KEY  # what the agent carries is shown where it stands
    kind = jnp.where(OWN_CELL, jnp.where(holds_key, SHOWN[KEY], SHOWN[EMPTY]), _kind(cells))
    colour = jnp.where(OWN_CELL, jnp.where(holds_key, SHOWN[YELLOW], SHOWN[0]), _colour(cells))
    mode = jnp.where(cells.door & ~OWN_CELL, _mode(cells.mode), SHOWN[0])
    image = jnp.where(CHANNEL == 0, kind, jnp.where(CHANNEL == 1, colour, mode))
    if through_walls:
        return image
    return jnp.where(visible(_clear(_in_view(look, spec, state, COLUMN[::3], ROW[::3]))), image, SHOWN[0])


def stepping(look: Look, handle: Handle = no_hands, *, through_walls: bool = False) -> Step:
    """Return a family's `step`, as `Dynamics` has it; nothing in it is drawn."""

    def step(spec: Spec, state: State, action: Array, key: Array) -> tuple[State, Array, Array, Array, Array]:
        del key
        state, *outcome = advance(look, spec, state, action, handle)
        return state, flat_view(look, spec, state, through_walls), *outcome

    return step


def _in_view(look: Look, spec: Spec, state: State, column: Array, row: Array) -> Cells:
    dx, dy = _heading(state.facing)
    onward, aside = SIDE - 1 - row, column - SIDE // 2
    return look(spec, state, state.x + dx * onward - dy * aside, state.y + dy * onward + dx * aside)


_ALL = (1 << SIDE) - 1
_ALL_BUT_LAST, _ALL_BUT_FIRST = _ALL >> 1, _ALL - 1
_FAR = 4
"""So many rows' bits are one number, and those of the three near ones another: no array has 49 bits."""

_PLACE = np.where(ROW < _FAR, ROW, ROW - _FAR) * SIDE + COLUMN


def visible(clear: Array) -> Array:
    """Return of each number of the view whether its cell is seen, bool[147]; clear: bool[49], what is seen through.

    process_vis sweeps each row to the right and back, from the agent's upwards: a seen cell that is clear shows the
    next one in the sweep and the two above both. Here a row is the bits of one number, and a sweep is one sum or three
    shifts.
    """
    bits = np.int32(1) << _PLACE[::3]
    far, near = (jnp.where(clear & half, bits, 0).sum() for half in (ROW[::3] < _FAR, ROW[::3] >= _FAR))
    reached, seen = jnp.int32(1 << SIDE // 2), [jnp.int32(0), jnp.int32(0)]
    for j in reversed(range(SIDE)):
        half, place = (1, (j - _FAR) * SIDE) if j >= _FAR else (0, j * SIDE)
        row = (near if half else far) >> place
        to_right, to_left = row & _ALL_BUT_LAST, row & _ALL_BUT_FIRST
        # a carry runs through the clear cells to the right of a reached one, and into the cell after them
        reached = reached | (((to_right + (reached & to_right)) ^ to_right) & _ALL)
        onward, back = reached & to_right, _spread_left(reached & to_left, to_left)
        seen[half] = seen[half] | ((reached | (back >> 1)) << place)
        reached = (onward | (onward << 1) | back | (back >> 1)) & _ALL
    return ((jnp.where(ROW < _FAR, *seen) >> _PLACE) & 1).astype(bool)


def _spread_left(reached: Array, clear: Array) -> Array:
    """Let bits run towards the first column through clear ones; four cells, then their doubles, at a time."""
    for distance in (1, 2, 4):
        reached = reached | (clear & (reached >> distance))
        clear = clear & (clear >> distance)
    return reached


def _clear(cells: Cells) -> Array:
    return ~(cells.wall | (cells.door & (cells.mode != OPEN)))


def _heading(facing: Array) -> tuple[Array, Array]:
    return _signs(facing == 0, facing == 2), _signs(facing == 1, facing == 3)


def _signs(plus: Array, minus: Array) -> Array:
    return plus.astype(jnp.int32) - minus.astype(jnp.int32)


def _kind(cells: Cells) -> Array:
    stands = ((cells.wall, WALL), (cells.door, DOOR), (cells.key, KEY), (cells.goal, GOAL), (cells.lava, LAVA))
    shown = SHOWN[EMPTY]
    for here, kind in stands:
        shown = jnp.where(here, SHOWN[kind], shown)
    return shown


def _colour(cells: Cells) -> Array:
    yellow = jnp.where(cells.door | cells.key, SHOWN[YELLOW], jnp.where(cells.goal, SHOWN[GREEN], SHOWN[RED]))
    return jnp.where(cells.wall, SHOWN[GREY], yellow)


def _mode(mode: Array) -> Array:
    return jnp.where(mode == LOCKED, SHOWN[LOCKED], jnp.where(mode == CLOSED, SHOWN[CLOSED], SHOWN[OPEN]))


def below(words: Array, n: Array | int) -> Array:
    """Return whole numbers below n, int32, for n below 2^16, from uint32 of random bits; no one is likelier by 2^-16.

    They are the upper half of words · n, whose 48 bits no array has.
    """
    n = jnp.asarray(n, jnp.uint32)
    return (((words >> 16) * n + (((words & 0xFFFF) * n) >> 16)) >> 16).astype(jnp.int32)


def in_rim(size: Array, x: Array, y: Array) -> Array:
    """Return whether cells belong to the outer wall, or lie outside, which MiniGrid shows as wall."""
    return (x <= 0) | (y <= 0) | (x >= size - 1) | (y >= size - 1)


def begun(words: Array, x: Array, y: Array, layout: Any) -> State:
    """Return the first state of an episode at x, y; words: uint32 of random bits that say where the agent looks."""
    return State(x, y, below(words, 4), jnp.int32(0), jnp.int32(0), layout)


def walker_of(env: Any, layout: Any) -> State:
    """Return the state of one of MiniGrid's environments, with its layout, as NumPy's int32."""
    env = env.unwrapped
    x, y = env.agent_pos
    numbers = (x, y, env.agent_dir, KEY if env.carrying is not None else 0, env.step_count)
    x, y, facing, carrying, t = map(np.int32, numbers)
    return State(x, y, facing, carrying, t, layout)


def spec_of(size: int, max_steps: int, limit: int | None, own: Any = ()) -> Spec:
    """Return what a task differs in; limit: that of Gymnasium's TimeLimit, None where there is none."""
    return Spec(np.int32(size), np.int32(max_steps), np.int32(min(max_steps, limit or max_steps)), own)
