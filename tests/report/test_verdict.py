import pytest

from heredity.report.verdict import interval_text, number, verdict
from heredity.transfer.estimates import SpeedUp

from .conftest import estimate, times, transfer

PLACE = "medium (MiniGrid-DoorKey-6x6-v0)"


def said(**changes):
    return verdict(PLACE, transfer(**changes))


def test_a_clear_gain_states_both_speed_ups_with_their_intervals():
    assert verdict(PLACE, transfer(time_to_threshold_strong=times((3, 1), (3, 2), estimate(1.6, 1.2, 1.9)))) == (
        "On medium (MiniGrid-DoorKey-6x6-v0) the inherited members learned 3.1 times faster than from scratch "
        "[1.9, 5.2]; with their ancestors' steps charged, 1.6 times [1.2, 1.9]."
    )


def test_a_strong_interval_that_holds_one_is_called_undecided():
    assert said().endswith("with their ancestors' steps charged, 1.2 times [0.8, 1.9], which is undecided.")


def test_a_strong_loss_is_called_slower():
    slower = said(time_to_threshold_strong=times((3, 1), (3, 2), estimate(0.5, 0.3, 0.8)))
    assert slower.endswith("charged, 0.5 times [0.3, 0.8], which is slower.")


def test_a_weak_interval_that_holds_one_claims_nothing():
    undecided = said(time_to_threshold=times((3, 1), (3, 2), estimate(1.4, 0.7, 2.2)))
    assert undecided.startswith(
        f"On {PLACE} it is undecided whether inheriting helped: the inherited members learned 1.4"
    )
    assert "faster" not in undecided


def test_an_interval_below_one_says_that_inheriting_did_harm():
    harm = said(time_to_threshold=times((3, 1), (3, 2), estimate(0.4, 0.2, 0.9)))
    assert (
        "inheriting did harm: the inherited members learned only 0.4 times as fast as from scratch [0.2, 0.9]" in harm
    )


def test_a_speed_up_without_an_interval_is_undecided():
    assert "undecided" in said(time_to_threshold=times((3, 1), (3, 2), estimate(3.0, None, None)))
    assert "[no interval]" in said(time_to_threshold=times((3, 1), (3, 2), estimate(3.0, None, None)))


def test_an_interval_open_above_is_decided_and_large_speed_ups_have_no_decimals():
    open_above = said(time_to_threshold=times((3, 1024.0), (2, 129024.0), estimate(126.0, 76.0, None)))
    assert "learned 126 times faster than from scratch [76, ∞);" in open_above


def test_a_speed_up_of_zero_from_an_arm_without_a_median_is_not_told():
    sentence = said(time_to_threshold=times((1, None), (3, 300.0), estimate(0.0, 0.0, 0.5)))
    assert "times" not in sentence
    assert "the inherited members have no median time" in sentence


def test_where_only_one_arm_has_a_median_the_speed_up_is_told_from_one_side():
    faster = SpeedUp(None, 1.4, None, 10, above=2.0)
    assert said(time_to_threshold=times((5, 50.0), (2, None), faster)).startswith(
        f"On {PLACE} the inherited members learned more than 2.0 times faster than from scratch [1.4, ∞) "
        "(the threshold was reached by 5 of 5 inherited members and by 2 of 5 from scratch); "
    )
    slower = SpeedUp(None, 0.0, 0.8, 10, below=0.5)
    assert said(time_to_threshold=times((2, None), (5, 50.0), slower)).startswith(
        f"On {PLACE} inheriting did harm: the inherited members learned less than 0.5 times as fast as from scratch "
        "[0.0, 0.8] (the threshold was reached by 2 of 5"
    )
    undecided = said(time_to_threshold=times((5, 50.0), (2, None), SpeedUp(None, 0.4, None, 10, above=2.0)))
    assert "it is undecided whether inheriting helped: the inherited members learned more than 2.0 times" in undecided


def test_negative_transfer_over_the_budget_is_said_beside_a_speed_up():
    assert said(negative_transfer=True).endswith(" Over the whole budget they earned less than the control.")


def test_an_endpoint_exactly_at_one_is_undecided():
    assert "undecided whether" in said(time_to_threshold=times((3, 1), (3, 2), estimate(2.0, 1.0, 3.0)))


@pytest.mark.parametrize(
    ("inherited", "control", "who"),
    [
        ((3, 300.0), (1, None), "so the control has no median time and no speed-up can be given"),
        ((1, None), (3, 300.0), "so the inherited members have no median time and no speed-up can be given"),
        ((3, 0.0), (3, 300.0), "from scratch, so no speed-up can be given"),
        ((0, None), (1, None), "so neither arm has a median time and no speed-up can be given"),
    ],
)
def test_without_a_median_the_counts_and_the_area_speak(inherited, control, who):
    sentence = said(time_to_threshold=times(inherited, control, None))
    counts = f"reached by {inherited[0]} of 5 inherited members and by {control[0]} of 5 from scratch"
    assert counts in sentence
    assert who in sentence
    assert sentence.endswith(
        "forward transfer was 0.41 [0.22, 0.60], so inheriting helped; with their ancestors' steps charged, "
        "0.10 [−0.10, 0.30], so it is undecided whether inheriting helped."
    )


@pytest.mark.parametrize(
    ("gain", "ending"),
    [
        (estimate(-0.3, -0.5, -0.1), "forward transfer was −0.30 [−0.50, −0.10], so inheriting did harm."),
        (estimate(0.1, -0.1, 0.3), "[−0.10, 0.30], so it is undecided whether inheriting helped."),
        (
            estimate(None, None, None),
            "the gain in mean return over the budget was 12.00 [4.00, 20.00], so inheriting helped.",
        ),
    ],
)
def test_without_a_median_the_area_decides(gain, ending):
    alone = {"forward_transfer": gain, "forward_transfer_strong": estimate(None, None, None)}
    sentence = said(time_to_threshold=times((3, 3.0), (1, None), None), **alone)
    assert sentence.endswith(ending)


def test_a_strong_speed_up_that_is_undefined_is_said_to_be():
    assert said(time_to_threshold_strong=times((3, 3.0), (1, None), None)).endswith(
        "charged, no speed-up can be given."
    )


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
    assert "learned 9.0 times faster" in said(time_to_threshold=five)


def test_numbers_carry_a_true_minus_and_never_a_negative_zero():
    assert number(-1.25) == "−1.2"
    assert number(-0.00001, 1) == "0.000"
    assert number(0.004, 1) == "0.004"
    assert number(-313488.4, 0) == "−313,488"
    assert interval_text(-0.5, 0.25, 2) == "[−0.50, 0.25]"
