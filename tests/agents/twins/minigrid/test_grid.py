"""MiniGrid's view and rewards, and what holds for every family: one compiled program, alone as among others."""

import jax
import numpy as np
import pytest
from minigrid.core.grid import Grid
from minigrid.core.world_object import Wall

from heredity.agents.twins.minigrid import grid as minigrid_rules
from heredity.agents.twins.minigrid.grid import SHOWN, below, spec_of, visible
from heredity.agents.twins.registry import make_twin
from tests.agents.twins.minigrid.examples import FAMILIES, flat


def seen_by_minigrid(clear):
    grid = Grid(7, 7)
    for column, row in np.argwhere(~clear):
        grid.set(column, row, Wall())
    return grid.process_vis((3, 6))


def test_what_is_visible_is_what_minigrid_sees_in_rooms_of_random_walls():
    random = np.random.default_rng(0)
    rooms = random.random((3000, 7, 7)) > random.random((3000, 1, 1))
    seen = jax.vmap(visible)(rooms.reshape(-1, 49))
    expected = np.stack([seen_by_minigrid(clear) for clear in rooms])
    np.testing.assert_array_equal(np.asarray(seen).reshape(-1, 7, 7, 3), np.repeat(expected[..., None], 3, axis=3))
    assert 0.2 < expected.mean() < 0.8


def test_an_index_is_shown_as_flat_view_shows_it():
    np.testing.assert_array_equal(SHOWN, (np.arange(11, dtype=np.uint8) / np.float32(10)).astype(np.float32))


@pytest.mark.parametrize("max_steps", [1, 7, 100, 250, 324, 640, 1000, 2560, 99_991, 2**24 // 10])
def test_rewards_are_what_float64_makes_of_the_formula(max_steps):
    t = np.unique(np.linspace(1, max_steps, 20_000).astype(np.int32))
    rewards = jax.jit(minigrid_rules._reward)(spec_of(5, max_steps, None), t)
    expected = [np.float32(1 - 0.9 * (step / max_steps)) for step in t.tolist()]
    np.testing.assert_array_equal(rewards, np.array(expected, np.float32))


@pytest.mark.parametrize("n", [1, 3, 260, 65_535])
def test_draws_are_the_upper_half_of_a_product(n):
    words = np.r_[np.random.default_rng(n).integers(2**32, size=1000, dtype=np.uint32), np.uint32([0, 2**32 - 1])]
    np.testing.assert_array_equal(below(words, n), words.astype(np.uint64) * np.uint64(n) >> np.uint64(32))


@pytest.mark.study
@pytest.mark.parametrize("family", FAMILIES)
def test_one_compiled_program_serves_every_task_of_a_family(family):
    traced = []

    @jax.jit
    def play(spec, key):
        traced.append(family)
        state, _ = dynamics.reset(spec, key)
        return dynamics.step(spec, state, np.int32(2), key)

    twins = [make_twin(flat(id, **kwargs)) for id, kwargs in FAMILIES[family]]
    assert len({twin.dynamics for twin in twins}) == 1
    dynamics = twins[0].dynamics
    for twin in twins:
        play(twin.spec, np.uint32([1, 2]))
    assert len(traced) == 1
    assert len({str(twin.spec) for twin in twins}) == len(twins)


@pytest.mark.study
@pytest.mark.parametrize("family", FAMILIES)
def test_a_copy_steps_the_same_to_the_last_bit_alone_and_among_others(family):
    id, kwargs = FAMILIES[family][0]
    twin = make_twin(flat(id, **kwargs))
    reset, step = (jax.jit(function) for function in twin.dynamics)
    random = np.random.default_rng(0)
    keys = random.integers(2**32, size=(20, 2), dtype=np.uint32)
    states, seen = begun = jax.jit(jax.vmap(twin.dynamics.reset, (None, 0)))(twin.spec, keys)
    together = jax.jit(jax.vmap(twin.dynamics.step, (None, 0, 0, 0)))
    assert seen.shape == (20, 147)
    for copy in range(20):
        assert_equal(reset(twin.spec, keys[copy]), one_of(begun, copy))
    for _ in range(10):
        actions = random.integers(7, size=20).astype(np.int32)
        after = together(twin.spec, states, actions, keys)
        for copy in range(20):
            alone = step(twin.spec, one_of(states, copy), actions[copy], keys[copy])
            assert_equal(alone, one_of(after, copy))
        states = after[0]


def one_of(tree, copy):
    return jax.tree.map(lambda leaf: leaf[copy], tree)


def assert_equal(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)
