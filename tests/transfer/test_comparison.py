"""Transfer by curves whose areas and times can be worked by hand."""

import json
import math

import numpy as np
import pytest

from heredity.errors import CurveError
from heredity.transfer import comparison
from heredity.transfer.alignment import Arm
from heredity.transfer.inference import Design


def compare(inherited, control, *, budget, source_steps, control_budget=None, **terms):
    """Compare curves, the control's on the same budget where it has none of its own."""
    own = Arm(inherited, budget, source_steps)
    return comparison.compare(own, Arm(control, budget if control_budget is None else control_budget), **terms)


def line(first, last, end=100):
    return ([0, end], [first, last])


def many(*curves):
    return {f"m{index:02d}": curve for index, curve in enumerate(curves)}


def test_two_straight_lines():
    # inherited from 0.5 to 1, control from 0 to 1, threshold 1: areas 0.75 and 0.5
    transfer = compare(many(line(0.5, 1.0)), many(line(0.0, 1.0)), threshold=1.0, budget=100, source_steps=0)
    assert transfer.jumpstart.value == pytest.approx(0.5)
    assert transfer.area_difference.value == pytest.approx(0.25)
    assert transfer.transfer_ratio.value == pytest.approx(1.5)
    assert transfer.relative_area.value == pytest.approx(0.5)
    assert transfer.forward_transfer.value == pytest.approx(0.5)  # (0.75 - 0.5) / (1 - 0.5)
    assert transfer.asymptotic_gain.value == pytest.approx(0.025)  # mean of 0.5 (1 - t) over the last tenth
    assert transfer.probability_of_improvement.value == 1.0
    assert transfer.jumpstart.low is None
    assert "single run" in transfer.notes[0]


def test_the_ancestors_steps_move_the_inherited_curve():
    # the inherited line begins at 50 with 0 and stands at 0.5 by 100: its area over [0, 100] is 0.125
    transfer = compare(many(line(0.0, 1.0)), many(line(0.0, 1.0)), threshold=1.0, budget=100, source_steps=50)
    assert transfer.forward_transfer.value == pytest.approx(0.0)
    assert transfer.forward_transfer_strong.value == pytest.approx((0.125 - 0.5) / 0.5)


def test_each_member_is_charged_its_own_ancestors():
    arms = many(line(0.0, 1.0), line(0.0, 1.0))
    apart = compare(arms, arms, threshold=1.0, budget=100, source_steps={"m00": 0, "m01": 100})
    assert apart.time_to_threshold_strong.inherited.reached == 1
    assert apart.time_to_threshold_strong.control.reached == 2


def test_the_strong_comparison_runs_to_the_controls_budget():
    steps = ([0, 200], [0.0, 1.0])
    transfer = compare(
        many(line(0.0, 1.0)), many(steps), threshold=1.0, budget=100, source_steps=50, control_budget=200
    )
    assert transfer.time_to_threshold.control.reached == 0  # 200 lies beyond 100
    assert transfer.time_to_threshold_strong.control.median == 200
    assert transfer.time_to_threshold_strong.inherited.median == 150
    assert transfer.time_to_threshold_strong.speed_up.value == pytest.approx(200 / 150)


def test_times_are_censored_and_medians_wait_for_half_of_the_runs():
    reach = [([0, t], [0.0, 1.0]) for t in (10, 30, 50)]
    never = ([0, 100], [0.0, 0.5])
    times = compare(
        many(*reach, never, never), many(*reach, never, never, never, never), threshold=1.0, budget=100, source_steps=0
    ).time_to_threshold
    assert (times.inherited.reached, times.inherited.of, times.inherited.median) == (3, 5, 50.0)
    assert (times.control.reached, times.control.of, times.control.median) == (3, 7, None)
    assert times.speed_up.value is None  # the control's median lies beyond the budget


def test_a_member_that_stops_keeps_its_last_return():
    stopped, full = ([0, 50], [0.0, 1.0]), ([0, 50, 100], [0.0, 1.0, 1.0])
    transfer = compare(many(stopped), many(full), threshold=1.0, budget=100, source_steps=0)
    assert transfer.area_difference.value == pytest.approx(0.0)


def test_negative_is_every_outcome_whose_whole_interval_says_so():
    low, high = [line(0.0, 0.1 + i / 100) for i in range(6)], [([0, 50, 100], [0.0, 0.8, 0.9])] * 6
    worse = compare(many(*low), many(*high), threshold=0.8, budget=100, source_steps=0)
    assert worse.negative == ("area", "asymptote", "time to threshold")
    assert compare(many(*high), many(*low), threshold=0.8, budget=100, source_steps=0).negative == ()
    assert compare(many(*low), many(*low), threshold=0.8, budget=100, source_steps=0).negative == ()


def test_curves_that_cross_are_judged_by_their_times_and_not_by_their_areas():
    early = [([0, 100], [0.65, 0.66 + i / 1000]) for i in range(5)] + [([0, 100], [0.6, 0.8])]
    late = [([0, 50 + i, 100], [0.0, 0.7, 0.75]) for i in range(6)]
    transfer = compare(many(*early), many(*late), threshold=0.7, budget=100, source_steps=0)
    assert transfer.area_difference.low > 0
    assert (transfer.time_to_threshold.inherited.reached, transfer.time_to_threshold.control.reached) == (1, 6)
    # nobody of the first arm is there before the end, all of the second are after 50, 51, … 55 steps
    assert transfer.time_to_threshold.restricted_mean.difference.value == pytest.approx(100 - 52.5)
    assert transfer.test.p == pytest.approx(2 / 924)
    assert transfer.negative == ("time to threshold",)


def test_who_failed_has_not_reached_the_threshold():
    curves = many(*([([0, 20 + i], [0.0, 1.0]) for i in range(6)]))
    whole = comparison.compare(Arm(curves, 100), Arm(curves, 100), threshold=1.0)
    failed = comparison.compare(Arm(curves, 100, failed=("m06", "m07")), Arm(curves, 100), threshold=1.0)
    assert whole.time_to_threshold.restricted_mean.difference.value == 0
    assert (failed.time_to_threshold.inherited.reached, failed.time_to_threshold.inherited.of) == (6, 8)
    assert failed.time_to_threshold.restricted_mean.inherited.value == pytest.approx((6 * 22.5 + 200) / 8)
    assert failed.area_difference == whole.area_difference
    assert failed.test.n == 14


def test_ties_count_half():
    arms = many(line(0.0, 1.0), line(0.0, 1.0))
    improvement = compare(arms, arms, threshold=1.0, budget=100, source_steps=0).probability_of_improvement
    assert improvement.value == 0.5
    assert improvement.low == pytest.approx(1 - improvement.high)


def test_negative_returns_are_normalised_between_random_and_threshold():
    shifted = compare(many(line(-150, -100)), many(line(-200, -100)), threshold=-100, budget=100, source_steps=0)
    assert shifted.forward_transfer.value == pytest.approx(0.5)
    assert shifted.transfer_ratio.value == pytest.approx(1.5)


def test_a_control_that_needs_no_learning_leaves_ratios_undefined():
    transfer = compare(many(line(2, 3)), many(line(2, 3)), threshold=1.0, budget=100, source_steps=0)
    assert transfer.forward_transfer.value is None
    assert "already clears the threshold" in transfer.notes[0]


def test_intervals_contain_the_value_and_the_seed_is_used():
    rng = np.random.default_rng(0)
    inherited = many(*(line(x, 1.0) for x in rng.uniform(0.2, 0.6, 8)))
    control = many(*(line(x, 1.0) for x in rng.uniform(0.0, 0.4, 8)))
    first, again, other = (
        compare(inherited, control, threshold=1.0, budget=100, source_steps=0, seed=seed).jumpstart
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first.value == other.value
    assert (first.low, first.high) != (other.low, other.high)
    assert first.low < first.value < first.high
    spread = math.sqrt(sum(np.var([c[1][0] for c in arm.values()], ddof=1) / 8 for arm in (inherited, control)))
    assert first.high - first.low == pytest.approx(2 * 2.145 * spread, rel=0.05)  # Student's t of 14 degrees of freedom


def test_the_result_is_json():
    transfer = compare(
        many(line(0, 1), line(0, 0)), many(line(0, 1), line(0, 0)), threshold=1.0, budget=100, source_steps=0
    )
    json.dumps(transfer.to_dict(), allow_nan=False)


def test_a_clear_gain_is_tested_and_the_arms_scores_are_told():
    low, high = [line(0.0, 0.1 + i / 100) for i in range(6)], [line(0.0, 0.8 + i / 100) for i in range(6)]
    transfer = compare(many(*high), many(*low), threshold=1.0, budget=100, source_steps=0, paired=True)
    assert transfer.test.p == 1  # nobody reaches the threshold
    soon = many(*[([0, 50, 100], [0.0, 0.8, 0.9])] * 6)
    sooner = compare(soon, many(*low), threshold=0.8, budget=100, source_steps=0, paired=True)
    assert sooner.test.p == pytest.approx(2 / 64)  # all six pairs point one way
    # a run's area is half of its last return: 0.40, 0.405, … 0.425, whose middle four have the mean 0.4125
    assert transfer.interquartile_mean.inherited.value == pytest.approx(0.4125)
    assert transfer.interquartile_mean.difference.value == pytest.approx(0.35)
    assert transfer.optimality_gap.control.value == pytest.approx(1 - 0.0625)
    assert [share.value for share in transfer.performance_profile.inherited] == [1, 1, 1, 1, 5 / 6, 0, 0, 0, 0, 0, 0]


def test_too_few_runs_give_no_p_value_but_say_so():
    arms = [line(0.0, 0.5 + i / 100) for i in range(5)]
    test = compare(many(*arms), many(*arms), threshold=1.0, budget=100, source_steps=0, paired=True).test
    assert test.p is None
    assert test.smallest_p == 2 / 32
    assert test.statement == "too few runs to test: the clearest possible result of 5 pairs has p = 0.062"


def test_all_that_the_study_spent_is_charged_in_equal_shares():
    arms = many(line(0.0, 1.0), line(0.0, 1.0))
    transfer = compare(arms, arms, threshold=1.0, budget=100, source_steps=0, study_steps=60, control_budget=200)
    assert transfer.time_to_threshold_strong.inherited.median == 100
    assert transfer.time_to_threshold_study.inherited.median == 130  # 60 steps shared by two members
    assert transfer.forward_transfer_study.value < transfer.forward_transfer_strong.value
    apart = compare(arms, arms, threshold=1.0, budget=100, source_steps=0)
    assert (apart.forward_transfer_study, apart.time_to_threshold_study) == (None, None)


def test_a_curve_that_ends_early_is_put_on_record_and_censored_where_it_ends():
    short, full, slow = ([0, 40], [0.0, 0.5]), ([0, 60], [0.0, 1.0]), ([0, 90], [0.0, 1.0])
    transfer = compare(many(short, full, slow), many(full), threshold=1.0, budget=100, source_steps=0)
    # at 60 two are at risk, not three: survival is 1/2 from there to 90, and the median the middle
    assert transfer.time_to_threshold.inherited.median == 75
    assert transfer.notes[-1] == (
        "inherited: 1 of 3 curves end below the threshold before 100 steps (m00 at 40): "
        "they keep their last return, and their time to threshold is censored there"
    )
    crowd = compare(many(*[short] * 32, full), many(full), threshold=1.0, budget=100, source_steps=0).notes[-1]
    assert "32 of 33 curves" in crowd and "m07 at 40 and 24 more)" in crowd


def test_an_arm_of_few_runs_is_put_on_record():
    told = compare(many(*[line(0, 1)] * 4), many(*[line(0, 1)] * 9), threshold=1.0, budget=100, source_steps=0)
    assert told.notes == ("an arm has only 4 runs: intervals of so few are too narrow (docs/evidence.md)",)


def test_a_curve_that_is_held_has_no_asymptote_and_its_horizon_is_on_record():
    early, whole = many(*[line(0, 1, 50)] * 5), many(*[line(0, 1)] * 5)
    told = compare(early, whole, threshold=1.0, budget=100, source_steps=30, control_budget=200)
    assert told.asymptotic_gain.value is None
    assert told.horizons == (100, 200)
    assert told.notes == (
        "areas and forward transfer hold for 100 steps, until which 5 of 5 inherited and 0 of 5 control curves keep "
        "their last return",
        "with ancestors' steps charged, areas and forward transfer hold for 200 steps, until which 5 of 5 inherited "
        "and 5 of 5 control curves keep their last return",
    )
    measured = compare(whole, whole, threshold=1.0, budget=100, source_steps=0)
    assert (measured.asymptotic_gain.value, measured.notes) == (0, ())


def test_forward_transfer_has_two_scales():
    # threshold 0.8: a line from 0 to 1 stands above it from 80 on, so capped and scaled its area is (0.32 + 0.16) / 0.8
    transfer = compare(many(line(0.4, 1.0)), many(line(0.0, 1.0)), threshold=0.8, budget=100, source_steps=0)
    assert transfer.forward_transfer_raw.value == pytest.approx((0.7 - 0.5) / 0.5)
    # the other is below 0.8 for two thirds of the way, at 0.6 on average: (0.4 + 0.8 / 3) / 0.8
    assert transfer.forward_transfer.value == pytest.approx((2 / 3 / 0.8 - 0.6) / 0.4)
    beyond = compare(many(line(0.4, 1.1)), many(line(0.0, 1.0)), threshold=0.8, budget=100, source_steps=0)
    assert beyond.forward_transfer_raw is None


def lineages(values, name="l"):
    """Return curves and units: by lineage, its members' steps to the threshold of 1, or None where never."""
    curves, units = {}, {}
    for lineage, members in enumerate(values):
        for member, step in enumerate(members):
            key = f"{name}{lineage}/m{member}"
            curves[key] = ([0, 100], [0.0, 0.5]) if step is None else ([0, step], [0.0, 1.0])
            units[key] = f"{name}{lineage}"
    return curves, units


def lineage_arm(values, **more):
    curves, units = lineages(values)
    return Arm(curves, 100, units=units | more.pop("units", {}), **more)


HEIRS = [(10, 20), (20, 30), (30, 40), (40, None)]
CONTROLS = [(50, 60), (60, 70), (80, None), (None, None)]


def test_a_lineages_datum_is_the_mean_over_its_members():
    told = comparison.compare(lineage_arm(HEIRS), lineage_arm(CONTROLS), threshold=1.0, design=Design("lineages"))
    steps = told.time_to_threshold.restricted_mean
    # 15, 25, 35, 70 against 55, 65, 90, 100
    assert (steps.inherited.value, steps.control.value) == pytest.approx((36.25, 77.5))
    assert (steps.inherited.n, steps.control.n, steps.difference.n) == (4, 4, 8)
    # of 70 ways to choose four of eight three have a sum of at most 145: 15, 25, 35 and 55, 65 or 70
    assert told.test.p == pytest.approx(2 * 3 / 70)
    assert told.test.statement == "p = 0.086 (unpaired, exact, 4 + 4 lineages)"
    assert (told.time_to_threshold.inherited.reached, told.time_to_threshold.inherited.of) == (7, 8)
    # a line to 1 at step s has the mean 1 - s / 200 over 100 steps, one to 0.5 at 100 has 1/4
    areas = [np.mean([0.25 if step is None else 1 - step / 200 for step in each]) for each in HEIRS + CONTROLS]
    assert told.area_difference.value == pytest.approx(np.mean(areas[:4]) - np.mean(areas[4:]))
    assert told.area_difference.n == 8
    assert told.interquartile_mean.inherited.value == pytest.approx(np.mean(sorted(areas[:4])[1:3]))
    assert told.probability_of_improvement.value == 14 / 16  # the fourth, of 0.525, is above 0.425 and 0.25 alone
    assert (told.unit, told.outcome) == ("lineages", "steps")
    assert told.primary == steps.difference
    assert not told.larger_is_better
    assert told.notes[0] == "an arm has only 4 lineages: intervals of so few are too narrow (docs/evidence.md)"


def test_lineages_of_one_member_are_members():
    curves = (
        many(*[([0, 20 + 7 * k], [0.0, 1.0]) for k in range(6)]),
        many(*[([0, 30 + 9 * k], [0.0, 1.0]) for k in range(6)]),
    )
    plain = comparison.compare(*(Arm(each, 100, failed=("x",)) for each in curves), threshold=1.0)
    own = {name: f"of {name}" for name in (*curves[0], "x")}
    units = comparison.compare(*(Arm(each, 100, failed=("x",), units=own) for each in curves), threshold=1.0)
    assert units == plain


def test_a_lineage_that_ended_has_not_reached_the_threshold_and_is_in_no_area():
    whole = comparison.compare(lineage_arm(HEIRS), lineage_arm(CONTROLS), threshold=1.0, design=Design("lineages"))
    told = comparison.compare(
        lineage_arm(HEIRS, lost={"l8": 2, "l9": 2}), lineage_arm(CONTROLS), threshold=1.0, design=Design("lineages")
    )
    steps = told.time_to_threshold
    assert (steps.inherited.reached, steps.inherited.of) == (7, 12)
    assert steps.restricted_mean.inherited.value == pytest.approx((4 * 36.25 + 200) / 6)
    assert (steps.restricted_mean.inherited.n, told.test.n) == (6, 10)
    assert told.area_difference == whole.area_difference
    assert told.notes[1] == (
        "2 of 6 inherited lineages ended before this generation came: in times to the threshold they count as not "
        "having reached it, in returns and areas not at all"
    )


def test_a_lineage_all_of_whose_members_failed_is_in_no_area_either():
    failed = {"l7/m0": "l7", "l7/m1": "l7", "l0/m9": "l0"}
    arm = lineage_arm(HEIRS, units=failed, failed=[*failed])
    told = comparison.compare(arm, lineage_arm(CONTROLS), threshold=1.0, design=Design("lineages"))
    # 10, 20 and one that failed: 130 / 3
    assert told.time_to_threshold.restricted_mean.inherited.value == pytest.approx((130 / 3 + 25 + 35 + 70 + 100) / 5)
    assert told.area_difference.n == 8
    assert told.notes[1] == "1 of 5 inherited lineages have no curve: returns and areas are of the others"


def test_lineages_that_share_their_parents_are_pairs_whatever_their_order():
    heirs, others = [(10, 20), (30, 40), (50, 60), (70, 80), (20, 20), (45, 45)], [(15, 25), (35, 45), (55, 65), (75, 85), (25, 25), (50, 50)]  # fmt: skip  # noqa: E501
    told = comparison.compare(
        lineage_arm(heirs), Arm(dict(reversed(lineages(others)[0].items())), 100, units=lineages(others)[1]),
        threshold=1.0, paired=True, design=Design("lineages"),
    )  # fmt: skip
    gain = told.time_to_threshold.restricted_mean.difference
    assert (gain.low, gain.value, gain.high, gain.n) == pytest.approx((-5, -5, -5, 6))
    assert (told.test.p, told.test.method, told.test.n) == (2 / 64, "paired, exact", 6)
    assert told.area_difference.low == pytest.approx(told.area_difference.high)
    assert told.interquartile_mean.difference.n == 6


@pytest.mark.parametrize(
    ("outcome", "value", "larger"),
    [("steps", -30, False), ("steps_strong", -20, False), ("area", 0.15, True), ("jumpstart", 0.0, True)],
)
def test_the_primary_outcome_has_a_name_and_alone_is_tested(outcome, value, larger):
    heirs = [(step, step) for step in (10, 20, 30, 40)]
    inherited, control = lineages(heirs), lineages([(step + 30, step + 30) for step, _ in heirs])
    told = comparison.compare(
        Arm(inherited[0], 100, 10, units=inherited[1]),
        Arm(control[0], 100, units=control[1]),
        threshold=1.0,
        design=Design("lineages", outcome),
    )
    assert (told.outcome, told.larger_is_better) == (outcome, larger)
    assert told.primary.value == pytest.approx(value)
    # 10, 20, 30, 40 against 40, 50, 60, 70, or 20, 30, 40, 50 against these; before training all are equal
    at_least_as_clear = {"steps": 2, "steps_strong": 5, "area": 2, "jumpstart": 70}[outcome]
    assert told.test.p == pytest.approx(min(1, 2 * at_least_as_clear / 70))


def test_an_asymptote_that_nobody_measured_is_not_tested():
    design = Design("lineages", "asymptote")
    held = comparison.compare(lineage_arm(HEIRS), lineage_arm(CONTROLS), threshold=1.0, design=design)
    assert (held.primary.value, held.test.p) == (None, None)
    assert held.test.statement.startswith("not tested: no asymptote was measured")
    whole = [many(*[line(0, last + k / 100) for k in range(4)]) for last in (0.9, 0.5)]
    told = comparison.compare(*(Arm(each, 100) for each in whole), threshold=1.0, design=Design(outcome="asymptote"))
    assert told.primary.value == pytest.approx(0.4 * 0.95)  # over the last tenth a line is at 95 % of its end
    assert told.test.p == pytest.approx(2 / 70)


def test_a_comparison_for_these_parents_alone_is_not_tested_but_estimated():
    design = Design("parents", untested="one lineage: no test; five need 6 lineages")
    told = comparison.compare(lineage_arm(HEIRS), lineage_arm(CONTROLS), threshold=1.0, design=design)
    assert (told.unit, told.test.p, told.time_to_threshold.log_rank.p) == ("parents", None, None)
    assert told.test.statement == "one lineage: no test; five need 6 lineages"
    assert told.time_to_threshold.restricted_mean.difference.value == pytest.approx(36.25 - 77.5)


def branch(name, curves, budget=100, **more):
    return Arm(many(*curves), budget, branch=name, **more)


def test_two_branches_are_charged_their_own_ancestors_until_where_the_last_curve_ends():
    soon, late = [([0, 20], [0.0, 1.0])] * 5, [([0, 60], [0.0, 1.0])] * 5
    told = comparison.compare(
        branch("a", soon, source_steps=300), branch("b", late, source_steps=100), threshold=1.0, study_steps=(500, 1000)
    )
    assert told.horizons == (100, 400)
    assert told.arms == ("a", "b")
    # 320 against 160 steps, and with a fifth of all 120 against 260
    assert told.time_to_threshold.restricted_mean.difference.value == 20 - 60
    assert told.time_to_threshold_strong.restricted_mean.difference.value == 320 - 160
    assert told.time_to_threshold_study.restricted_mean.difference.value == 120 - 260
    assert not any("inherited" in note or "control" in note for note in told.notes)


def test_a_control_with_ancestors_is_a_branch_without_a_name():
    curves = many(*[([0, 20], [0.0, 1.0])] * 5)
    told = comparison.compare(Arm(curves, 100), Arm(curves, 100, source_steps=70), threshold=1.0)
    assert told.horizons == (100, 170)
    assert told.time_to_threshold_strong.restricted_mean.difference.value == -70


def test_branches_compare_on_the_smaller_budget_whichever_has_it():
    curves = [([0, 80], [0.0, 1.0])] * 5
    for budgets in ((50, 100), (100, 50)):
        arms = (branch(name, curves, budget) for name, budget in zip("ab", budgets, strict=True))
        told = comparison.compare(*arms, threshold=1.0)
        assert (told.horizons[0], told.time_to_threshold.inherited.reached) == (50, 0)


@pytest.mark.parametrize("first", [0.0, 1.0])
def test_whoever_was_ranked_begins_with_its_share_even_where_it_needs_no_training(first):
    curves = many(*[([0, 40], [first, 1.0])] * 5)
    plain, ranked = (
        comparison.compare(Arm(curves, 100, 10, ranking_steps=shares), Arm(curves, 100), threshold=1.0)
        for shares in ({}, {"m00": 30, "m01": 70})
    )
    late = [getattr(ranked, kind).restricted_mean.difference.value for kind in ("time_to_threshold", "time_to_threshold_strong")]  # fmt: skip  # noqa: E501
    before = [getattr(plain, kind).restricted_mean.difference.value for kind in ("time_to_threshold", "time_to_threshold_strong")]  # fmt: skip  # noqa: E501
    # m01 would be there after 110 steps where it has to learn, which counts as the horizon of 100
    needed = (30 + (70 if first else 60)) / 5
    assert late[0] - before[0] == pytest.approx(needed)
    assert ranked.jumpstart == plain.jumpstart
    # a line from 0 to 1 over 40 steps, begun w steps later, has w / 100 less of area; m01 is cut at 30 of its 40 steps
    assert ranked.area_difference.value - plain.area_difference.value == pytest.approx(0 if first else -(0.3 + (0.8 - 0.1125)) / 5)  # fmt: skip  # noqa: E501
    assert late[1] > before[1]


def test_a_negative_share_is_refused_by_branch_and_member():
    with pytest.raises(CurveError, match="a m00: expected steps of ranking from 0, got -1"):
        comparison.compare(branch("a", [line(0, 1)], ranking_steps={"m00": -1}), branch("b", [line(0, 1)]), threshold=1)
    with pytest.raises(CurveError, match="b m00: expected its ancestors' steps in source_steps, got none"):
        comparison.compare(branch("a", [line(0, 1)]), branch("b", [line(0, 1)], source_steps={"m7": 1}), threshold=1)


def test_pairs_of_which_one_arm_has_no_curve_are_named_by_that_arm():
    heirs = Arm(lineages(HEIRS)[0], 100, units=lineages(HEIRS)[1], branch="a")
    others = lineage_arm(HEIRS[:3], units={"l3/m0": "l3"}, failed=["l3/m0"], branch="b")
    told = comparison.compare(heirs, others, threshold=1.0, paired=True, design=Design("lineages"))
    assert (told.area_difference.n, told.time_to_threshold.restricted_mean.difference.n) == (3, 4)
    assert [note for note in told.notes if "no curve" in note] == [
        "1 of 4 b lineages have no curve: returns and areas are of the pairs that have one in both arms"
    ]
