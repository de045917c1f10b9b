"""What iterations of a tile told of its members, read place by place."""

from types import SimpleNamespace

import numpy as np
import pytest

from heredity.training.cohort.occupants import Occupant, Told
from heredity.training.cohort.tile import Row
from heredity.training.history import Episode, pack_history
from heredity.training.snapshot import Snapshot

BEFORE = [Episode(8, 0.5, 3)]
"""A member's that goes on."""

NONE = np.nan


def row():
    """Return two iterations of two places, of 2 steps of 2 copies; the second place was empty in the first."""
    ended = np.array([[[[NONE, 0.25], [NONE, NONE]], [[NONE] * 2] * 2], [[[NONE] * 2] * 2, [[1.0, NONE], [0.75, 2.0]]]])
    numbers = np.arange(4, dtype=np.float32).reshape(2, 2)
    return Row(
        mean=numbers + np.float32(1 / 3), deviation=numbers, length=numbers, episodes=np.array([[1, 0], [2, 3]]),
        statistics=np.full((2, 2, 6), 1 / 3, np.float32), ended=ended.astype(np.float32),
        lengths=np.arange(16, dtype=np.int32).reshape(2, 2, 2, 2), active=np.array([[True, False], [True, True]]),
        goes_on=np.array([[True, True], [False, True]]), reached=np.array([[False, False], [True, False]]),
        finite=np.ones((2, 2), bool),
    )  # fmt: skip


@pytest.fixture
def occupant():
    """Return a function that seats a member, with the episodes that a snapshot knows."""
    kind = SimpleNamespace(rollout_steps=4, at=lambda rollout: SimpleNamespace(learning_rate=1 / (2 + rollout)))

    def occupant(history=()):
        steps = 8 if history else 0
        packed = pack_history(history) if history else None
        snapshot = Snapshot(None, (), {"num_timesteps": steps}, history=packed)
        return Occupant.of(SimpleNamespace(name="m00"), kind, snapshot)

    return occupant


def test_rows_and_episodes_are_of_the_place_and_follow_what_a_snapshot_knows(occupant):
    told, going_on, fresh = Told(row()), occupant(BEFORE), occupant()
    first, second = told.read(going_on, 0)
    assert (first.env_steps, first.return_mean, first.episodes) == (12, float(np.float32(1 / 3)), 1)
    assert (second.env_steps, second.return_mean, second.learning_rate) == (16, float(np.float32(2 + 1 / 3)), 0.166667)
    assert first.value_loss == 0.333333
    assert going_on.history == pack_history([*BEFORE, Episode(12, 0.25, 1)])
    (only,) = told.read(fresh, 1)
    assert (only.env_steps, only.episodes, fresh.rollouts) == (4, 3, 1)
    assert fresh.history == pack_history([Episode(4, 1.0, 12), Episode(4, 0.75, 14), Episode(4, 2.0, 15)])
    assert [told.is_over(place) for place in (0, 1)] == [True, False]
    assert (told.end(0, "DoorKey"), told.taken) == ((True, None), 3)


def test_of_nobody_who_has_begun_there_are_no_episodes(occupant):
    assert occupant().history == pack_history([])
