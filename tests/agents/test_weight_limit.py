"""What a file says of its algorithm makes no network beyond its own tensors, and no buffer beyond the memory."""

import pytest

from heredity.agents.agent import Agent, unpack
from heredity.agents.algorithms import build
from heredity.agents.founders import algorithm_of
from heredity.agents.weight_limit import SPARE_WEIGHTS, weights_limited
from heredity.errors import HeredityError, StudyError
from heredity.inheritance.heirs import inherit
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm
from tests.agents import hostile
from tests.agents.examples import CARTPOLE, FRESH, PPO


@pytest.mark.parametrize(("name", "make"), [pytest.param(*case, id=case[0]) for case in hostile.accounts()])
def test_an_account_that_its_tensors_do_not_bear_out_is_refused_by_whoever_builds(name, make):
    agent = Agent(make())
    for refusing in (
        lambda: unpack(agent, algorithm_of(agent), CARTPOLE, 0, 0),
        lambda: inherit({"f": agent}, CARTPOLE, InheritRule(), population=1, seed=0),
    ):
        with pytest.raises(HeredityError) as refusal:
            refusing()
        assert str(refusal.value).isprintable()


@pytest.mark.parametrize(("name", "make"), [pytest.param(*case, id=case[0]) for case in hostile.descriptions()])
def test_a_description_that_is_none_of_stable_baselines3_is_refused_by_whoever_plays(name, make):
    agent = Agent(make())
    with pytest.raises(HeredityError):
        unpack(agent, algorithm_of(agent), CARTPOLE, 0, 0)


@pytest.mark.parametrize(("name", "make"), [pytest.param(*case, id=case[0]) for case in hostile.misfits()])
def test_tensors_of_no_policy_are_refused_by_whoever_builds_one(name, make):
    with pytest.raises(HeredityError):
        unpack(Agent(make()), PPO, CARTPOLE, 0, 0)


def test_networks_are_counted_within_a_limit_and_in_nothing_else():
    wide = Algorithm(name="PPO", n_envs=1, hyperparameters={"policy_kwargs": {"net_arch": [2048, 2048]}})
    with weights_limited(1), pytest.raises(StudyError, match=f"got more than {SPARE_WEIGHTS + 4}"):
        build(wide, CARTPOLE, 0, 0)
    with weights_limited(1):
        assert build(PPO, CARTPOLE, 0, 0)
    assert build(wide.model_copy(update={"hyperparameters": {"policy_kwargs": {"net_arch": [1024]}}}), CARTPOLE, 0, 0)


def test_an_heir_with_the_first_donors_algorithm_is_as_wide_as_the_donor():
    [heir] = inherit({"f": FRESH}, CARTPOLE, InheritRule(), population=1, seed=0)
    assert heir.birth.inherited_fraction == 1.0
