"""Heritability where the answer is known: copies, fresh weights, a population of given slope."""

import numpy as np
import pytest

from heredity.errors import CurveError
from heredity.transfer.heritability import FRESH_WEIGHTS, RANDOM_MEMBERS, Baseline, heritability

EPISODES = 100
ABILITY = {f"m{index:02d}": ability for index, ability in enumerate((40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0))}
PARENTS = {f"m{index:02d}": (f"m{7 - index % 4:02d}",) for index in range(8)}
"""The four best of eight have two children each."""


def played(ability, rng, episodes=EPISODES):
    return ability + 10 * rng.standard_normal(episodes)


def seen(abilities, rng, episodes=20):
    return {name: float(np.mean(played(ability, rng, episodes))) for name, ability in abilities.items()}


def study(seed, inherit, baseline=True):
    """Return the heritability where a child of parents of ability a has the ability inherit(a)."""
    rng = np.random.default_rng(seed)
    members = {name: played(ability, rng) for name, ability in ABILITY.items()}
    children = {child: inherit(np.mean([ABILITY[name] for name in names])) for child, names in PARENTS.items()}
    others = {name: inherit(ability) for name, ability in ABILITY.items()}
    base = Baseline(RANDOM_MEMBERS, None, list(seen(others, rng).values()), list(seen(others, rng).values()))
    return heritability(
        members, PARENTS, seen(children, rng), seen(children, rng), baseline=base if baseline else None, seed=seed
    )


def covers(estimate, value):
    return estimate.low <= value <= estimate.high


STUDIES = 40


def covered(told, value):
    return sum(covers(estimate, value) for estimate in told)


def test_copies_on_the_same_task_have_heritability_one():
    told = [study(seed, lambda ability: ability) for seed in range(STUDIES)]
    realised, slopes = ([getattr(one.zero_shot, name) for one in told] for name in ("realised", "regression"))
    assert np.mean([one.value for one in realised]) == pytest.approx(1, abs=0.1)
    assert np.mean([one.corrected.value for one in slopes]) == pytest.approx(1, abs=0.1)
    assert covered(realised, 1) >= 35
    assert covered([one.corrected for one in slopes], 1) >= 35
    assert covered([one.corrected for one in slopes], 0) < 15
    assert told[0].baseline == "children of random members"
    assert told[0].selection.value == pytest.approx(10, abs=2)  # (60 + 65 + 70 + 75) / 4 - (40 + 75) / 2


def test_fresh_weights_have_heritability_zero():
    told = [study(seed, lambda _: 20.0) for seed in range(STUDIES)]
    assert np.mean([one.zero_shot.realised.value for one in told]) == pytest.approx(0, abs=0.1)
    assert covered([one.zero_shot.realised for one in told], 0) >= 35
    assert covered([one.zero_shot.realised for one in told], 1) == 0
    assert covered([one.zero_shot.regression.corrected for one in told], 0) >= 35


def test_with_fresh_weights_as_baseline_the_lead_over_them_is_what_is_inherited():
    members = {name: [ability, ability] for name, ability in ABILITY.items()}
    children = {child: ABILITY[names[0]] for child, names in PARENTS.items()}
    fresh = Baseline(FRESH_WEIGHTS, [10.0, 10.0], [10.0, 10.0], [70.0, 70.0])
    told = heritability(members, PARENTS, children, children, baseline=fresh)
    # parents 67.5, members 57.5, fresh weights 10
    assert (told.selection.value, told.superiority.value) == (10.0, 57.5)
    assert told.zero_shot.realised.value == pytest.approx(1.0)
    assert told.trained.response.value == pytest.approx(-2.5)
    unmeasured = Baseline(FRESH_WEIGHTS, None, [10.0, 10.0], [70.0, 70.0])
    told = heritability(members, PARENTS, children, children, baseline=unmeasured)
    assert (told.superiority, told.zero_shot.realised) == (None, None)
    assert told.zero_shot.response.value == pytest.approx(57.5)
    assert told.notes == ("nobody measured the baseline on the parents' task: no h² by R / S",)


def test_without_a_baseline_there_is_a_regression_and_no_response():
    told = study(0, lambda ability: ability, baseline=False)
    assert (told.baseline, told.superiority, told.zero_shot.response, told.zero_shot.realised) == (None,) * 4
    assert told.zero_shot.regression.families == 4


def test_the_slope_and_its_correction_are_worked_by_hand():
    # parents 0, 10, 20 with standard error 2 (episodes a mean ± 2): variance 100, of which 4 is noise
    members = {name: [mean - 2, mean + 2] for name, mean in (("a", 0), ("b", 10), ("c", 20))}
    parents = {"x": ("a",), "y": ("b",), "z": ("c",), "w": ("c",)}
    children = {"x": 1.0, "y": 4.0, "z": 12.0, "w": 10.0}
    line = heritability(members, parents, children, children).trained.regression
    assert line.slope.value == pytest.approx(0.5)  # families 1, 4, 11
    assert line.intercept == pytest.approx(1 / 3)
    assert line.reliability == pytest.approx(0.96)
    assert line.corrected.value == pytest.approx(0.5 / 0.96)
    # residuals 2/3, -4/3, 2/3: squares add up to 8/3, one degree of freedom, squares of parents to 200
    assert line.slope.high - line.slope.value == pytest.approx(12.706 * (8 / 3 / 200) ** 0.5, rel=1e-3)
    assert (line.families, line.slope.n) == (3, 4)


def test_parents_that_differ_by_noise_alone_give_no_corrected_slope():
    members = {"a": [0.0, 10.0], "b": [1.0, 11.0]}
    line = heritability(members, {"x": ("a",), "y": ("b",)}, {"x": 1, "y": 2}, {"x": 1, "y": 2}).trained.regression
    assert (line.reliability, line.corrected, line.slope.value) == (0.0, None, 1.0)
    assert (line.slope.low, line.slope.high) == (None, None)  # two families


def test_children_and_baseline_are_resampled_by_their_units():
    members = {name: [ability, ability] for name, ability in ABILITY.items()}
    children = dict(zip(PARENTS, (80, 60, 50, 50, 50, 50, 50, 30), strict=True))
    units = {child: "one" if child < "m06" else "two" for child in PARENTS}
    base = Baseline(RANDOM_MEMBERS, None, [10.0, 20.0, 30.0], [10.0, 20.0, 30.0], ["one", "one", "two"])
    told = heritability(members, PARENTS, children, children, baseline=base, units=units).trained.response
    # (340 / 6 + 40) / 2 against (15 + 30) / 2
    assert told.value == pytest.approx((340 / 6 + 40) / 2 - 22.5)
    assert told.n == 4
    assert (told.low, told.high) == pytest.approx((40 - 30, 340 / 6 - 15))  # both units of an arm, or one of them twice
    alone = heritability(members, PARENTS, children, children, baseline=base, units=dict.fromkeys(PARENTS, "one"))
    assert (alone.trained.response.low, alone.trained.realised.low) == (None, None)
    assert alone.superiority.low is not None
    with pytest.raises(CurveError, match="child m01: expected the unit that it belongs to in units, got none"):
        heritability(members, PARENTS, children, children, units={"m00": "one"})


def test_one_family_has_no_slope():
    members = {"a": [0.0, 10.0], "b": [1.0, 11.0]}
    assert heritability(members, {"x": "a", "y": "a"}, {"x": 1, "y": 2}, {"x": 1, "y": 2}).trained.regression is None


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
