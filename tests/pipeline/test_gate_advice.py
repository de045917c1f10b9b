"""What `heredity check` says of gates that can run and will not do what one hopes for."""

import logging

import pytest

from heredity.agents.task import make_task
from heredity.pipeline.check import check_study
from heredity.pipeline.gate_advice import gate_advice
from heredity.study.load import load_study


@pytest.fixture
def advice(tiny, write_study):
    """Return a function that returns what is said of the tiny study, changed."""

    def advice(threshold=20.0, **sections):
        for name, section in sections.items():
            tiny[name] = {**tiny[name], **section}
        for node in tiny["generations"].values():
            node["threshold"] = threshold
        study = load_study(write_study(tiny))
        return gate_advice(study, {name: make_task(study, name) for name in study.generations})

    return advice


def test_a_gate_that_can_tell_needs_no_advice(advice):
    assert advice() == []


def test_the_key_that_is_ignored_is_said(advice):
    assert advice(gate={"method": "student"}) == ["first, second: gate.method is ignored: one bound serves all returns"]


def test_what_equal_bars_do_is_said_and_a_margin_ends_it(advice):
    (line,) = advice(train={"until": "threshold"})
    assert line.startswith(
        "first, second: the gate's bar is the threshold at which training stops, where a member passes"
    )
    assert "write gate: {margin: …}" in line
    assert advice(train={"until": "threshold"}, gate={"margin": 5.0}) == []
    assert advice(train={"until": "threshold"}, gate={"margin": 0.0, "rule": "mean"}) == []


def test_how_many_episodes_would_do_is_said_where_nobody_can_pass(advice):
    lines = advice(threshold=475.0)
    assert lines[0] == (
        "first: evaluate.episodes: 12 episodes of the highest return 500 give a bound of 386.4, below the gate's "
        "bar 475, so that nobody can pass; write 61"
    )
    assert "no number would do" in advice(threshold=500.0)[0]
    assert advice(threshold=475.0, evaluate={"episodes": 61}) == []
    assert (
        "; write 111"
        in advice(threshold=475.0, evaluate={"episodes": 61}, gate={"error": "family", "confidence": 0.99})[0]
    )


def test_few_episodes_of_an_environment_that_nobody_knows_are_said(advice, tiny):
    for node in tiny["generations"].values():
        node["env"] = "LunarLander-v3"
    assert advice(threshold=200.0) == []
    assert advice(threshold=200.0, evaluate={"episodes": 2})[0] == (
        "first: evaluate.episodes: 2 episodes, even if all have the highest return that there is, give a bound 21% of "
        "the way there from the lowest, so that hardly anybody can pass; write 5, or more"  # .045 ** (1 / 5) is 0.54
    )
    assert advice(threshold=200.0, evaluate={"episodes": 5}) == []
    assert advice(threshold=200.0, evaluate={"episodes": 2}, gate={"rule": "mean"}) == []


def test_a_floor_above_what_returns_can_be_is_said(advice):
    assert advice(evaluate={"floor": 5.0})[0] == (
        "first: evaluate.floor: 5 lies above 0, the lowest return that CartPole-v1 can have, and the gate stops at a "
        "return below its floor; write 0, or leave evaluate.floor out"
    )
    assert advice(evaluate={"floor": 0.0}) == advice(evaluate={"floor": -1.0}) == []


def test_a_bar_that_no_return_is_below_is_said(advice):
    passing = "is not above the lowest return 0, so that everybody passes; write "
    assert advice(gate={"margin": 20.0})[0] == f"first: the gate's bar 0 {passing}a smaller gate.margin"
    assert advice(threshold=-1.0, gate={"margin": 0.0})[0] == f"first: the gate's bar -1 {passing}a higher threshold"
    assert advice(threshold=0.0, gate={"rule": "mean"})[0] == f"first: the gate's bar 0 {passing}a higher threshold"
    assert advice(threshold=0.0, gate={"rule": "spread"}) == []
    assert advice(threshold=1.0, gate={"rule": "mean"}) == []


def test_of_a_bar_that_lies_by_a_reference_nothing_is_said(advice):
    played = {"null_policies": True, "floor": -1.0}
    assert advice(threshold=475.0, gate={"reference": "expert.zip"}, evaluate=played) == []
    assert advice(threshold=-2.0, gate={"reference": "expert.zip"}, evaluate=played) == []


def test_a_stated_floor_counts_before_the_environments(advice):
    line = advice(threshold=475.0, evaluate={"floor": -500.0})[0]
    assert "12 episodes of the highest return 500 give a bound of 272.7" in line
    assert line.endswith("write 123")  # ln .045325 / ln (475 + 500) / 1000


def test_other_rules_can_tell_with_any_number_of_episodes(advice):
    assert advice(threshold=475.0, gate={"rule": "quantile"}) == []
    assert advice(threshold=475.0, gate={"rule": "mean"}) == []


def test_a_bar_that_a_margin_lowers_needs_fewer_episodes(advice):
    assert advice(threshold=475.0, gate={"margin": 100.0}) == []  # 386.4 with twelve episodes
    assert advice(threshold=475.0, gate={"margin": 88.0})[0].split("; ")[-1] == "write 13"


def test_a_study_that_is_checked_says_it_once(advice, tiny, write_study, caplog):
    advice(gate={"method": "wilson"})
    with caplog.at_level(logging.WARNING):
        check_study(load_study(write_study(tiny)))
    assert [message for message in caplog.messages if "gate.method is ignored" in message] == [
        "first, second: gate.method is ignored: one bound serves all returns"
    ]
