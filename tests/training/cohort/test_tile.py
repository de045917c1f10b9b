"""A tile's books and ends, and that neither place nor company changes what a member learns."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from heredity.training.cohort.tile import Books, _ringed, _sums, make_advance, make_places, put_rows, take_rows
from tests.training.cohort.tiles import ENDS, MEMBERS, learners, numbers, program, twin

NO_KEYS = np.zeros((MEMBERS, 2), np.uint32)
ADVANCE, PLACES = cache(make_advance), cache(make_places)


def begun(learner, keys=NO_KEYS):
    return PLACES(program())(twin().spec, learner, None, keys)


def advanced(places, ends=ENDS):
    return ADVANCE(program())(twin().spec, places, numbers(2), ends, None)


def test_returns_and_lengths_are_those_of_episodes_wherever_a_rollout_begins():
    rng = np.random.default_rng(0)
    rewards, over = rng.normal(size=(30, 1, 2)).astype(np.float32), rng.random((30, 1, 2)) < 0.3
    paid, steps, expected = np.zeros(2), np.zeros(2, int), []
    for t in range(30):
        paid, steps = paid + rewards[t, 0], steps + 1
        expected.append((paid.copy(), steps.copy()))
        paid[over[t, 0]], steps[over[t, 0]] = 0, 0
    books = Books(np.zeros((1, 2), np.float32), np.zeros((1, 2), np.int32), *[None] * 5)
    first = jax.tree.map(np.asarray, jax.jit(_sums)(books, jnp.asarray(rewards[:13]), over[:13]))
    carried = [np.where(over[12], 0, part[-1]).astype(part.dtype) for part in first]
    rest = jax.jit(_sums)(books._replace(returns=carried[0], lengths=carried[1]), jnp.asarray(rewards[13:]), over[13:])
    returns, lengths = (np.concatenate(parts)[:, 0] for parts in zip(first, rest, strict=True))
    np.testing.assert_allclose(returns, [each for each, _ in expected], atol=1e-5)
    np.testing.assert_array_equal(lengths, [each for _, each in expected])


@pytest.mark.parametrize("already", [0, 2, 5])
def test_a_ring_holds_the_last_episodes(already):
    window, ended = 4, np.array([True, True, False, True, True, True, True, True, True])
    returns, lengths = np.arange(already + 9, dtype=np.float32) / 8, np.arange(already + 9, dtype=np.int32)
    ring, ring_lengths = np.zeros(window, np.float32), np.zeros(window, np.int32)
    for k in range(already):
        ring[k % window], ring_lengths[k % window] = returns[k], lengths[k]
    ring, ring_lengths = jnp.asarray(ring), jnp.asarray(ring_lengths)
    kept = _ringed(window, ring, ring_lengths, np.int32(already), ended, returns[already:], lengths[already:])
    last = np.concatenate([lengths[:already], lengths[already:][ended]])
    assert sorted(kept[1].tolist()) == last[-window:].tolist()
    assert sorted(kept[0].tolist()) == (last[-window:] / 8).tolist()
    assert kept[2] == len(last)


@pytest.mark.study
def test_neither_place_nor_company_changes_a_bit_of_what_a_member_learns():
    keys = np.arange(2 * MEMBERS, dtype=np.uint32).reshape(MEMBERS, 2)
    alone, other = (begun(learners(seed), keys) for seed in (0, 1))
    moved = put_rows(other, np.array([3, MEMBERS]), take_rows(alone, np.array([1, 2])))  # the second goes nowhere
    (ours, told), (theirs, _) = (advanced(places) for places in (alone, moved))
    for mine, same in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_array_equal(mine[1], same[3])
    assert told.active.all()


@pytest.mark.study
def test_who_is_done_stays_as_it_is():
    places = begun(learners(0))._replace(active=np.arange(MEMBERS) != 1)
    before = jax.tree.map(np.asarray, places)
    after, told = advanced(places)
    after = jax.tree.map(np.asarray, after)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        np.testing.assert_array_equal(old[1], new[1])
    weights = [places.learner.weights["action_net.weight"] for places in (before, after)]
    assert not np.array_equal(weights[0][0], weights[1][0])
    assert told.active[0].tolist() == [m != 1 for m in range(MEMBERS)]


@pytest.mark.study
@pytest.mark.parametrize(
    ("ends", "reached"),
    [({"budget": 1}, False), ({"threshold": 5}, True), ({"patience": 0}, False)],
    ids=["budget", "threshold", "patience"],
)
def test_a_member_ends_at_budget_or_threshold_or_without_patience(ends, reached):
    ends = ENDS._replace(**{name: np.array(value, getattr(ENDS, name).dtype) for name, value in ends.items()})
    after, told = advanced(begun(learners(0)), ends)
    assert told.active[0].all() and not told.active[1].any()
    assert (after.rollouts == 1).all()
    assert after.reached.tolist() == [reached] * MEMBERS


@pytest.mark.study
def test_a_member_of_no_numbers_fails_alone():
    learner = learners(0)
    learner.weights["value_net.bias"][2] = np.nan
    after, _ = advanced(begun(learner))
    assert after.finite.tolist() == after.active.tolist() == [m != 2 for m in range(MEMBERS)]


@pytest.mark.study
def test_the_program_lowers_for_a_gpu_on_a_machine_without_one():
    places = jax.eval_shape(PLACES(program()), twin().spec, learners(0), None, NO_KEYS)
    lowered = jax.export.export(ADVANCE(program()), platforms=["cuda"])
    assert lowered(twin().spec, places, numbers(1), ENDS, None).platforms == ("cuda",)
