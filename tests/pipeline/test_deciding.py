"""The gate on stored returns."""

import pytest

from heredity.errors import GateError
from heredity.pipeline.deciding import decided, decisions_of
from heredity.pipeline.inputs.gate import GateInput
from heredity.study.gate_rule import GateRule

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
