"""Permutation tests against a published table, against counting, and Holm's example."""

import math

import numpy as np
import pytest
from scipy import stats

from heredity.transfer.permutation import _sums_of_bytes, holm, lineages_needed, permutation_test

DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Crossed less self-fertilised maize, eighths of an inch (Darwin 1876; Fisher, The Design of Experiments, 1935)."""


def test_darwins_maize_gives_fishers_p_value():
    # Fisher counts 863 of 2^15 sign patterns at least as great, on either side: 1726 / 32768 = 0.0527
    x = np.array(DARWIN, float)
    told = permutation_test(x, np.zeros(15), seed=0, paired=True)
    assert told.p == pytest.approx(2 * 863 / 2**15)
    assert told.method == "paired, exact"


def test_two_arms_of_four_that_do_not_overlap_have_the_smallest_p_there_is():
    # 4 of 8 can be chosen in 70 ways
    told = permutation_test(np.array([5.0, 6, 7, 8]), np.array([1.0, 2, 3, 4]), seed=0, paired=False)
    assert told.p == pytest.approx(2 / 70)
    assert told.smallest_p == told.p


@pytest.mark.parametrize(("runs", "paired", "smallest"), [(5, True, 2 / 32), (3, False, 2 / 20), (1, True, 1.0)])
def test_fewer_runs_than_can_be_resolved_get_no_p_value(runs, paired, smallest):
    told = permutation_test(np.arange(runs) + 9.0, np.arange(runs) + 0.0, seed=0, paired=paired)
    assert (told.p, told.smallest_p) == (None, smallest)
    assert told.statement.startswith("too few runs to test")


def test_many_runs_are_permuted_at_random_by_the_seed():
    x = np.random.default_rng(0).normal(0.3, 1, 40)
    first, again, other = (permutation_test(x, np.zeros(40), seed=seed, paired=True) for seed in (1, 1, 2))
    assert first == again
    assert first.p != other.p
    assert first.p == pytest.approx(other.p, rel=0.2)
    assert first.method == "paired, 100,000 random permutations"


@pytest.mark.parametrize(("runs", "p", "adjusted"), [(8, 2 / 12_870, 0.0011), (5, 2 / 252, 0.0556)])
def test_arms_that_do_not_overlap_are_told_apart_in_each_of_seven_generations(runs, p, adjusted):
    told = permutation_test(np.arange(runs) + 50.0, np.arange(runs) + 0.0, seed=0, paired=False)
    assert (told.p, told.method) == (pytest.approx(p), "unpaired, exact")
    assert holm({str(generation): told.p for generation in range(7)})["6"] == pytest.approx(adjusted, rel=0.02)


@pytest.mark.parametrize(("sizes", "paired"), [((8, 8), True), ((9, 9), True), ((5, 8), False), ((9, 7), False)])
@pytest.mark.parametrize("decimals", [9, 0], ids=["apart", "ties"])
def test_an_exact_p_is_scipys(sizes, paired, decimals):
    rng = np.random.default_rng(sum(sizes))
    x, y = (np.round(rng.normal(mean, 1, size), decimals) for mean, size in zip((0.8, 0), sizes, strict=True))
    scipys = stats.permutation_test(
        (x, y),
        lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
        permutation_type="samples" if paired else "independent",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert permutation_test(x, y, seed=0, paired=paired).p == pytest.approx(min(1, scipys.pvalue))


def test_sixteen_runs_against_sixteen_are_counted_and_not_drawn():
    told = permutation_test(np.arange(16) + 16.0, np.arange(16) + 0.0, seed=0, paired=False)
    assert (told.p, told.method) == (pytest.approx(2 / math.comb(32, 16)), "unpaired, exact")


@pytest.mark.parametrize(("tests", "unpaired", "paired"), [(1, 4, 6), (2, 5, 7), (7, 6, 9), (12, 6, 9), (13, 6, 10)])
def test_how_many_lineages_the_clearest_results_of_several_tests_need(tests, unpaired, paired):
    # 2 / C(8, 4) = 0.029, 2 * 2 / C(10, 5) = 0.016, 13 * 2 / C(12, 6) = 0.028; 12 / 2^8 = 0.047, 13 / 2^8 = 0.051
    assert (lineages_needed(tests), lineages_needed(tests, paired=True)) == (unpaired, paired)
    for pairs, n in ((False, unpaired), (True, paired)):
        arms = [(np.arange(k) + 100.0, np.arange(k) + 0.0) for k in (n - 1, n)]
        clearest = [permutation_test(*each, seed=0, paired=pairs).smallest_p * tests for each in arms]
        assert clearest[1] < 0.05 <= clearest[0]


def test_permutations_at_random_of_arms_of_unequal_size_are_near_the_exact_ones(monkeypatch):
    x, y = (np.random.default_rng(seed).normal(mean, 1, n) for seed, mean, n in ((0, 0.9, 9), (1, 0.0, 12)))
    exact = permutation_test(x, y, seed=0, paired=False).p
    monkeypatch.setattr("heredity.transfer.permutation.MOST_EXACT", 0)
    drawn = permutation_test(x, y, seed=0, paired=False)
    assert drawn.p == pytest.approx(exact, abs=4 * (exact / 1e5) ** 0.5)
    apart = permutation_test(x + 100, y, seed=0, paired=False)
    assert 2 / 100_001 <= apart.p < 20 / 100_001  # the observed one is counted: never 0


def test_equal_arms_do_not_differ():
    assert permutation_test(np.ones(6), np.ones(6), seed=0, paired=True).p == 1


def test_holm_multiplies_by_how_many_are_left_and_never_falls():
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005, "e": None})
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02, "e": None})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


@pytest.mark.parametrize("count", [1, 8, 13, 40])
def test_a_packed_subset_adds_up_to_the_values_that_it_holds(count):
    rng = np.random.default_rng(count)
    values, held = rng.normal(size=count), rng.random((50, count)) < 0.5
    packed, of_bytes = np.packbits(held, axis=1), _sums_of_bytes(values)
    assert of_bytes[packed, np.arange(packed.shape[1])].sum(axis=1) == pytest.approx(held @ values)
