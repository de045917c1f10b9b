"""The twin of FourRooms is held beside MiniGrid's own."""

import jax
import numpy as np
import pytest

from heredity.agents.twins.conformance import prove_resets, prove_steps
from heredity.agents.twins.minigrid.fourrooms import FREE, _place
from heredity.agents.twins.registry import make_twin
from tests.agents.twins.minigrid.examples import Busy, flat

FOUR_ROOMS = flat("MiniGrid-FourRooms-v0")


def test_a_number_is_a_free_cell_of_its_own():
    gaps = np.int32([2, 17, 8, 10])
    x, y = (np.asarray(part).tolist() for part in _place(tuple(gaps), np.arange(FREE)))
    inside = [(x, y) for x in range(1, 18) for y in range(1, 18)]
    free = {(x, y) for x, y in inside if 9 not in (x, y)} | {(9, 2), (9, 17), (8, 9), (10, 9)}
    assert sorted(zip(x, y, strict=True)) == sorted(free)


@pytest.mark.study
def test_the_goal_is_never_where_the_agent_begins():
    """Of 260 cells; the χ² tests look at pairs of coordinates, which seldom tell."""
    twin = make_twin(FOUR_ROOMS)
    keys = np.random.default_rng(0).integers(2**32, size=(20_000, 2), dtype=np.uint32)
    state, _ = jax.jit(jax.vmap(twin.dynamics.reset, (None, 0)))(twin.spec, keys)
    assert not ((state.x == state.layout.goal_x) & (state.y == state.layout.goal_y)).any()


@pytest.mark.study
def test_every_step_is_equal_to_the_bit():
    busy = Busy()
    report = prove_steps(FOUR_ROOMS, 4000, 1, busy)
    assert report.equal, report
    assert min(report.terminated, report.truncated, report.rewarded) > 0, report
    assert {("forward", "goal", False), ("forward", "wall", False), ("toggle", "wall", False)} <= busy.did.keys()


@pytest.mark.study
def test_resets_are_equal_in_distribution():
    report = prove_resets(FOUR_ROOMS, 3000, 2)
    assert report.equal, report


@pytest.mark.slow
@pytest.mark.study
@pytest.mark.parametrize("kwargs", [{}, {"max_steps": 333}])
def test_many_steps_and_resets(kwargs):
    task = flat("MiniGrid-FourRooms-v0", **kwargs)
    for report in (prove_steps(task, 20_000, 4, Busy()), prove_resets(task, 20_000, 4)):
        assert report.equal, report
