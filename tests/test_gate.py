"""The gate by numbers worked by hand."""

import json
import math

import pytest

from heredity.errors import GateError
from heredity.gate import GateRule, decide, lower_bound

RULE = GateRule(confidence=0.95)


def successes(wins, episodes=100):
    return [1.0] * wins + [0.0] * (episodes - wins)


@pytest.mark.parametrize(
    ("wins", "threshold", "passes"), [(87, 0.8, True), (86, 0.8, False), (95, 0.9, True), (94, 0.9, False)]
)
def test_success_rates_pass_by_wilsons_bound(wins, threshold, passes):
    assert decide({"m00": successes(wins)}, RULE, threshold=threshold).candidates["m00"].passed is passes


def test_other_returns_pass_by_students_bound():
    # mean 3, sample standard deviation 1, n = 3, t(0.95, 2) = 2.9200: 3 - 2.92 / sqrt(3)
    assert lower_bound([2.0, 3.0, 4.0], 0.95) == pytest.approx(3 - 2.919986 / math.sqrt(3), abs=1e-5)
    assert lower_bound([-2.0, -3.0, -4.0], 0.95) == pytest.approx(-3 - 2.919986 / math.sqrt(3), abs=1e-5)


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
