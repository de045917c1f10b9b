from dataclasses import replace

import pytest

from heredity.report.headline import sentence_of
from heredity.report.page import figures
from heredity.report.terminal_brief import steps_table
from heredity.report.verdict import interval_text, number, verdict
from heredity.transfer.estimates import SpeedUp

from .conftest import defined, estimate, found_by_test, times, transfer

PLACE = "medium (MiniGrid-DoorKey-6x6-v0)"


def said(**changes):
    return verdict(PLACE, transfer(**changes))


def test_a_clear_gain_states_steps_speed_and_the_ancestors_steps_with_their_intervals():
    assert said() == (
        f"On {PLACE} inheriting helped: the inherited members reached the threshold 630 steps sooner [500, 800] "
        "(p = 0.0079), 3.1 times as fast as from scratch [1.9, 5.2]; with their ancestors' steps charged, 40 steps "
        "sooner [−100, 200], which is undecided. 3 of 5 inherited members reached it within 1,000 steps, 3 of 5 from "
        "scratch."
    )


def delayed(difference, strong=None, **counts):
    """Return what is said of steps to the threshold, inherited less control, weak and strong."""
    reached = {"inherited": (5, 1.0), "control": (5, 2.0), "speed_up": None} | counts
    weak, charged = (times(**reached, delay=each) for each in (difference, strong or difference))
    return {"time_to_threshold": weak, "time_to_threshold_strong": charged}


LESS, MORE, EITHER = estimate(-630.0, -800.0, -500.0), estimate(630.0, 500.0, 800.0), estimate(-40.0, -200.0, 100.0)


def test_more_steps_are_harm():
    harm = said(**delayed(MORE))
    assert "inheriting did harm: the inherited members reached the threshold 630 steps later [500, 800]" in harm
    assert "with their ancestors' steps charged, 630 steps later [500, 800]." in harm


@pytest.mark.parametrize(("p", "p_holm"), [(0.05, None), (0.04, 0.08), (None, None)])
def test_what_the_test_does_not_find_is_undecided_whatever_an_interval_says(p, p_holm):
    undecided = said(**delayed(LESS), test=found_by_test(p, p_holm))
    assert (
        f"On {PLACE} it is undecided whether inheriting helped: the inherited members reached the threshold"
        in undecided
    )


@pytest.mark.parametrize(
    ("strong", "ending"),
    [(LESS, "sooner [500, 800]."), (MORE, "by which it did harm."), (EITHER, "which is undecided.")],
)
def test_where_the_ancestors_steps_say_otherwise_it_is_said(strong, ending):
    assert said(**delayed(LESS, strong)).endswith(ending)


def test_curves_that_cross_are_slower_although_they_earn_more():
    slower = delayed(estimate(28275.0, 14057.0, 40995.0), inherited=(7, None), control=(18, 50.0), of=20)
    crossing = said(**slower, area_difference=defined(estimate(0.1, 0.01, 0.2)))
    assert crossing.startswith(
        f"On {PLACE} inheriting did harm: the inherited members reached the threshold 28,275 steps later "
        "[14,057, 40,995] (p = 0.0079); "
    )
    assert crossing.endswith(
        "7 of 20 inherited members reached it within 1,000 steps, 18 of 20 from scratch. "
        "The curves cross: over the whole budget the inherited members earned more."
    )
    fewer = said(**delayed(LESS), area_difference=defined(estimate(-2.0, -3.0, -1.0)))
    assert fewer.endswith("The curves cross: over the whole budget the inherited members earned less.")


@pytest.mark.parametrize(("models", "whom"), [(1, "from this model "), (3, "from these 3 models "), (None, "")])
def test_heirs_of_imported_models_speak_for_these_alone(models, whom):
    assert f"inheriting {whom}helped:" in said(parents=models)
    assert f"whether inheriting {whom}helped:" in said(parents=models, test=found_by_test(0.3))
    before = {1: "; what the model was trained with before", 3: "; what the models were trained with before"}.get(
        models
    )
    assert (f"{before} is not counted" in said(parents=models)) == (models is not None)
    assert ("ancestors' steps charged" in said(parents=models)) == (models is None)


@pytest.mark.parametrize(("parents", "whose"), [(1, "this one parent"), (3, "these 3 parents")])
def test_one_lineage_gives_estimates_and_no_verdict(parents, whose):
    statement = "not tested: one lineage tells of its own parents alone; its comparison needs at least 5 (lineages: 5)"
    untested = replace(found_by_test(None), statement=statement)
    sentence = said(unit="parents", parents=parents, test=untested)
    assert sentence.startswith(
        f"On {PLACE} the inherited members of {whose} reached the threshold 630 steps sooner [500, 800], "
        "3.1 times as fast as from scratch [1.9, 5.2]; with their ancestors' steps charged, 40 steps sooner"
    )
    assert sentence.endswith(
        "No verdict: one lineage tells of its own parents alone; its comparison needs at least 5 (lineages: 5)."
    )
    assert "helped" not in sentence


def test_lineages_are_counted_where_they_are_the_units():
    assert "(p = 0.0079, 5 lineages)" in said(unit="lineages")
    assert "only one lineage per arm ran" in said(
        unit="lineages", time_to_threshold=times((1, 1.0), (1, 2.0), None, of=1)
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("area", "inheriting helped: the inherited members' mean return over the budget was 12.00 [4.00, 20.00] above"),
        ("jumpstart", "inheriting helped: the inherited members' return before training was 24.00 [5.00, 40.00] above"),
        ("steps_strong", "inheriting helped: with their ancestors' steps charged the inherited members reached the"),
    ],
)
def test_another_primary_outcome_decides_by_its_own_side(outcome, words):
    assert words in said(outcome=outcome)


def test_where_only_one_arm_has_a_median_the_speed_up_is_told_from_one_side():
    one_sided = times((5, 50.0), (2, None), SpeedUp(None, 1.4, None, 10, above=2.0))
    assert "more than 2.0 times as fast as from scratch [1.4, ∞)" in said(time_to_threshold=one_sided)


def test_a_speed_up_that_is_not_known_is_left_out():
    assert "times as fast" not in said(time_to_threshold=times((2, None), (2, None), None))


def test_whoever_was_above_the_threshold_before_its_first_step_explains_a_speed_up_that_is_not_told():
    at_once = said(time_to_threshold=times((5, 0.0), (5, 800.0), None))
    told = "were above the threshold before their first step, so no speed-up is told."
    assert at_once.endswith(f" At least half of the inherited members {told}")
    both = said(time_to_threshold=times((5, 0.0), (5, 0.0), None))
    assert both.endswith(f" At least half of the inherited members and of those from scratch {told}")
    assert told not in said()


def test_medians_that_say_otherwise_than_the_means_are_told_as_what_they_are():
    opposed = said(time_to_threshold=times((5, 50.0), (5, 280.0), estimate(5.6, 2.0, 9.0), delay=MORE))
    told = "but by medians 5.6 times as fast as from scratch [2.0, 9.0];"
    assert f"630 steps later [500, 800] (p = 0.0079), {told}" in opposed


def test_a_loss_is_told_as_so_much_below():
    loss = said(outcome="area", area_difference=defined(estimate(-12.0, -20.0, -4.0)))
    assert "mean return over the budget was 12.00 [4.00, 20.00] below the control's" in loss


def test_other_horizons_of_charged_steps_are_said():
    charged = replace(times((3, 800.0), (3, 930.0), None, delay=EITHER), restricted_to=2500.0)
    told = "with their ancestors' steps charged, 40 steps sooner [−100, 200] within 2,500 steps, which is undecided"
    assert told in said(time_to_threshold_strong=charged)


def test_where_all_steps_are_charged_to_nobody_in_time_no_difference_is_told():
    nobody = replace(times((0, None), (0, None), None), restricted_to=40960.0)
    sentence = said(time_to_threshold_strong=nobody)
    assert "; with their ancestors' steps charged, nobody reached it within 40,960 steps." in sentence
    own = transfer(time_to_threshold_strong=nobody)
    assert [figure.meaning for figure in figures(own) if "ancestors" in figure.meaning] == []
    assert dict(row[:2] for row in steps_table(own).rows)["ancestors charged"] == "–"


@pytest.mark.parametrize(
    ("gain", "told"),
    [
        (estimate(0.3, -0.1, 0.5), "forward transfer was 0.30 [−0.10, 0.50]."),
        (estimate(None, None, None), "the gain in mean return over the budget was 12.00 [4.00, 20.00]."),
    ],
)
def test_where_nobody_reaches_the_threshold_nothing_is_claimed(gain, told):
    nobody = said(time_to_threshold=times((0, None), (0, None), None), forward_transfer=gain)
    undecided = "so it is undecided whether inheriting helped"
    assert nobody == f"On {PLACE} nobody reached the threshold within 1,000 steps, {undecided}; {told}"


def test_where_charged_steps_are_to_decide_and_nobody_reaches_it_within_them_nothing_is_claimed():
    strong = replace(times((0, None), (0, None), None), restricted_to=40960.0)
    told = transfer(outcome="steps_strong", time_to_threshold_strong=strong)
    claimed = "nobody reached the threshold within 40,960 steps with all steps charged, so it is undecided whether "
    assert verdict(PLACE, told).startswith(f"On {PLACE} {claimed}")
    assert "within 40,960 steps with all steps charged, so " in sentence_of(told, "medium")


def test_without_a_control_nothing_is_claimed():
    assert verdict("The study", None) == (
        "The study has no control, so nothing can be said about what the inheritance was worth."
    )


@pytest.mark.parametrize(("runs", "words"), [(1, "one run"), (2, "2 runs"), (4, "4 runs")])
def test_too_few_runs_claim_nothing(runs, words):
    sentence = said(time_to_threshold=times((runs, 1.0), (runs, 2.0), estimate(9.0, 8.0, 10.0), of=runs))
    assert sentence == f"On {PLACE} only {words} per arm ran; fewer than 5 cannot say what the inheritance was worth."


def test_five_runs_speak():
    five = times((5, 1.0), (5, 2.0), estimate(9.0, 8.0, 10.0), of=5)
    assert "9.0 times as fast" in said(time_to_threshold=five)


def test_numbers_carry_a_true_minus_and_never_a_negative_zero():
    assert number(-1.25) == "−1.2"
    assert number(-0.00001, 1) == "0.000"
    assert number(0.004, 1) == "0.004"
    assert number(-313488.4, 0) == "−313,488"
    assert interval_text(-0.5, 0.25, 2) == "[−0.50, 0.25]"
