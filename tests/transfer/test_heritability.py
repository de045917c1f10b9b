"""Heritability where the answer is known: copies, fresh weights, nothing that differs inherited, nothing but noise."""

import numpy as np
import pytest

from heredity.errors import CurveError
from heredity.transfer.breeding import FRESH_WEIGHTS, RANDOM_MEMBERS, Baseline
from heredity.transfer.heritability import heritability

EPISODES = 100
ABILITY = {f"m{index:02d}": ability for index, ability in enumerate((40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0))}
PARENTS = {f"m{index:02d}": (f"m{7 - index % 4:02d}",) for index in range(8)}
"""The four best of eight have two children each."""

STEADY = {name: [ability, ability] for name, ability in ABILITY.items()}


def played(ability, rng, episodes=EPISODES):
    return ability + 10 * rng.standard_normal(episodes)


def means(abilities, rng, episodes=20):
    return {name: float(np.mean(played(ability, rng, episodes))) for name, ability in abilities.items()}


def study(seed, inherit, baseline=True):
    """Return the heritability where a child of parents of ability a has the ability inherit(a)."""
    rng = np.random.default_rng(seed)
    members, confirmed = ({name: played(ability, rng) for name, ability in ABILITY.items()} for _ in range(2))
    children = {child: inherit(np.mean([ABILITY[name] for name in names])) for child, names in PARENTS.items()}
    others = {name: inherit(ability) for name, ability in ABILITY.items()}
    base = Baseline(RANDOM_MEMBERS, None, means(others, rng), means(others, rng)) if baseline else None
    return heritability(
        members, PARENTS, means(children, rng), means(children, rng), confirmed=confirmed, baseline=base
    )


def eight_of(rng, spread, slope, noise=2.0):
    """Return what eight members and their children did, where the gate's own episodes chose the parents.

    Abilities are N(50, spread), an episode's noise is 10; children have 50 + slope · (ability − 50) ± noise.
    """
    ability = dict(zip(ABILITY, rng.normal(50, spread, 8), strict=True))
    members, confirmed = ({name: played(value, rng) for name, value in ability.items()} for _ in range(2))
    best = sorted(members, key=lambda name: -members[name].mean())[:4]

    def children(parents):
        return {
            child: 50 + slope * (ability[name] - 50) + noise * rng.standard_normal() for child, name in parents.items()
        }

    parents = {child: best[index % 4] for index, child in enumerate(ABILITY)}
    return (
        members,
        confirmed,
        {child: (name,) for child, name in parents.items()},
        children(parents),
        children(dict(zip(ABILITY, ABILITY, strict=True))),
    )


def covers(estimate, value):
    return estimate.low <= value <= estimate.high


STUDIES = 40


def covered(estimates, value):
    return sum(covers(estimate, value) for estimate in estimates)


def test_copies_on_the_same_task_have_heritability_one():
    studies = [study(seed, lambda ability: ability) for seed in range(STUDIES)]
    realised, slopes = ([getattr(one.zero_shot, name) for one in studies] for name in ("realised", "regression"))
    assert np.mean([one.value for one in realised]) == pytest.approx(1, abs=0.1)
    assert np.mean([one.corrected.value for one in slopes]) == pytest.approx(1, abs=0.1)
    assert covered(realised, 1) >= 35
    assert covered([one.corrected for one in slopes], 1) >= 35
    assert covered([one.corrected for one in slopes], 0) < 15
    assert studies[0].baseline == "children of random members"
    # parents (60 + 65 + 70 + 75) / 4, members (40 + 75) / 2; noise of 10 over 100 episodes of four, and of eight
    assert np.mean([one.selection.value for one in studies]) == pytest.approx(10, abs=0.3)
    assert 35 <= covered([one.selection for one in studies], 10) < 40
    assert np.mean([one.selection.high - one.selection.low for one in studies]) == pytest.approx(2.4, abs=0.3)


def test_where_children_are_as_fresh_weights_heritability_is_zero():
    studies = [study(seed, lambda _: 20.0) for seed in range(STUDIES)]
    assert np.mean([one.zero_shot.realised.value for one in studies]) == pytest.approx(0, abs=0.1)
    assert covered([one.zero_shot.realised for one in studies], 0) >= 35
    assert covered([one.zero_shot.realised for one in studies], 1) == 0
    assert covered([one.zero_shot.regression.corrected for one in studies], 0) >= 35


@pytest.mark.parametrize("seed", range(8))
def test_against_fresh_weights_there_is_no_heritability_where_nothing_that_differs_is_inherited(seed):
    """Fault 8: members N(50, 3), children all 50 ± 2, fresh 0 ± 2."""
    rng = np.random.default_rng(seed)
    members, confirmed, parents, children, _ = eight_of(rng, 3, slope=0)
    fresh = [list(2 * rng.standard_normal(8)) for _ in range(3)]
    against_fresh = heritability(
        members, parents, children, children, confirmed=confirmed, baseline=Baseline(FRESH_WEIGHTS, *fresh)
    )
    assert (against_fresh.zero_shot.realised, against_fresh.trained.realised) == (None, None)
    assert against_fresh.zero_shot.lead_kept.value == pytest.approx(0.96, abs=0.08)


def test_with_children_of_random_members_it_is_some_number_whose_interval_holds_zero():
    """Fault 8, where the other arm is there."""
    studies = []
    for seed in range(STUDIES):
        members, confirmed, parents, children, others = eight_of(np.random.default_rng(seed), 3, slope=0)
        base = Baseline(RANDOM_MEMBERS, None, others, others)
        studies.append(heritability(members, parents, children, children, confirmed=confirmed, baseline=base))
    known = [one.zero_shot.realised for one in studies if one.zero_shot.realised]
    assert len(known) > STUDIES / 2
    assert covered(known, 0) >= 0.9 * len(known)
    assert 0.1 < np.median([abs(one.value) for one in known]) < 0.8
    assert all(one.zero_shot.lead_kept is None and one.lead is None for one in studies)


def test_where_the_spread_of_means_is_all_noise_there_is_no_s_no_quotient_and_no_slope():
    """Fault 9: a true slope of 1, and members that differ by noise alone."""
    studies = []
    for seed in range(200):
        members, confirmed, parents, children, others = eight_of(np.random.default_rng(seed), 0, slope=1)
        base = Baseline(RANDOM_MEMBERS, None, others, others)
        studies.append(heritability(members, parents, children, children, confirmed=confirmed, baseline=base))
    assert covered([one.selection for one in studies], 0) >= 185
    assert np.mean([one.selection.value for one in studies]) == pytest.approx(0, abs=0.1)  # 0.8 on the gate's own
    assert sum(one.zero_shot.realised is not None for one in studies) <= 10
    assert sum(one.zero_shot.regression is not None for one in studies) <= 16
    quiet = next(one for one in studies if one.zero_shot.regression is None and one.zero_shot.realised is None)
    assert quiet.notes[0] == "no R / S, because S is not clearly above 0"
    assert quiet.notes[1].startswith(
        "no slope, because the parents' returns do not differ by more than their noise (F test, p = 0."
    )


def test_where_half_of_the_spread_is_noise_the_quotient_is_not_halved():
    """Fault 9 on the gate's own episodes: 0.45 for a true slope of 1."""
    biased, right = [], []
    for seed in range(100):
        members, confirmed, parents, children, others = eight_of(np.random.default_rng(seed), 1, slope=1, noise=0.1)
        base = Baseline(RANDOM_MEMBERS, None, others, others)
        for chosen, pairs in ((members, biased), (confirmed, right)):
            one = heritability(members, parents, children, children, confirmed=chosen, baseline=base)
            pairs.append((one.trained.response.value, one.selection.value))
    (r, s), (same_r, gates) = np.mean(right, axis=0), np.mean(biased, axis=0)
    assert same_r == r
    assert r / gates == pytest.approx(0.5, abs=0.1)
    assert r / s == pytest.approx(1, abs=0.15)


def test_with_fresh_weights_as_baseline_the_share_of_the_lead_over_them_is_what_is_kept():
    children = {child: ABILITY[names[0]] for child, names in PARENTS.items()}
    fresh = Baseline(FRESH_WEIGHTS, [10.0, 10.0], [10.0, 10.0], [70.0, 70.0])
    one = heritability(STEADY, PARENTS, children, children, confirmed=STEADY, baseline=fresh)
    # parents 67.5, members 57.5, fresh weights 10
    assert (one.selection.value, one.lead.value) == (10.0, 57.5)
    assert one.zero_shot.lead_kept.value == pytest.approx(1.0)
    assert one.trained.response.value == pytest.approx(-2.5)
    unmeasured = Baseline(FRESH_WEIGHTS, None, [10.0, 10.0], [70.0, 70.0])
    one = heritability(STEADY, PARENTS, children, children, confirmed=STEADY, baseline=unmeasured)
    assert (one.lead, one.zero_shot.lead_kept) == (None, None)
    assert one.zero_shot.response.value == pytest.approx(57.5)
    assert one.notes == ("no lead over fresh weights, because nobody measured these on the parents' task",)


def test_there_is_no_lead_over_random_members_whatever_these_return_on_their_parents_task():
    children = {child: ABILITY[names[0]] for child, names in PARENTS.items()}
    measured = Baseline(RANDOM_MEMBERS, [10.0, 20.0], [10.0, 20.0], [10.0, 20.0])
    assert heritability(STEADY, PARENTS, children, children, confirmed=STEADY, baseline=measured).lead is None


def test_without_a_baseline_there_are_s_and_a_regression_and_no_response():
    one = study(0, lambda ability: ability, baseline=False)
    assert (one.baseline, one.lead, one.zero_shot.response, one.zero_shot.realised) == (None,) * 4
    assert one.selection.value == pytest.approx(10, abs=2)
    assert one.zero_shot.regression.families == 4


def test_a_parent_that_was_not_seen_on_other_episodes_leaves_no_s():
    children = {child: ABILITY[names[0]] for child, names in PARENTS.items()}
    partly = {name: returns for name, returns in STEADY.items() if name != "m04"}
    for kind, fresh in ((RANDOM_MEMBERS, None), (FRESH_WEIGHTS, [10.0, 10.0])):
        base = Baseline(kind, fresh, [10.0, 20.0], [10.0, 20.0])
        for confirmed in (partly, None):
            one = heritability(STEADY, PARENTS, children, children, confirmed=confirmed, baseline=base)
            assert (one.selection, one.lead, one.zero_shot.realised, one.zero_shot.lead_kept) == (None,) * 4
            assert one.zero_shot.response.value == pytest.approx(67.5 - 15)
            assert one.notes == ("no S, because not all parents were seen on episodes that did not choose them",)


def test_slopes_are_of_the_episodes_that_did_not_choose_the_parents_where_all_have_some():
    members = {"a": [1.0, 3.0], "b": [101.0, 103.0]}
    confirmed = {"a": [11.0, 13.0], "b": [61.0, 63.0]}
    parents, children = {"x": ("a",), "y": ("b",)}, {"x": 0.0, "y": 25.0}
    one = heritability(members, parents, children, children, confirmed=confirmed)
    assert one.trained.regression.slope.value == pytest.approx(0.5)
    one = heritability(members, parents, children, children, confirmed={"a": confirmed["a"]})
    assert one.trained.regression.slope.value == pytest.approx(0.25)


def test_between_scales_of_return_there_is_no_quotient():
    children = {child: ABILITY[names[0]] for child, names in PARENTS.items()}
    for kind, fresh in ((RANDOM_MEMBERS, None), (FRESH_WEIGHTS, [10.0, 10.0])):
        base = Baseline(kind, fresh, [10.0, 20.0], [10.0, 20.0])
        one = heritability(STEADY, PARENTS, children, children, confirmed=STEADY, baseline=base, one_scale=False)
        assert (one.zero_shot.realised, one.zero_shot.lead_kept) == (None, None)
        assert one.selection.value == 10.0
        assert one.notes == (
            "no R / S, because returns of the parents' task and the children's are not known to have the same ends",
        )


LINEAGES = {
    "l00/a": [10.0, 10.0], "l00/b": [20.0, 20.0],
    "l01/a": [100.0, 100.0], "l01/b": [130.0, 130.0],
    "l02/a": [0.0, 0.0], "l02/b": [22.0, 22.0], "l02/c": [0.0, 0.0],
}  # fmt: skip


def test_lineages_are_compared_each_with_itself_and_are_what_is_counted():
    parents = {"l00/x": ("l00/b",), "l00/y": ("l00/b",), "l01/x": ("l01/b",), "l02/x": ("l02/b",)}
    children = {"l00/x": 7.0, "l00/y": 9.0, "l01/x": 52.0, "l02/x": 35.0}
    others = {"l00/x": 4.0, "l01/x": 42.0, "l01/y": 44.0, "l02/x": 28.0}
    base = Baseline(RANDOM_MEMBERS, None, others, others)
    one = heritability(LINEAGES, parents, children, children, confirmed=LINEAGES, baseline=base)
    strangers = {"l00/z": 1000.0, "l02/z": -1000.0}  # immigrants, who are nobody's children
    assert one == heritability(
        LINEAGES, parents, children | strangers, children | strangers, confirmed=LINEAGES, baseline=base
    )
    # S: 20 − 15, 130 − 115, 22 − 22/3; R: 8 − 4, 52 − 43, 35 − 28
    differences = np.array([5, 15, 44 / 3])
    reach = 4.302653 * differences.std(ddof=1) / 3**0.5
    assert one.selection.value == pytest.approx(differences.mean())
    assert (one.selection.low, one.selection.high) == pytest.approx(
        (differences.mean() - reach, differences.mean() + reach), rel=1e-5
    )
    assert one.zero_shot.response.value == pytest.approx(20 / 3)
    assert (one.selection.n, one.zero_shot.response.n, one.unit) == (3, 3, "lineages")
    assert one.zero_shot.realised is None  # three lineages leave S unclear
    assert one.notes[0] == "no R / S, because S is not clearly above 0"


def test_over_lineages_both_sides_of_the_quotient_vary_together():
    parents = {f"l0{place}/x": (f"l0{place}/b",) for place in range(6)}
    members = {f"l0{place}/a": [0.0, 0.0] for place in range(6)} | {f"l0{p}/b": [20.0 + p, 20.0 + p] for p in range(6)}
    others = dict.fromkeys(parents, 1.0)  # in every lineage R is half of S, which is (20 + p) / 2
    children = {child: 1 + members[couple[0]][0] / 4 for child, couple in parents.items()}
    base = Baseline(RANDOM_MEMBERS, None, others, others)
    one = heritability(members, parents, children, children, confirmed=members, baseline=base)
    share = one.trained.realised
    assert (share.low, share.value, share.high) == pytest.approx((0.5, 0.5, 0.5))
    assert one.notes == ()  # each lineage has one family, for which nobody looks for a slope


def test_a_lineage_without_children_or_without_others_is_left_out():
    parents = {"l00/x": ("l00/b",), "l01/x": ("l01/b",)}
    children = {"l00/x": 8.0, "l01/x": 52.0}
    both = Baseline(RANDOM_MEMBERS, None, {"l00/x": 4.0, "l02/x": 28.0}, {"l00/x": 4.0, "l02/x": 28.0})
    one = heritability(LINEAGES, parents, children, children, confirmed=LINEAGES, baseline=both)
    assert (one.selection.value, one.zero_shot.response.value) == (5.0, 4.0)
    assert (one.selection.low, one.zero_shot.response.low, one.zero_shot.realised) == (None, None, None)
    neither = Baseline(RANDOM_MEMBERS, None, {"l02/x": 28.0, "l02/y": 1.0}, {"l02/x": 28.0, "l02/y": 1.0})
    one = heritability(LINEAGES, parents, children, children, confirmed=LINEAGES, baseline=neither)
    assert (one.selection, one.zero_shot.response) == (None, None)
    assert one.notes[0] == "no R, because no lineage has both children and children of random members"


def lineages(seed, slope, count=6):
    """Return a study of several lineages, which differ by as much as members do."""
    rng = np.random.default_rng(seed)
    members, confirmed, parents, children, others = {}, {}, {}, {}, {}
    for lineage in (f"l{index:02d}/" for index in range(count)):
        shift = 20 * rng.standard_normal()
        parts = eight_of(rng, 4, slope)
        for whole, part in zip((members, confirmed), parts[:2], strict=True):
            whole |= {lineage + name: returns + shift for name, returns in part.items()}
        parents |= {lineage + child: (lineage + couple[0],) for child, couple in parts[2].items()}
        for whole, part in zip((children, others), parts[3:], strict=True):
            whole |= {lineage + name: value + shift for name, value in part.items()}
    base = Baseline(RANDOM_MEMBERS, None, others, others)
    return heritability(members, parents, children, children, confirmed=confirmed, baseline=base)


def test_over_lineages_intervals_hold_whatever_the_lineages_differ_by():
    for slope in (0.0, 0.5):
        studies = [lineages(seed, slope) for seed in range(STUDIES)]
        quotients = [one.trained.realised for one in studies if one.trained.realised]
        assert len(quotients) == STUDIES
        assert covered(quotients, slope) >= 35
        slopes = [one.trained.regression.corrected for one in studies if one.trained.regression]
        assert covered(slopes, slope) >= 0.875 * len(slopes)


def test_what_one_episode_is_like_moves_all_who_play_it():
    """Equal members on common seeds, which are others in the confirmation: S is 0, and all of its noise is shared."""
    held, children = 0, dict.fromkeys(PARENTS, 0.0)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        members, confirmed = (
            {name: episodes + 0.1 * rng.standard_normal(50) for name in ABILITY}
            for episodes in 10 * rng.standard_normal((2, 50))
        )
        one = heritability(members, PARENTS, children, children, confirmed=confirmed)
        held += covers(one.selection, 0)
    assert held == pytest.approx(190, abs=9)


def test_members_of_unequal_numbers_of_episodes_vary_each_by_itself():
    unequal = {name: returns * (2 + place) for place, (name, returns) in enumerate(sorted(STEADY.items()))}
    noisy = {name: [value + (-1) ** place for place, value in enumerate(returns)] for name, returns in unequal.items()}
    children = dict.fromkeys(PARENTS, 0.0)
    one = heritability(noisy, PARENTS, children, children, confirmed=noisy)
    variance = {name: np.var(returns, ddof=1) / len(returns) for name, returns in noisy.items()}
    parents = sum(variance[name] for name in ("m04", "m05", "m06", "m07")) / 16
    error = (parents + sum(variance.values()) / 64) ** 0.5
    assert one.selection.value == pytest.approx(10)
    assert 1.96 * error < one.selection.high - 10 < 2.05 * error


@pytest.mark.parametrize(
    ("members", "parents", "message"),
    [
        ({"a": [1.0, 2.0]}, {"x": "a"}, "expected at least 2 children, got 1"),
        ({"a": [1.0]}, {"x": "a", "y": "a"}, "parent a: expected at least 2 finite episode returns"),
        ({"a": [1.0, 2.0]}, {"x": "a", "y": "b"}, "child y: expected the returns of b, got none"),
        ({"a": [1.0, 2.0]}, {"x": "a", "z": "a"}, "child z: expected a finite fitness, got None"),
    ],
)
def test_what_cannot_be_estimated_is_refused(members, parents, message):
    with pytest.raises(CurveError, match=message):
        heritability(members, parents, {"x": 1.0, "y": 2.0}, {"x": 1.0, "y": 2.0})


def test_confirming_episodes_that_cannot_be_measured_are_refused():
    with pytest.raises(CurveError, match=r"parent a: expected at least 2 finite episode returns, got \[nan, 1\.0\]"):
        heritability(
            {"a": [1.0, 2.0]}, {"x": "a", "y": "a"}, {"x": 1.0, "y": 2.0}, {"x": 1.0, "y": 2.0},
            confirmed={"a": [float("nan"), 1.0]},
        )  # fmt: skip
