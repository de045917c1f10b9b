"""The gate by numbers worked by hand."""

import json
import math

import numpy as np
import pytest
from pydantic import ValidationError

from heredity.errors import GateError
from heredity.gate.decision import decide
from heredity.study.gate_rule import GateRule

RULE = GateRule(confidence=0.95)


def successes(wins, episodes=100):
    return [1.0] * wins + [0.0] * (episodes - wins)


@pytest.mark.parametrize(
    ("wins", "threshold", "passes"), [(87, 0.8, True), (86, 0.8, False), (95, 0.9, True), (94, 0.9, False)]
)
def test_success_rates_pass_by_wilsons_bound(wins, threshold, passes):
    assert decide({"m00": successes(wins)}, RULE, threshold=threshold).candidates["m00"].passed is passes


def test_at_half_confidence_the_bound_is_the_mean_and_a_tie_passes():
    decision = decide({"m00": [2.0, 4.0]}, GateRule(confidence=0.5), threshold=3.0)
    assert decision.candidates["m00"].bound == pytest.approx(3.0)
    assert decide({"m00": [3.0, 3.0]}, RULE, threshold=3.0).passed == ("m00",)


def test_survivors_are_the_best_and_ties_go_by_name():
    returns = {"m02": [5.0, 5.1], "m01": [9.0, 9.1], "m00": [5.0, 5.1], "m03": [1.0, 1.1]}
    decision = decide(returns, GateRule(confidence=0.6, at_most=2), threshold=2.0)
    assert decision.passed == ("m01", "m00", "m02")
    assert decision.survivors == ("m01", "m00")
    assert decision.fallback is None


def test_when_none_passes_the_best_goes_on_record_and_the_threshold_stays():
    decision = decide({"m00": [1.0, 1.2], "m01": [1.0, 1.4]}, RULE, threshold=5.0)
    assert (decision.passed, decision.survivors, decision.fallback) == ((), ("m01",), "best")
    assert not decision.candidates["m01"].passed
    assert decision.candidates["m01"].reason.endswith("< threshold 5")
    assert decision.threshold == 5.0


def test_a_null_policy_that_passes_empties_the_gate():
    decision = decide({"m00": [9.0, 9.1]}, RULE, threshold=5.0, null_returns={"random": [7.0, 7.1]})
    assert decision.empty_gate
    assert decision.survivors == ()
    assert not decide({"m00": [9.0, 9.1]}, RULE, threshold=5.0, null_returns={"random": [1.0, 1.1]}).empty_gate


def test_a_null_policy_is_judged_by_the_members_rule():
    returns, null = {"m00": [9.0, 9.1], "m01": [5.0, 5.1], "m02": [1.0, 1.1]}, {"constant": [5.0, 5.1]}
    tie = decide(returns, GateRule(rule="top", at_most=2), threshold=0.0, null_returns=null)
    assert (tie.empty_gate, tie.survivors, tie.bar) == (True, (), 5.05)
    best = decide(returns, GateRule(rule="top", at_most=1), threshold=0.0, null_returns=null)
    assert (best.empty_gate, best.survivors) == (False, ("m00",))
    assert best.nulls["constant"].reason == "mean 5.05 < the last one let in 9.05"


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        (GateRule(rule="mean"), ("m01", "m00")),  # means -10 and -11, a tie with the threshold
        (GateRule(rule="mean_minus_std"), ("m01",)),  # -10 - 1 is a tie too, -11 - 1 is not
        (GateRule(rule="lower_bound"), ("m01",)),  # -10 - 0.53 and -11 - 0.53
        (GateRule(rule="quantile"), ("m01",)),  # the third smallest of 12: -10.96 and -11.96
        (GateRule(rule="spread", deviations=0.5), ("m01", "m00")),  # -40.3 + 42.2 / 2
        (GateRule(rule="top", at_most=3), ("m01", "m00", "m02")),  # whatever the threshold
    ],
    ids=lambda value: getattr(value, "rule", ""),
)
def test_negative_returns_are_judged_by_every_rule(rule, passed):
    wave = np.array([-1.0, 1.0] * 6) * math.sqrt(11 / 12)  # sample standard deviation 1
    returns = {"m00": wave - 11, "m01": wave - 10, "m02": wave - 100}
    assert decide(returns, rule, threshold=-11.0 - 1e-12).passed == passed


def test_top_lets_no_more_in_than_there_are_places_and_ties_go_by_name():
    returns = {"m02": [5.0, 5.0], "m01": [5.0, 5.0], "m00": [1.0, 1.0]}
    decision = decide(returns, GateRule(rule="top", at_most=1), threshold=0.0)
    assert decision.passed == decision.survivors == ("m01",)
    assert decision.candidates["m02"].reason == "rank 2, the best 1 pass"


def test_equal_members_all_pass_the_spread_of_their_population():
    decision = decide({"m00": [0.1] * 3, "m01": [0.1] * 3}, GateRule(rule="spread"), threshold=9.0)
    assert decision.passed == ("m00", "m01")


def test_a_champion_is_replaced_by_who_is_better_on_the_same_seeds():
    incumbent = np.random.default_rng(0).normal(0, 50, 60)  # seeds differ far more than the members do
    returns = {"m00": incumbent + 1, "m01": incumbent, "m02": incumbent - 1}
    rule = GateRule(rule="champion", champion="parent")
    decision = decide(returns, rule, threshold=0.0, champion_returns=incumbent.tolist())
    assert decision.passed == ("m00",)
    assert decision.candidates["m00"].episodes == 12
    assert decision.candidates["m00"].reason == "better than the champion after 12 episodes (log-likelihood ratio 3.06)"
    assert decision.candidates["m01"].reason.startswith("undecided, the champion stays after 60 episodes")
    assert decision.candidates["m02"].reason.startswith("not better than the champion after 10 episodes")


def test_when_none_stop_keeps_nobody():
    decision = decide({"m00": [1.0, 1.2]}, GateRule(when_none="stop"), threshold=5.0)
    assert (decision.survivors, decision.fallback, decision.selection_differential) == ((), "stop", None)


def test_a_decision_says_how_much_was_luck():
    decision = decide({"m00": [0.0, 2.0], "m01": [4.0, 6.0]}, GateRule(rule="mean", at_most=1), threshold=0.0)
    assert decision.selection_differential == pytest.approx(2.0)
    assert decision.reliability == pytest.approx(7 / 8)
    assert decision.candidates["m01"].shrunken == pytest.approx(4.75)
    assert decision.alpha is None  # the mean passes half of those that are exactly at the threshold
    assert decide({"m00": [0.0, 2.0]}, GateRule(confidence=0.9), threshold=0.0).alpha == 0.1


@pytest.mark.parametrize("field", [{"confidence": math.nan}, {"effect": math.inf}, {"rule": "luck"}, {"quantile": 1.0}])
def test_a_rule_that_means_nothing_is_refused(field):
    with pytest.raises(ValidationError, match=next(iter(field))):
        GateRule(**field)


def test_a_decision_is_json():
    decision = decide({"m00": [1.0, 1.2]}, RULE, threshold=5.0)
    assert json.loads(json.dumps(decision.to_dict(), allow_nan=False))["candidates"]["m00"]["episodes"] == 2


@pytest.mark.parametrize(
    ("returns", "threshold", "message"),
    [
        ({}, 1.0, "expected the returns of at least one member, got none"),
        ({"m00": [1.0]}, 1.0, "m00: expected at least 2 episodes, got 1"),
        ({"m00": [1.0, math.nan]}, 1.0, "m00: expected finite returns, got nan"),
        ({"m00": [1.0, math.inf]}, 1.0, "m00: expected finite returns, got inf"),
        ({"m00": [1.0, 2.0]}, math.nan, "expected a finite threshold, got nan"),
    ],
)
def test_what_cannot_be_judged_is_refused(returns, threshold, message):
    with pytest.raises(GateError, match=message):
        decide(returns, RULE, threshold=threshold)


PAIRS = [1.0] * 12


@pytest.mark.parametrize(
    ("returns", "rule", "others", "message"),
    [
        (PAIRS[:4], {"rule": "quantile"}, {}, "m00: expected at least 5 episodes, got 4; rule quantile"),
        (PAIRS, {"rule": "top"}, {}, "expected at_most, the number that rule top lets in, got none"),
        (PAIRS, {"rule": "champion"}, {}, "expected champion_returns, .* got none"),
        (PAIRS[:9], {"rule": "champion"}, {"champion_returns": PAIRS[:9]}, "m00: expected at least 10 episodes"),
        (PAIRS, {"rule": "champion"}, {"champion_returns": PAIRS[:11]}, "m00: expected 11 episodes, .* got 12"),
        ([0.5, 1.0], {"method": "wilson"}, {}, "m00: method wilson expected returns of 0 and 1"),
        (
            PAIRS,
            {},
            {"null_returns": {"random": [1.0, math.nan]}},
            "random: expected finite returns, got nan in .* 1",
        ),
    ],
)
def test_a_rule_that_lacks_what_it_needs_is_refused(returns, rule, others, message):
    with pytest.raises(GateError, match=message):
        decide({"m00": returns}, GateRule(**rule), threshold=0.0, **others)
