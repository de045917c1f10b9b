"""Heirs: what every operator makes of its parents, on which draws it depends, and what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heredity.agents.agent import fresh_agent, unpack
from heredity.errors import AgentError
from heredity.inheritance.heirs import Donor, inherit
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm
from tests.inheritance.examples import CARTPOLE, PENDULUM, PPO, A, B, heir, same, trained, weights


def test_a_copy_acts_exactly_as_its_parent():
    parent = trained()
    child = heir(donors={"a": parent})
    observations = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    acts = []
    for agent in (parent, child.agent):
        model = unpack(agent, PPO, CARTPOLE, 3, 3)
        torch.manual_seed(0)
        acts.append([model.predict(observations, deterministic=d)[0].tolist() for d in (True, False)])
    assert acts[0] == acts[1]
    assert same(weights(parent), weights(child.agent))
    assert child.birth.inherited_fraction == 1.0


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shrink_and_perturb_is_a_copy_at_share_1_and_fresh_at_share_0(share):
    child = heir("shrink_perturb", parent_share=share)
    expected = A if share else fresh_agent(PPO, CARTPOLE, child.birth.seed)
    assert same(weights(child.agent), weights(expected))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), operator=st.sampled_from(["copy", "shrink_perturb", "permute", "crossover"]))
def test_an_heirs_bytes_depend_on_its_seed_and_parents_alone(seed, operator):
    rule, donors = InheritRule(operator=operator), {"a": A, "b": B}
    two = inherit(donors, CARTPOLE, rule, population=2, seed=seed, algorithm=PPO)
    three = inherit(donors, CARTPOLE, rule, population=3, seed=seed, algorithm=PPO)
    assert [one.agent for one in two] == [one.agent for one in three[:2]]
    assert two[0].agent != two[1].agent
    renamed = inherit({"x": A, "y": B}, CARTPOLE, rule, population=2, seed=seed, algorithm=PPO)
    assert [one.agent for one in renamed] == [one.agent for one in two]


def test_another_seed_gives_other_bytes_where_the_operator_draws():
    for operator in ("shrink_perturb", "permute", "crossover", "actor"):
        made = [heir(operator, {"a": A, "b": B}, seed=seed).agent for seed in (1, 2)]
        assert made[0] != made[1], operator


def test_too_little_inherited_is_an_error_that_names_the_way_out():
    rule = {"actor": "reset", "critic": "reset"}
    with pytest.raises(
        AgentError, match=r"m00: expected at least 10% of the parameters from a, got 0%.* operator dist"
    ):
        heir("copy", **rule)
    child = heir("copy", **rule, min_inherited=0.0)
    assert child.birth.inherited_fraction == 0.0
    assert len(child.birth.outcomes["reset"]) == 12


def test_immigrants_come_last_and_are_fresh():
    heirs = inherit({"a": A}, CARTPOLE, InheritRule(immigrants=2), population=3, seed=0, algorithm=PPO)
    assert [one.birth.operator for one in heirs] == ["copy", "fresh", "fresh"]
    assert heirs[1].agent == fresh_agent(PPO, CARTPOLE, heirs[1].birth.seed)
    assert heirs[1].birth.parents == ()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"operator": "actor", "optimizer": "keep"}, "optimizer: expected reset, because actor changes"),
        ({"critic": "reset", "optimizer": "keep"}, "optimizer: expected reset, because copy changes"),
        ({"perturb": {"n_steps": (0.5, 2.0)}}, r"perturb\.n_steps: expected one of clip_range, .*, got 'n_steps'"),
        (
            {"perturb": {"ent_coef": (2.0, 0.5)}},
            r"perturb\.ent_coef: expected the smaller factor first, got \[2\.0, 0\.5\]",
        ),
        (
            {"perturb": {"target_kl": (0.5, 2.0)}},
            r"perturb\.target_kl: expected a hyperparameter with a number, got None",
        ),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(rule, message):
    with pytest.raises(AgentError, match=message):
        heir(**rule)


def test_immigrants_cannot_compete_where_nobody_plays():
    rule = InheritRule(compete=True, rank="next", immigrants=1)
    with pytest.raises(AgentError, match=r"^compete: expected false, because nobody plays here, got true; compare by"):
        inherit({"a": A}, CARTPOLE, rule, population=2, seed=0, algorithm=PPO)


def test_without_donors_an_algorithm_has_to_be_named():
    with pytest.raises(AgentError, match=r"expected donors or an algorithm, got neither; pass algorithm=…"):
        inherit({}, CARTPOLE, InheritRule(), population=1, seed=0)


SMALL = {"policy_kwargs": {"net_arch": [4]}, "buffer_size": 10}
TD3, SAC = (
    Algorithm(name=name, n_envs=1, hyperparameters={**SMALL, **more})
    for name, more in (("TD3", {}), ("SAC", {"ent_coef": 0.1}))
)


@pytest.mark.parametrize(
    ("rule", "plays_first"),
    [
        ({}, True),
        ({"operator": "actor"}, True),
        ({"operator": "soup"}, True),
        ({"operator": "crossover"}, True),
        ({"operator": "shrink_perturb"}, True),
        ({"operator": "shrink_perturb", "parent_share": 0.0}, False),
        ({"operator": "features"}, False),
        ({"operator": "permute"}, False),
        ({"actor": "reset"}, False),
        ({"heads": "reset"}, False),
        ({"exploration": "reset"}, False),
        ({"critic": "reset"}, True),
    ],
)
def test_an_off_policy_heir_that_has_its_parents_actor_plays_first(rule, plays_first):
    kin = ("ancestor",) if rule.get("operator") == "soup" else ()
    donors = {name: Donor(fresh_agent(TD3, PENDULUM, seed), parent_hashes=kin) for seed, name in enumerate("ab")}
    born = heir(donors=donors, task=PENDULUM, algorithm=TD3, **rule)
    assert born.birth.warm_start.plays_first is born.warm_start.plays_first is plays_first


def test_a_heir_without_an_actor_of_its_parents_or_without_a_buffer_does_not_play_first():
    donors = {"a": fresh_agent(SAC, PENDULUM, 0)}
    assert heir(donors=donors, task=PENDULUM, algorithm=SAC).warm_start.plays_first
    assert not heir().warm_start.plays_first  # PPO has none
    immigrant = inherit(donors, PENDULUM, InheritRule(immigrants=1), population=1, seed=0, algorithm=SAC)[0]
    assert not immigrant.warm_start.plays_first
