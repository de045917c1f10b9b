"""A population dealt into shards: everybody once, in order, on seeds of the member's own."""

from dataclasses import replace

import pytest

from heredity.agents.agent import fresh_agent, write_agent
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.inheritance.birth_files import write_heirs
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.warm_start import WarmStart
from heredity.layout import Layout
from heredity.seeds import Seeds
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm, Train
from heredity.training import sharding
from heredity.training.shard import Member, Shard
from heredity.training.sharding import deal, extended_members, fresh_members, stored_members

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})
PARENT = fresh_agent(PPO, CARTPOLE, 0)
SEEDS = Seeds(3, "second")


def heirs(**rule):
    donors = {"a": Donor(PARENT)} if rule else {}
    return inherit(donors, CARTPOLE, InheritRule(**rule), population=3, seed=1, algorithm=PPO)


@pytest.mark.parametrize(("size", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_everybody_is_in_one_shard_in_order(size, sizes):
    members = [Member(f"m{index:02d}", PARENT, index) for index in range(5)]
    shards = deal(Shard("g", "control", CARTPOLE, PPO, Train(shard=size), 64, 2, ()), members)
    assert [len(shard.members) for shard in shards] == sizes
    assert [member for shard in shards for member in shard.members] == members
    assert {(shard.arm, shard.budget_steps) for shard in shards} == {("control", 64)}


@pytest.mark.parametrize(
    ("gpus", "engine", "sizes"),
    [
        (0, "cohort", [7]),
        (1, "cohort", [7]),
        (2, "cohort", [4, 3]),
        (9, "cohort", [2, 2, 2, 1]),
        (2, "sb3", [2, 2, 2, 1]),
    ],
)
def test_on_gpus_members_are_dealt_among_them_and_by_no_less_than_a_tile(gpus, engine, sizes, monkeypatch):
    monkeypatch.setattr(sharding, "visible_gpus", lambda: tuple(map(str, range(gpus))))
    members = [Member(f"m{index:02d}", PARENT, index) for index in range(7)]
    settings = Train(engine=engine, environments="jax", device="cuda", shard=2)
    shards = deal(Shard("g", "control", replace(CARTPOLE, twin=True), PPO, settings, 64, 2, ()), members)
    assert [len(shard.members) for shard in shards] == sizes
    assert [member for shard in shards for member in shard.members] == members


def test_stored_heirs_become_members_with_all_that_goes_on_of_their_inheritance(tmp_path):
    layout, born = Layout(tmp_path), heirs(operator="kickstart", perturb={"learning_rate": (0.5, 2.0)}, immigrants=1)
    write_heirs(layout, "second", "first", born)
    members = stored_members(layout, "second", SEEDS)
    assert [member.name for member in members] == ["m00", "m01", "m02"]
    assert [member.initial for member in members] == [heir.agent for heir in born]
    assert [member.seed for member in members] == [SEEDS.integer(name, "train") for name in ("m00", "m01", "m02")]
    assert [member.hyperparameters for member in members] == [heir.birth.hyperparameters for heir in born]
    assert members[0].warm_start == born[0].warm_start
    assert members[0].warm_start.parent == PARENT
    assert members[2].warm_start.parent is None
    assert stored_members(layout, "second", SEEDS, ["m01"]) == members[1:2]


def test_a_control_has_the_seeds_of_the_members_that_it_is_compared_with():
    control = fresh_members(heirs(), SEEDS)
    assert [member.seed for member in control] == [SEEDS.integer(member.name, "train") for member in control]
    assert [member.initial for member in control] == [heir.agent for heir in heirs()]


def test_members_that_are_extended_go_on_from_where_they_are_on_seeds_of_their_own():
    members = [Member(name, PARENT, 1, {"learning_rate": 0.1}) for name in ("m00", "m01")]
    trained = fresh_agent(PPO, CARTPOLE, 5)
    seed, as_ended = SEEDS.integer("m01", "extend"), WarmStart(explores_anew=False, plays_first=True)
    assert extended_members(members, {"m01": trained}, SEEDS) == [
        Member("m01", trained, seed, {"learning_rate": 0.1}, as_ended)
    ]


@pytest.mark.parametrize("names", [None, ["m09"]])
def test_an_heir_that_no_birth_is_on_record_of_is_refused(tmp_path, names):
    layout = Layout(tmp_path)
    write_heirs(layout, "second", "first", heirs(operator="copy"))
    write_agent(PARENT, layout.heir("second", "m09"))
    with pytest.raises(AgentError, match=r"pedigree\.json: expected the birth of m09, got none"):
        stored_members(layout, "second", SEEDS, names)
