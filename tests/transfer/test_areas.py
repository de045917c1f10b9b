"""Areas that can be worked by hand, and SciPy's."""

import numpy as np
import pytest
from scipy import integrate

from heredity.transfer.areas import gains, mean_over, means_over


def curve(steps, returns):
    return np.array(steps, float), np.array(returns, float)


def test_a_peak_between_two_steps_is_counted_however_narrow_it_is():
    assert mean_over(curve([0, 10, 11, 12, 10_000], [0, 0, 1, 0, 0]), 0, 10_000) == pytest.approx(1e-4)


def test_a_curve_is_flat_beyond_its_ends():
    assert mean_over(curve([0, 50], [0, 1]), 0, 100) == pytest.approx(0.75)
    assert mean_over(curve([0, 50], [0, 1]), 90, 100) == 1


def test_a_capped_curve_is_cut_where_it_crosses_the_cap():
    # from 0 to 2 over 100 steps: half a triangle up to 50, then flat at 1
    assert mean_over(curve([0, 100], [0, 2]), 0, 100, cap=1) == pytest.approx(0.75)
    assert mean_over(curve([0, 100, 200], [0, 2, 0]), 0, 200, cap=1) == pytest.approx(0.75)


def test_areas_are_scipys():
    rng = np.random.default_rng(0)
    steps, returns = np.cumsum(rng.integers(1, 99, 40)), rng.normal(0, 1, 40)
    fine = np.linspace(steps[3], steps[20], 1_000_001)
    capped = integrate.trapezoid(np.minimum(np.interp(fine, steps, returns), 0.3), fine)
    span = steps[20] - steps[3]
    assert mean_over((steps, returns), steps[3], steps[20], 0.3) == pytest.approx(capped / span, abs=1e-8)
    assert means_over({"m00": (steps, returns)}, steps[0], steps[-1]) == pytest.approx(
        integrate.trapezoid(returns, steps) / (steps[-1] - steps[0])
    )


def test_a_run_gains_nothing_before_its_ancestors_are_done():
    rising = {"m00": curve([0, 100], [0, 1]), "m01": curve([0, 100], [0, 1]), "m02": curve([0, 100], [0, 1])}
    # begun at 50 a line stands at 0.5 by 100: 0.25 on average over half of the span
    assert gains(rising, (0, 50, 100), 100, 0.0, np.inf) == pytest.approx([0.5, 0.125, 0])
    assert gains(rising, (0, 50, 200), 100, -1.0, np.inf) == pytest.approx([1.5, 0.625, 0])
