"""MiniGrid's Crossing: rivers of lava or wall across the room, each with one opening, and a goal in the far corner."""

from typing import Any, NamedTuple

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from heredity.agents.task import Task
from heredity.agents.twins.minigrid.arguments import MOST_RIVERS, is_lava
from heredity.agents.twins.minigrid.grid import (
    Cells,
    Spec,
    State,
    below,
    flat_view,
    in_rim,
    spec_of,
    stepping,
    walker_of,
)
from heredity.agents.twins.support import Array
from heredity.agents.twins.twin import Dynamics, Twin

RIVERS = np.arange(2, 2 + 2 * MOST_RIVERS, 2, dtype=np.int32)
"""int32[7]: the columns, and the rows, where a river may be."""

BITS = 4
"""Of an opening, packed with others into one number."""


class _Kind(NamedTuple):
    """How many rivers, int32, and whether of lava, bool."""

    crossings: Array
    lava: Array


class _Layout(NamedTuple):
    """int32[7] each: where the river in a column has its opening, a row; 0 for no river; and rows' rivers likewise."""

    columns: Array
    rows: Array


def crossing(task: Task, limit: int | None) -> Twin:
    """Return the twin of CrossingEnv; what it is made with is as `why_not_crossing` lets it through."""
    size, max_steps = task.kwargs.get("size", 9), task.kwargs.get("max_steps")
    kind = _Kind(np.int32(task.kwargs.get("num_crossings", 1)), np.bool_(is_lava(task.kwargs)))
    spec = spec_of(size, 4 * size**2 if max_steps is None else max_steps, limit, kind)
    return Twin(DYNAMICS, spec, int(spec.limit), "bit", _state_of)


def _reset(spec: Spec, key: Array) -> tuple[State, Array]:
    one, zero = jnp.int32(1), jnp.int32(0)
    layout = _drawn(spec, jax.random.bits(key, (2 * MOST_RIVERS,), jnp.uint32))
    state = State(one, one, zero, zero, zero, layout)
    return state, flat_view(_look, spec, state)


def _drawn(spec: Spec, words: Array) -> _Layout:
    """Draw as _gen_grid draws: some of the rivers, an order of directions to cross them in, and openings on that path.

    A word is drawn from three times, each time from what the last draw left of it. All are numbers, because XLA makes
    one loop of them, forty times as fast as of comparing arrays of rivers; a direction's rivers are the bits of one.
    """
    rivers, words_left = _rivers(spec, words)
    left = [jax.lax.population_count(mask) for mask in rivers]
    behind, ahead = [jnp.int32(0)] * 2, [_next(spec, mask, jnp.int32(0)) for mask in rivers]
    packed = [jnp.int32(0)] * 2
    for word in words_left:
        goes_on, choices = left[0] + left[1] > 0, jnp.maximum(left[0] + left[1], 1)
        aside = below(word, choices) < left[0]  # the next one in a column is crossed, and else the next one in a row
        first, end = jnp.where(aside, behind[1], behind[0]) + 1, jnp.where(aside, ahead[1], ahead[0])
        opening = first + below(word * choices.astype(jnp.uint32), end - first)
        for way, here in enumerate((goes_on & aside, goes_on & ~aside)):
            packed[way] |= jnp.where(here, opening << _shift(ahead[way]), 0)
            behind[way] = jnp.where(here, ahead[way], behind[way])
            ahead[way] = jnp.where(here, _next(spec, rivers[way], ahead[way]), ahead[way])
            left[way] -= here
    return _Layout(*((numbers >> _shift(RIVERS)) & 15 for numbers in packed))


def _rivers(spec: Spec, words: Array) -> tuple[list[Array], list[Array]]:
    """Return where rivers are, in columns and in rows, as the bits of int32, and what is left of the words.

    Each place in turn is taken as likely as those still needed are among those still to come, which makes all choices
    equally likely (selection sampling; Knuth, The Art of Computer Programming, 3.4.2, algorithm S).
    """
    to_come = 2 * ((spec.size - 3) // 2)
    needed = jnp.minimum(spec.own.crossings, to_come)
    rivers, words_left = [jnp.int32(0)] * 2, []
    for number in range(2 * MOST_RIVERS):
        way, place = number // MOST_RIVERS, int(RIVERS[number % MOST_RIVERS])
        possible, choices = place <= spec.size - 3, jnp.maximum(to_come, 1)
        taken = possible & (below(words[number], choices) < needed)
        words_left.append(words[number] * choices.astype(jnp.uint32))
        rivers[way] |= jnp.where(taken, 1 << place, 0)
        needed, to_come = needed - taken, to_come - possible
    return rivers, words_left


def _next(spec: Spec, rivers: Array, place: Array) -> Array:
    """Return the place of the first river after a place, that of the outer wall where there is none."""
    after = rivers & (jnp.int32(-2) << place)
    return jnp.where(after == 0, spec.size - 1, 31 - jax.lax.clz(after & -after))


def _shift(place: Array) -> Array:
    """Return where the opening of a river at a place is packed; of no river, somewhere."""
    return (BITS * ((place >> 1) - 1)) & 31


def _look(spec: Spec, state: State, x: Array, y: Array) -> Cells:
    """Read openings out of one number each, because shifts are made of vectors at once, and look-ups are not."""
    rim = in_rim(spec.size, x, y)
    by_column, by_row = _opening(state.layout.columns, x), _opening(state.layout.rows, y)
    river = ~rim & (((by_column > 0) & (y != by_column)) | ((by_row > 0) & (x != by_row)))
    return Cells(
        wall=rim | (river & ~spec.own.lava),
        goal=(x == spec.size - 2) & (y == spec.size - 2),
        lava=river & spec.own.lava,
    )


def _opening(openings: Array, place: Array) -> Array:
    packed = (openings << _shift(RIVERS)).sum()
    return jnp.where(place & 1 == 0, (packed >> _shift(place)) & 15, 0)


DYNAMICS = Dynamics(_reset, stepping(_look))


def _state_of(env: gymnasium.Env[Any, Any]) -> State:
    grid = env.unwrapped.grid
    stands = np.array([cell is not None and cell.type != "goal" for cell in grid.grid]).reshape(grid.height, grid.width)
    return walker_of(env, _Layout(*(_openings_of(lines) for lines in (stands.T, stands))))


def _openings_of(lines: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the only free place of each line that has but one, int32[7]; lines: bool[size, size]."""
    openings = np.zeros(MOST_RIVERS, np.int32)
    for river, place in enumerate(range(2, len(lines) - 2, 2)):
        free = np.flatnonzero(~lines[place])
        openings[river] = free[0] if len(free) == 1 else 0
    return openings
