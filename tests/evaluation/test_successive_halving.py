"""Successive halving, by schedules worked by hand and by simulation."""

import numpy as np
import pytest

from heredity.errors import GateError
from heredity.evaluation.successive_halving import Round, race, rounds


def test_half_go_on_each_time_and_play_twice_as_much():
    assert rounds(8, finalists=1, episodes=70) == [Round(0, 10, 4), Round(10, 30, 2), Round(30, 70, 1)]
    assert rounds(8, finalists=3, episodes=30) == [Round(0, 10, 4), Round(10, 30, 3)]
    assert rounds(5, finalists=2, episodes=3) == [Round(0, 1, 3), Round(1, 3, 2)]
    assert rounds(3, finalists=3, episodes=10) == []


def test_a_race_too_short_to_play_is_refused():
    with pytest.raises(GateError, match=r"expected at least 31 episodes to race 32 members to 1, got 30; raise"):
        rounds(32, finalists=1, episodes=30)


def test_losers_stop_playing_and_ties_go_by_name():
    table = {"m03": [1.0] * 3, "m02": [0.0, 9.0, 9.0], "m01": [1.0] * 3, "m00": [1.0, 0.0, 0.0]}
    ended = race(list(table), lambda left, first, last: {name: table[name][first:last] for name in left},
                 finalists=1, episodes=3)  # fmt: skip
    assert ended.returns["m02"] == [0.0]
    assert ended.returns["m03"] == [1.0]
    assert ended.returns["m00"] == [1.0, 0.0, 0.0]
    assert ended.finalists == ("m01",)


def test_a_clear_best_wins_nearly_always():
    rng = np.random.default_rng(0)

    def play(left, first, last):
        return {name: rng.normal(2.0 if name == "m05" else 0.0, 1.0, last - first).tolist() for name in left}

    winners = [race([f"m{k:02d}" for k in range(16)], play, finalists=2, episodes=14).finalists for _ in range(100)]
    assert sum("m05" in finalists for finalists in winners) >= 97
