"""An optimizer goes on from what is kept of one of its kind; a founder that brings another plays all the same."""

import pytest

from heredity.agents.agent import Agent, pack, unpack
from heredity.agents.archives import pack_zip, unpack_zip
from heredity.agents.founders import algorithm_of
from heredity.errors import AgentError
from heredity.evaluation.episodes import evaluate
from heredity.inheritance.heirs import inherit
from heredity.study.inherit_rule import InheritRule
from tests.agents import hostile
from tests.agents.examples import CARTPOLE, PPO

SOUND = hostile.optimizer_with(lambda state: None)


@pytest.mark.parametrize(("name", "make"), [pytest.param(*case, id=case[0]) for case in hostile.optimizers()])
def test_an_optimizer_of_another_kind_is_refused_by_whoever_goes_on_from_it(name, make):
    agent = Agent(make())
    with pytest.raises(AgentError, match=r"policy\.optimizer: expected .* of another kind"):
        unpack(agent, PPO, CARTPOLE, 0, 0)
    with pytest.raises(AgentError, match="optimizer: expected "):
        inherit({"f": agent}, CARTPOLE, InheritRule(optimizer="keep"), population=1, seed=0, algorithm=PPO)
    assert inherit({"f": agent}, CARTPOLE, InheritRule(), population=1, seed=0, algorithm=PPO)


@pytest.mark.parametrize(("name", "make"), [pytest.param(*case, id=case[0]) for case in hostile.optimizers()])
def test_a_founder_plays_whatever_its_optimizer_is(name, make):
    members = unpack_zip(make())
    del members["heredity.json"]
    founder = Agent(pack_zip({**members, "data": hostile.json.dumps(hostile.FOREIGN).encode()}))
    assert evaluate(founder, CARTPOLE, episodes=1, seed=0, algorithm=algorithm_of(founder)).returns.min() >= 8


def test_an_optimizer_of_the_same_kind_is_taken_with_its_steps():
    agent = Agent(SOUND())
    again = unpack(agent, PPO, CARTPOLE, 0, 0)
    assert float(again.policy.optimizer.state_dict()["state"][0]["step"]) == 1.0
    assert unpack(pack(again, PPO), PPO, CARTPOLE, 1, 1)


def test_switches_that_an_older_version_did_not_know_may_be_missing():
    older = hostile.optimizer_with(
        lambda state: [state["param_groups"][0].pop(name) for name in ("foreach", "fused", "maximize")] and None
    )
    assert unpack(Agent(older()), PPO, CARTPOLE, 0, 0)
