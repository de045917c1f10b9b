"""Luck among members, by published and hand-worked numbers."""

import numpy as np
import pytest

from heredity.gate.luck import expected_maximum, f_test_p, luck, selection_differential


@pytest.mark.parametrize(("n", "expected"), [(1, 0.0), (2, 0.5642), (4, 1.0294), (8, 1.4236), (20, 1.8675)])
def test_the_expected_maximum_is_the_tables(n, expected):
    assert expected_maximum(n) == pytest.approx(expected, abs=1e-4)


def test_luck_is_worked_by_hand():
    # means 1 and 5, variance 8; each mean's noise 2/2 = 1: reliability 7/8, the means drawn to 3 by an eighth
    seen = luck({"m00": [0.0, 2.0], "m01": [4.0, 6.0]})
    assert seen.reliability == pytest.approx(7 / 8)
    assert seen.shrunken == pytest.approx({"m00": 1.25, "m01": 4.75})
    assert seen.winners_curse == pytest.approx(np.sqrt(8) / 8 / np.sqrt(np.pi))  # E[max of 2] = 1/sqrt(pi)


def test_members_that_differ_by_noise_alone_shrink_to_their_mean():
    seen = luck({"m00": [0.0, 4.0], "m01": [0.0, 4.2]})
    assert seen.reliability == 0
    assert list(seen.shrunken.values()) == pytest.approx([2.05, 2.05])


def test_one_member_has_no_luck_to_speak_of():
    seen = luck({"m00": [1.0, 3.0]})
    assert (seen.reliability, seen.winners_curse, seen.shrunken) == (None, None, {"m00": 2.0})


@pytest.mark.slow
def test_the_winners_curse_is_what_simulation_shows():
    rng = np.random.default_rng(0)
    estimated, real = [], []
    for _ in range(300):
        fitness = rng.normal(0, 1, 16)
        returns = {f"m{k:02d}": rng.normal(fitness[k], 5, 25) for k in range(16)}
        means = np.array([values.mean() for values in returns.values()])
        real.append(means.max() - fitness[means.argmax()])
        estimated.append(luck(returns).winners_curse)
    assert np.mean(estimated) == pytest.approx(np.mean(real), rel=0.1)


def test_the_selection_differential_is_survivors_against_all():
    means = {"m00": -3.0, "m01": -1.0, "m02": -2.0}
    assert selection_differential(means, ("m01", "m02")) == pytest.approx(0.5)
    assert selection_differential(means, ()) is None


def test_where_all_survive_in_any_order_they_differ_from_all_by_nothing():
    means = {"m00": 0.1, "m01": 0.2, "m02": 0.3, "m03": 0.93}
    assert selection_differential(means, ("m03", "m02", "m01", "m00")) == 0


def test_the_f_test_is_worked_by_hand():
    # means 1 and 5, two episodes each of variance 2: F(1, 2) = 16 / 2, of which p = 1 - sqrt(8 / 10)
    assert f_test_p({"m00": [0.0, 2.0], "m01": [4.0, 6.0]}) == pytest.approx(1 - np.sqrt(0.8))
    assert f_test_p({"m00": [0.0, 2.0], "m01": [2.0, 0.0]}) == 1
    assert f_test_p({"m00": [0.0, 0.0], "m01": [4.0, 6.0]}) < 0.05


def test_where_there_is_nothing_to_test_there_is_no_p():
    assert f_test_p({"m00": [0.0, 2.0]}) is None
    assert f_test_p({"m00": [1.0] * 4, "m01": [1.0] * 3}) is None
    assert f_test_p({"m00": [1.0] * 4, "m01": [2.0] * 3}) is None  # the spread of episodes is nothing
