"""Bins of round limits, and the ends of a ranking."""

from itertools import pairwise

import numpy as np
import pytest

from heredity.report.spread import bins, first_and_last

SPREADS = {
    "tens": list(np.linspace(3, 87, 50)),
    "negative": list(np.linspace(-1e6, -1e3, 200)),
    "around zero": [-0.3, 0.0, 0.1, 0.1, 0.7],
    "a bin for each": [place + 0.5 for place in range(8)],
    "alike": [0.9] * 5,
    "zeros": [0.0] * 5,
    "alike but for what no width is": [0.0, 5e-324],
    "nearly alike": [1.0, 1.0 + 1e-12],
}


@pytest.mark.parametrize("values", SPREADS.values(), ids=SPREADS)
def test_every_member_is_in_the_one_bin_that_its_number_lies_in(values):
    named = {f"m{place}": value for place, value in enumerate(values)}
    sorted_in = bins(named, 8)
    assert 1 <= len(sorted_in) <= 8
    assert sorted(name for each in sorted_in for name in each.members) == sorted(named)
    for each in sorted_in:
        slack = 1e-9 * max(abs(each.low), abs(each.high))
        assert all(each.low - slack <= named[name] <= each.high + slack for name in each.members)
    for before, after in pairwise(sorted_in):
        assert before.high == after.low


def test_limits_are_round_and_nobody_has_no_bins():
    assert [(each.low, each.high) for each in bins({"a": 3.0, "b": 87.0}, 8)] == [
        *((low, low + 20) for low in range(0, 100, 20))
    ]
    assert bins({}, 8) == []


@pytest.mark.parametrize(("count", "kept"), [(0, ""), (4, "abcd"), (5, "abde"), (9, "abhi")])
def test_the_first_and_the_last_few_are_kept(count, kept):
    assert "".join(first_and_last("abcdefghi"[:count], 2)) == kept
