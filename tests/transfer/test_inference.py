"""From members to units: which data are tested, and what is said of it."""

from dataclasses import replace

import numpy as np
import pytest

from heredity.transfer.inference import MEMBERS, Design, Inference
from heredity.transfer.units import units_of


def arm(label, lineages, members):
    owners = {f"l{lineage}/m{member}": f"l{lineage}" for lineage in range(lineages) for member in range(members)}
    return units_of(label, [*owners], owners)


UNITS = arm("inherited", 4, 2), arm("control", 4, 8)
HEIRS = np.repeat([10.0, 20.0, 30.0, 40.0], 2) + np.tile([-1.0, 1.0], 4)
CONTROLS = np.repeat([1.0, 2.0, 3.0, 4.0], 8) + np.tile(np.arange(8) - 3.5, 4) / 100
LINEAGES = Inference(UNITS, design=Design("lineages"))


def test_the_units_means_are_tested():
    told = LINEAGES.test((HEIRS, CONTROLS))
    assert LINEAGES.tested((HEIRS, CONTROLS))[0].tolist() == [10, 20, 30, 40]
    assert told.p == pytest.approx(2 / 70)  # eight lineages, of which the four largest are the heirs'
    assert (told.n, told.method) == (8, "unpaired, exact")
    assert told.statement == "p = 0.029 (unpaired, exact, 4 + 4 lineages)"


def test_one_seeded_member_of_each_is_tested_and_estimates_stay_of_means():
    single = replace(LINEAGES, design=Design("lineages", one_of_each=True))
    heirs, controls = single.tested((HEIRS, CONTROLS))
    assert np.abs(heirs - [10, 20, 30, 40]).tolist() == [1, 1, 1, 1]
    assert set(np.round(controls - [1, 2, 3, 4], 3)) <= set(np.round((np.arange(8) - 3.5) / 100, 3))
    assert single.test((HEIRS, CONTROLS)).method == "unpaired, exact, one seeded member per lineage and arm"
    assert single.difference((HEIRS, CONTROLS)) == LINEAGES.difference((HEIRS, CONTROLS))
    drawn = {tuple(replace(single, seed=seed).tested((HEIRS, CONTROLS))[0]) for seed in range(20)}
    assert len(drawn) > 5


def test_at_most_so_many_controls_are_tested():
    thinned = replace(LINEAGES, design=Design("lineages", most_controls=4))
    heirs, controls = thinned.tested((HEIRS, CONTROLS))
    assert heirs.tolist() == [10, 20, 30, 40]
    assert (np.abs(controls - [1, 2, 3, 4]) <= 0.02).all()  # the mean of four of -0.035, -0.025, … 0.035
    assert np.abs(controls - [1, 2, 3, 4]).max() > 0.001
    assert thinned.test((HEIRS, CONTROLS)).method == "unpaired, exact, at most 4 seeded controls per lineage"
    assert (
        replace(LINEAGES, design=Design("lineages", most_controls=8)).test((HEIRS, CONTROLS)).method.endswith("exact")
    )


@pytest.mark.parametrize(
    ("parents", "single", "controls"), [(1, True, None), (2, True, None), (3, False, 4), (8, False, 10)]
)
def test_of_how_few_parents_means_are_not_alike(parents, single, controls):
    design = Design.of_lineages(parents, "area")
    assert (design.unit, design.outcome) == ("lineages", "area")
    assert (design.one_of_each, design.most_controls) == (single, controls)


def test_what_is_not_tested_says_why():
    told = replace(LINEAGES, design=Design("parents", untested="one lineage: nothing is tested")).test(
        (HEIRS, CONTROLS)
    )
    assert (told.p, told.statement) == (None, "one lineage: nothing is tested")
    unmeasured = LINEAGES.test((HEIRS, CONTROLS), "nobody measured it")
    assert (unmeasured.p, unmeasured.statement) == (None, "nobody measured it")


def test_pairs_of_lineages_are_told_apart_by_their_signs():
    units = arm("inherited", 6, 2), arm("control", 6, 8)
    heirs, controls = np.repeat(np.arange(6.0), 2) + 0.5, np.repeat(np.arange(6.0), 8)
    paired = Inference(units, paired=True, design=Design("lineages"))
    told = paired.test((heirs, controls))
    assert (told.p, told.n, told.method) == (2 / 64, 6, "paired, exact")
    gain = paired.difference((heirs, controls))
    assert (gain.low, gain.value, gain.high, gain.n) == pytest.approx((0.5, 0.5, 0.5, 6))


def test_members_are_units_where_nothing_is_said():
    assert (MEMBERS.unit, MEMBERS.outcome, MEMBERS.one_of_each, MEMBERS.most_controls) == (
        "members",
        "steps",
        False,
        None,
    )
