"""The bootstrap against its definition; what does not fit in memory is drawn in blocks."""

import numpy as np
import pytest

from heredity.transfer import bootstrap
from heredity.transfer.bootstrap import RESAMPLES, blocks, estimate, estimate_of_means, interval, picks, picks_of_arms


def test_pairs_are_resampled_together():
    x = np.array([1.0, 5.0, 9.0, 20.0, 22.0])
    apart = estimate_of_means([x + 3, x], lambda a, b: a - b, 0)
    together = estimate_of_means([x + 3, x], lambda a, b: a - b, 0, paired=True)
    assert (together.low, together.value, together.high) == pytest.approx((3, 3, 3))
    assert apart.low < 0 < apart.high
    assert (apart.n, together.n) == (10, 5)
    one, other = picks_of_arms((5, 5), 0, True)
    assert one is other


def test_an_interval_of_units_is_the_expanded_percentile_of_their_resampled_means():
    x = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    told = estimate([x], lambda arm: arm.mean(axis=-1), 3)
    means = x[np.random.default_rng(3).integers(6, size=(RESAMPLES, 6))].mean(axis=1)
    # Student's 2.571 of five degrees of freedom times (6/5)^0.5 is 2.816 deviations of a normal: 0.243 % on each side
    assert (told.low, told.high) == pytest.approx(tuple(np.quantile(means, [0.00243, 0.99757])), abs=0.2)


def test_blocks_cover_every_row_once_and_nothing_is_one_empty_block():
    assert [(each.start, each.stop) for each in blocks(5, bootstrap.CELLS // 2)] == [(0, 2), (2, 4), (4, 5)]
    assert [(each.start, each.stop) for each in blocks(0, 7)] == [(0, 0)]


def test_drawing_in_blocks_draws_the_same(monkeypatch):
    whole = [arm.copy() for arm in picks((7, 300), 5)]
    picks.cache_clear()
    monkeypatch.setattr(bootstrap, "CELLS", 7 * 1_000)
    assert all((a == b).all() for a, b in zip(whole, picks((7, 300), 5), strict=True))
    picks.cache_clear()
    assert whole[0].dtype == np.uint8


def test_an_end_on_zero_is_zero_whatever_rounding_makes_of_it():
    resampled = np.full(RESAMPLES, -(0.1 + 0.2 - 0.3) * 1e5)  # −5.6e-12, where numbers are exact 0
    resampled[: RESAMPLES // 2] = -25_000.0
    one = interval(-12_500.0, resampled, (7,))
    assert (one.value, one.low, one.high) == (-12_500.0, -25_000.0, 0.0)
    assert interval(-5e-12, resampled, (7,)).value == 0.0
    small = interval(1e-12, np.array([1e-12, 2e-12] * 50), (7,))
    assert (small.low, small.high) == (1e-12, 2e-12), "of what is small as a whole nothing is noise"
    unbounded = interval(3.0, np.array([1.0, np.inf] * 50), (7,))
    assert (unbounded.low, unbounded.high) == (1.0, None)
