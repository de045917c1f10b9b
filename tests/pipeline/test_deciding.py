"""The gate on stored returns."""

import pytest

from heredity.errors import GateError
from heredity.gate.mean_bound import lower_bound
from heredity.gate.return_limits import ReturnLimit
from heredity.pipeline.deciding import decided, decisions_of
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.resolve import resolved
from heredity.study.gate_rule import GateRule
from heredity.study.load import load_study

MEMBERS = {"m00": [8.0, 8.0], "m01": [4.0, 4.0]}
GIVEN = GateInput(
    generation="first", seed=0, seed_name="first", threshold=1000.0, episodes=2,
    rule=GateRule(rule="mean", reference="expert.zip", fraction=0.5, when_none="stop"),
)  # fmt: skip


def test_a_threshold_lies_between_a_random_policy_and_the_reference():
    decision = decided(
        GIVEN, {"report": MEMBERS, "null": {"random": [2.0, 2.0]}, "reference": {"reference": [12.0, 12.0]}}
    )
    assert decision.passed == ("m00",)  # half of the way from 2 to 12 is 7


@pytest.mark.parametrize("others", [{}, {"null": {"random": [2.0, 2.0]}}, {"reference": {"reference": [12.0, 12.0]}}])
def test_a_threshold_without_what_it_lies_between_is_refused(others):
    with pytest.raises(GateError, match=r"^first: expected episodes of the reference and of a random policy"):
        decided(GIVEN, {"report": MEMBERS, **others})


def test_without_returns_there_is_nothing_to_decide():
    with pytest.raises(GateError, match=r"^first: expected the returns of at least one member"):
        decisions_of(GIVEN.model_copy(update={"rule": GateRule(rule="mean")}), {"report": {}})


PLAIN = GIVEN.model_copy(update={"rule": GateRule(confidence=0.6), "threshold": 3.0})
LIMITS = {"floor": ReturnLimit(-1.0, "environment"), "ceiling": ReturnLimit(9.0, "environment")}


def test_what_returns_lie_between_is_what_the_gate_was_given():
    known = decided(PLAIN.model_copy(update=LIMITS), {"report": MEMBERS})
    assert (known.floor, known.ceiling) == tuple(LIMITS.values())
    assert known.candidates["m01"].bound == lower_bound([4.0, 4.0], -1.0, 0.4)
    assert known.alpha == 0.4
    seen = decided(PLAIN, {"report": MEMBERS, "champion": {"champion": [2.0, 12.0]}})
    assert seen.floor == ReturnLimit(2.0, "lowest return seen")  # by whoever played
    assert seen.ceiling == ReturnLimit(12.0, "highest return seen")
    assert seen.candidates["m01"].bound == lower_bound([4.0, 4.0], 2.0, 0.4)
    assert seen.alpha is None


def test_a_floor_that_the_study_states_and_a_return_is_below_is_refused_by_generation_and_player():
    stated = PLAIN.model_copy(update={"floor": ReturnLimit(4.5, "evaluate.floor")})
    with pytest.raises(GateError, match=r"^first/m01: expected returns at or above evaluate\.floor 4\.5, got 4 in ep"):
        decided(stated, {"report": MEMBERS})
    stated = PLAIN.model_copy(update={"floor": ReturnLimit(3.0, "evaluate.floor")})
    with pytest.raises(GateError, match=r"^first: random \(null\): expected returns .* 3, got 2 in episode 1; write"):
        decided(stated, {"report": MEMBERS, "null": {"random": [3.0, 2.0]}})


def test_a_floor_is_what_the_study_states_else_what_is_known_of_its_task(tiny, write_study):
    tiny["generations"]["second"]["evaluate"] = {"floor": -3}
    tiny["generations"]["third"] = {"after": "first", "env": "LunarLander-v3", "threshold": 200.0, "budget": 128}
    tiny["generations"]["fourth"] = {**tiny["generations"]["first"], "evaluate": {"floor": 0.0}}
    study = resolved(load_study(write_study(tiny)))
    given = {name: GateInput.of(study, name) for name in study.generations}
    assert {name: (each.floor, each.ceiling) for name, each in given.items()} == {
        "first": (ReturnLimit(0.0, "environment"), ReturnLimit(500.0, "environment")),
        "second": (ReturnLimit(-3.0, "evaluate.floor"), ReturnLimit(500.0, "environment")),
        "third": (None, None),
        "fourth": (ReturnLimit(0.0, "evaluate.floor"), ReturnLimit(500.0, "environment")),  # 0 is stated as well
    }


def test_a_gate_after_an_extension_takes_the_best_and_judges_at_the_level_of_both_looks():
    extending = PLAIN.model_copy(update={"rule": GateRule(when_none="extend", extend_budget=1), "threshold": 100.0})
    first, last = (decided(extending, {"report": MEMBERS}, last=last) for last in (False, True))
    assert (first.fallback, first.survivors) == ("extend", ())
    assert (last.fallback, last.survivors) == ("best", ("m00",))
    assert first.candidates["m00"].alpha == last.candidates["m00"].alpha == 0.025


def test_equal_members_of_two_lineages_are_drawn_each_for_itself():
    equal = {f"l{lineage:02d}/m{member:02d}": [5.0, 5.0] for lineage in range(6) for member in range(4)}
    decisions = decisions_of(PLAIN.model_copy(update=LIMITS | {"threshold": 1.0}), {"report": equal})
    orders = [tuple(name[4:] for name in each.survivors) for each in decisions.values()]
    assert all(each.ties == (each.survivors,) for each in decisions.values())
    assert len(set(orders)) > 3
    other = decisions_of(PLAIN.model_copy(update=LIMITS | {"threshold": 1.0, "seed": 1}), {"report": equal})
    assert other["l00"].survivors != decisions["l00"].survivors or other["l01"].survivors != decisions["l01"].survivors


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, r"raise generations\.first\.threshold, or write evaluate\.null_policies: false"),
        ({"margin": 0.5}, r"raise generations\.first\.threshold, or lower its gate\.margin, or write"),
        ({"reference": "a.zip", "margin": 8}, r"raise generations\.first\.gate\.fraction, or lower its gate\.margin"),
        (
            {"rule": "top", "at_most": 2},
            r"raise generations\.first\.budget, because rule top compares members that are",
        ),
        (
            {"rule": "spread", "deviations": 0},
            r"raise generations\.first\.budget, because rule spread compares members",
        ),
        (
            {"rule": "champion", "champion": "parent"},
            r"raise generations\.first\.budget, because rule champion compares",
        ),
        ({"rule": "champion", "champion": "a.zip"}, r"name a better generations\.first\.gate\.champion, or write"),
    ],
)
def test_where_random_play_passes_the_advice_is_of_the_rule(rule, said):
    given = PLAIN.model_copy(update={"rule": GateRule(**rule), "threshold": 1.0, **LIMITS})
    random = [8.0, 7.0] * 10
    returns = {"report": {"l03/m00": [6.0, 5.0] * 10, "l03/m01": [4.0, 5.0] * 10}, "null": {"random": random}}
    returns |= {"champion": {"champion": [1.0, 2.0] * 10}, "reference": {"reference": [9.0] * 20}}
    with pytest.raises(
        GateError, match=rf"^first/l03: expected a gate that a policy .*, got one: random passes: .*; {said}"
    ):
        decided(given, returns)


def test_of_a_member_a_refusal_says_the_whole_address():
    returns = {"report": {"l03/m07": [1.0, float("nan")]}}
    with pytest.raises(GateError, match=r"^first/l03/m07: expected finite returns, got nan in episode 1$"):
        decided(PLAIN.model_copy(update=LIMITS), returns)
