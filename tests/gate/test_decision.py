"""The gate by numbers worked by hand."""

import json
import math

import numpy as np
import pytest
from pydantic import ValidationError

from heredity.errors import GateError
from heredity.gate.decision import decide
from heredity.gate.return_limits import ReturnLimit
from heredity.study.gate_rule import GateRule

RULE = GateRule(confidence=0.95)


def successes(wins, episodes=100):
    return [1.0] * wins + [0.0] * (episodes - wins)


@pytest.mark.parametrize(
    ("wins", "threshold", "passes"), [(88, 0.8, True), (87, 0.8, False), (96, 0.9, True), (95, 0.9, False)]
)
def test_success_rates_pass_by_clopper_and_pearsons_bound(wins, threshold, passes):
    decision = decide({"m00": successes(wins)}, RULE, threshold=threshold, floor=0.0)
    assert decision.candidates["m00"].passed is passes


def test_at_half_confidence_the_bound_is_near_the_mean_and_a_tie_with_the_bar_passes():
    returns = {"m00": [2.0, 4.0] * 50}
    decision = decide(returns, GateRule(confidence=0.5), threshold=2.95, floor=0.0)
    assert decision.candidates["m00"].bound == pytest.approx(2.97, abs=0.01)
    tie = decide(returns, GateRule(confidence=0.5), threshold=decision.candidates["m00"].bound, floor=0.0)
    assert tie.passed == ("m00",)


def test_survivors_are_all_that_pass_the_best_first():
    returns = {"m02": [5.0, 5.1], "m01": [9.0, 9.1], "m00": [5.0, 5.2], "m03": [1.0, 1.1]}
    decision = decide(returns, GateRule(confidence=0.6, at_most=2), threshold=2.0, floor=0.0)
    assert decision.passed == decision.survivors == ("m01", "m00", "m02")
    assert decision.fallback is None
    assert decision.ties == ()


def test_when_none_passes_the_best_goes_on_record_and_the_threshold_stays():
    decision = decide({"m00": [1.0, 1.2], "m01": [1.0, 1.4]}, RULE, threshold=5.0, ceiling=1000.0)
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
    bounded = {name: returns[name] for name in ("m00", "m01")}  # -11 and -10, each less some 0.7
    assert decide(bounded, GateRule(), threshold=-11.0, floor=-12.2).passed == ("m01",)


def test_top_lets_no_more_in_than_there_are_places_and_ties_go_by_the_draw():
    returns = {"m02": [5.0, 5.0], "m01": [5.0, 5.0], "m00": [1.0, 1.0]}
    firsts = set()
    for seed in range(20):
        decision = decide(returns, GateRule(rule="top", at_most=1), threshold=0.0, seed=seed)
        (first, second), *others = decision.ties
        assert decision.passed == decision.survivors == (first,)
        assert decision.candidates[second].reason == "rank 2, the best 1 pass"
        assert not others
        firsts.add(first)
    assert firsts == {"m01", "m02"}


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
    decision = decide({"m00": [0.0, 2.0], "m01": [4.0, 6.0]}, GateRule(rule="top", at_most=1), threshold=0.0)
    assert decision.selection_differential == pytest.approx(2.0)
    assert decision.reliability == pytest.approx(7 / 8)
    assert decision.candidates["m01"].shrunken == pytest.approx(4.75)
    assert decision.alpha is None  # the best are let in, whatever they have learned
    assert decision.f_test_p == pytest.approx(0.105573, abs=1e-6)  # F(1, 2) = 8: 1 - sqrt(8 / 10)
    assert decide({"m00": [0.0, 2.0]}, GateRule(confidence=0.9), threshold=0.0, floor=0.0).alpha == 0.1


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
        (PAIRS, {"rule": "top", "at_most": 1, "margin": 1.0}, {}, "expected no margin, because rule top asks for no"),
        (PAIRS, {"confidence": 0.9999999}, {}, "expected a lower bound at an alpha from 0.000001"),
        (
            [1.0, 0.5],
            {},
            {"floor": 0.75},
            r"m00: expected returns at or above evaluate\.floor 0\.75, got 0\.5 in episode 1; write the lowest",
        ),
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


# The rows of the table in issue 19.


def test_a_gate_is_a_smooth_function_of_how_many_episodes_failed():
    returns = {f"m{k:02d}": [100.0] * k + [500.0] * (100 - k) for k in range(11)}
    bounds = [each.bound for each in decide(returns, RULE, threshold=450.0, floor=0.0).candidates.values()]
    assert (np.diff(bounds) < -4).all()
    assert (np.diff(bounds) > -8).all()
    assert decide(returns, RULE, threshold=450.0, floor=0.0).passed == tuple(f"m{k:02d}" for k in range(7))


@pytest.mark.parametrize("pair", [([0.0] + [1.0] * 99, [0.001] + [1.0] * 99), ([0.97] * 10, [1.0] * 10)])
def test_better_returns_never_fare_worse(pair):
    verdicts = decide({"m00": pair[0], "m01": pair[1]}, RULE, threshold=0.9, floor=0.0).candidates
    assert verdicts["m00"].bound < verdicts["m01"].bound < verdicts["m00"].bound + 0.03
    assert verdicts["m00"].passed == verdicts["m01"].passed


def test_too_few_episodes_of_the_highest_return_cannot_tell_and_how_many_would_is_said():
    decision = decide({"m00": [500.0] * 2}, RULE, threshold=475.0, floor=0.0, ceiling=500.0)
    assert decision.passed == ()
    assert (decision.cannot_tell, decision.episodes_needed) == (True, 61)
    assert decision.candidates["m00"].reason == (
        "cannot tell with 2 episodes: even 2 of the highest return 500 give a bound of 106.4; 61 would do"
    )
    assert decide({"m00": [500.0] * 61}, RULE, threshold=475.0, floor=0.0, ceiling=500.0).passed == ("m00",)
    beyond = decide({"m00": [400.0] * 61}, RULE, threshold=500.0, floor=0.0, ceiling=500.0)
    assert (beyond.cannot_tell, beyond.episodes_needed) == (True, None)
    assert beyond.candidates["m00"].reason.endswith("; none would, the bar being 500")
    enough = decide({"m00": [400.0] * 61}, RULE, threshold=475.0, floor=0.0, ceiling=500.0)
    assert (enough.cannot_tell, enough.candidates["m00"].reason) == (False, "95% lower bound 380.2 < threshold 475")


@pytest.mark.parametrize("n", [10, 50, 100])
def test_rare_failures_let_no_unworthy_member_through(n):
    rng = np.random.default_rng(n)
    drawn = np.where(rng.random((200, n)) < 0.02, rng.uniform(50, 450, (200, n)), 500.0)
    members = {f"m{k}": row.tolist() for k, row in enumerate(drawn)}
    decision = decide(members, RULE, threshold=495.0, floor=0.0, ceiling=500.0)  # the true mean of every one
    assert decision.alpha == 0.05
    assert len(decision.passed) <= 0.05 * 200


def demo_like(rng, share=0.03, episodes=100):
    return np.where(rng.random(episodes) < share, 0.0, 1 - 0.9 * rng.beta(2, 40, episodes))


def test_the_same_returns_have_the_same_verdict_whatever_the_seed():
    rng = np.random.default_rng(5)
    returns = {f"m{k:02d}": demo_like(rng) for k in range(8)}
    decisions = []
    for seed in range(4):
        decisions.append(decide(returns, RULE, threshold=0.88, floor=0.0, seed=seed))
        decide({"m00": [0.0, 1.0]}, RULE, threshold=0.88, floor=0.0)  # of other numbers of episodes, another table
    assert len({str(decision.candidates) for decision in decisions}) == 1
    assert 0 < len(decisions[0].passed) < 8


@pytest.mark.parametrize(("members", "separate", "always"), [(8, 0.3366, 0.4), (16, 0.5599, 0.8), (32, 0.8063, 1.0)])
def test_the_error_over_the_population_is_stated(members, separate, always):
    returns = {f"m{k:02d}": [0.0, 1.0] * 20 for k in range(members)}
    for rule in ("lower_bound", "quantile"):
        stated = decide(returns, GateRule(rule=rule), threshold=0.5, floor=0.0).population_error
        assert (stated.separate, stated.always) == pytest.approx((separate, always), abs=1e-4)
    family = decide(returns, GateRule(error="family"), threshold=0.5, floor=0.0).population_error
    assert (family.separate, family.always) == (0.05, 0.05)
    assert decide(returns, GateRule(rule="mean"), threshold=0.5).population_error is None
    assert decide(returns, GateRule(rule="quantile"), threshold=0.5).population_error == stated  # it needs no floor
    assert decide(returns, RULE, threshold=0.5).population_error is None  # from the lowest return seen


@pytest.mark.slow
def test_of_members_that_are_all_at_the_bar_a_family_passes_one_in_twenty():
    rng, passed = np.random.default_rng(0), {"member": 0, "family": 0}
    for _ in range(40):
        returns = {f"m{k}": sample for k, sample in enumerate((rng.random((8, 40)) < 0.5).astype(float))}
        for error in passed:
            passed[error] += bool(decide(returns, GateRule(error=error), threshold=0.5, floor=0.0).passed)
    assert passed["family"] <= 6
    assert 5 <= passed["member"] <= 22


def test_a_family_is_judged_step_by_step_as_holm_has_it():
    # at alpha / 4 whoever has 97 passes; the one that is left is judged at alpha, and passes with 96
    wins = {"m00": 99, "m01": 98, "m02": 97, "m03": 96}
    decision = decide(
        {name: successes(n) for name, n in wins.items()}, GateRule(error="family"), threshold=0.9, floor=0.0
    )
    assert {name: each.alpha for name, each in decision.candidates.items()} == {
        "m00": 0.0125, "m01": 0.0125, "m02": 0.0125, "m03": 0.05,
    }  # fmt: skip
    assert decision.passed == ("m00", "m01", "m02", "m03")
    once = {name: decide({name: successes(n), "x": successes(0), "y": successes(0), "z": successes(0)},
                         GateRule(error="family"), threshold=0.9, floor=0.0) for name, n in wins.items()}  # fmt: skip
    assert [name for name, each in once.items() if name in each.passed] == ["m00", "m01", "m02"]


def test_null_policies_are_no_part_of_the_family_and_an_incumbent_is_none_of_its_members():
    rule, returns = GateRule(error="family"), {f"m{k:02d}": successes(99) for k in range(4)}
    decision = decide(returns, rule, threshold=0.9, floor=0.0, null_returns={"random": successes(96)})
    assert (decision.nulls["random"].alpha, decision.empty_gate) == (0.05, True)  # at alpha / 4 it would not pass
    assert (
        list(decide(dict(reversed(returns.items())), rule, threshold=0.9, floor=0.0).candidates) == list(returns)[::-1]
    )
    match = GateRule(rule="champion", error="family")
    judged = decide(returns, match, threshold=0.0, champion_returns=successes(50)).candidates
    assert {each.alpha for each in judged.values()} == {0.0125}
    assert decide(returns, GateRule(rule="mean"), threshold=0.9).candidates["m00"].alpha is None
    with pytest.raises(
        GateError, match=r"^champion: expected returns at or above evaluate\.floor 0, got -1 in episode 3"
    ):
        decide(returns, match, threshold=0.0, floor=0.0, champion_returns=[1.0] * 3 + [-1.0] + [1.0] * 96)


def test_each_look_of_a_gate_that_may_ask_for_an_extension_has_half_of_the_error():
    rule = GateRule(when_none="extend", extend_budget=64)
    first = decide({"m00": successes(96)}, rule, threshold=0.9, floor=0.0)
    last = decide({"m00": successes(96)}, GateRule(), threshold=0.9, floor=0.0, looks=2)
    for decision in (first, last):
        assert (decision.alpha, decision.looks, decision.passed) == (0.025, 2, ())
        assert decision.population_error.always == 0.05
    several = {name: successes(96) for name in ("m00", "m01", "m02")}
    stated = [decide(several, rule.model_copy(update={"error": error}), threshold=0.9, floor=0.0).population_error
              for error in ("member", "family")]  # fmt: skip
    assert [each.always for each in stated] == pytest.approx([3 * 0.05, 0.05])
    assert [each.separate for each in stated] == pytest.approx([1 - 0.975**6, 1 - 0.975**2])
    assert decide({"m00": successes(96)}, GateRule(), threshold=0.9, floor=0.0, looks=1).passed == ("m00",)


def test_a_bar_below_the_threshold_by_a_margin_passes_members_that_are_worthy():
    rng = np.random.default_rng(7)
    returns = {f"m{k:02d}": demo_like(rng) for k in range(8)}  # their true mean is 0.93
    level, below = (decide(returns, GateRule(margin=margin), threshold=0.93, floor=0.0) for margin in (0.0, 0.06))
    assert len(level.passed) == 0
    assert len(below.passed) >= 6
    assert (below.threshold, below.bar) == (0.93, pytest.approx(0.87))
    assert "≥ threshold − 0.06 = 0.87" in below.candidates[below.passed[0]].reason


def test_equal_members_are_ordered_by_a_draw_that_is_recorded():
    returns = {f"m{k:02d}": successes(100) for k in range(8)}
    decisions = [decide(returns, GateRule(at_most=3), threshold=0.9, floor=0.0, seed=seed) for seed in range(16)]
    assert len({decision.survivors[0] for decision in decisions}) > 4
    for decision in decisions:
        assert decision.ties == (decision.survivors,)
        assert len(decision.survivors) == 8
        assert [name for name, _ in decision.ranked()] == list(decision.survivors)
    assert decide(dict(reversed(returns.items())), RULE, threshold=0.9, floor=0.0, seed=3).ties == decisions[3].ties


def test_without_a_known_floor_the_lowest_return_seen_stands_for_it_and_no_rate_is_stated():
    returns, null = {"m00": [0.5, 1.0] * 50, "m01": [0.75, 1.0] * 50}, {"random": [0.25, 0.5] * 50}
    decision = decide(returns, RULE, threshold=0.6, null_returns=null)
    assert (decision.floor, decision.alpha) == (ReturnLimit(0.25, "lowest return seen"), None)
    assert decision.ceiling == ReturnLimit(1.0, "highest return seen")
    known = decide(returns, RULE, threshold=0.6, floor=ReturnLimit(0.0, "environment"))
    assert (known.floor.source, known.alpha) == ("environment", 0.05)
    wrong = decide(returns, RULE, threshold=0.6, floor=ReturnLimit(0.6, "environment"), ceiling=0.9)
    assert (wrong.floor, wrong.alpha) == (ReturnLimit(0.5, "lowest return seen"), None)
    assert wrong.ceiling == ReturnLimit(1.0, "highest return seen")
    with pytest.raises(
        GateError, match=r"random: expected returns at or above evaluate\.floor 0\.3, got 0\.25 in ep.* 0;"
    ):
        decide(returns, RULE, threshold=0.6, floor=0.3, null_returns=null)
