"""Donors as they are stored, and heirs that are stored whole."""

import pytest

from heredity.agents.agent import fresh_agent, read_zipped, write_agent
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.files import write_bytes
from heredity.gate.record import GateRecord
from heredity.inheritance.birth_files import write_founders, write_heirs
from heredity.inheritance.donors import stored_born, stored_donors, stored_pool
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.links import broken_links
from heredity.inheritance.pedigree import read_births, why_ended
from heredity.inheritance.warm_start import read_warm_start
from heredity.layout import Layout, replay_path
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16})
GRANDPARENT = fresh_agent(PPO, CARTPOLE, 9)


def born(population=3, **rule):
    donors = {"a": Donor(GRANDPARENT)} if rule else {}
    return inherit(donors, CARTPOLE, InheritRule(**rule), population=population, seed=2, algorithm=PPO)


@pytest.fixture
def layout(tmp_path):
    """Return the layout of a first generation of three copies, whose models are their heirs."""
    layout = Layout(tmp_path)
    heirs = born(operator="copy")
    write_heirs(layout, "first", "founders", heirs)
    for index, heir in enumerate(heirs):
        write_agent(fresh_agent(PPO, CARTPOLE, index), layout.arm("first", "inherited").model(heir.name))
    return layout


def donors(layout, rule=None, **changes):
    fitness = {"m00": 1.0, "m01": 0.5, "m02": 2.0}
    keywords = {"names": ["m02", "m00"], "fitness": fitness, "task": CARTPOLE, "born": stored_born(layout, "first")}
    return stored_donors(layout, "first", rule or InheritRule(), **{**keywords, **changes})


def test_donors_are_read_in_their_order_with_all_that_operators_ask_for(layout):
    stored = donors(layout)
    assert list(stored) == ["m02", "m00"]
    assert stored["m02"] == Donor(fresh_agent(PPO, CARTPOLE, 2), 2.0, (GRANDPARENT.digest,), CARTPOLE, None)


def test_founders_have_no_fitness_no_siblings_and_no_task(tmp_path):
    layout = Layout(tmp_path)
    write_agent(GRANDPARENT, layout.arm("founders", "inherited").model("f00"))
    stored = stored_donors(layout, "founders", InheritRule(), names=["f00"], fitness={}, task=None, born={})
    assert stored == {"f00": Donor(GRANDPARENT)}


def test_replay_buffers_come_along_where_they_are_kept_and_one_that_is_missing_is_named(layout):
    rule = InheritRule(replay_buffer="keep")
    with pytest.raises(AgentError, match=r"m02\.replay\.npz: expected a replay buffer beside the model, got none"):
        donors(layout, rule)
    for name in ("m00", "m02"):
        write_bytes(replay_path(layout.arm("first", "inherited").model(name)), name.encode())
    assert [donor.replay for donor in donors(layout, rule).values()] == [b"m02", b"m00"]


def test_heirs_are_written_with_their_pedigree_and_their_teachers(tmp_path):
    layout, heirs = Layout(tmp_path), born(operator="kickstart", immigrants=1)
    write_heirs(layout, "second", "first", heirs)
    births = read_births(layout.pedigree("second")).heirs
    assert [read_zipped(layout.heir("second", birth.child)).digest for birth in births] == [
        birth.child_hash for birth in births
    ]
    assert [read_warm_start(birth, layout) for birth in births] == [heir.warm_start for heir in heirs]
    assert read_zipped(layout.teacher("second", "m00")) == GRANDPARENT
    assert len(broken_links(tmp_path)) == 2  # the parents of generation "first" are nowhere here
    write_heirs(layout, "second", "first", [], "the study ended at first")
    assert [path.name for path in layout.heirs("second").iterdir()] == ["pedigree.json"]
    assert why_ended(layout, "second") == "the study ended at first"


def test_donors_that_were_never_born_are_refused(layout):
    write_agent(GRANDPARENT, layout.arm("first", "inherited").model("m09"))
    with pytest.raises(AgentError, match=r"first/gate\.json: expected donors that were born, got m09; type: dvc repro"):
        gate = GateRecord(survivors=("m02", "m09"))
        stored_pool(layout, "first", InheritRule(), gate, "", 0, stored_born(layout, "first"))


@pytest.mark.parametrize(("survivors", "got"), [([], "nobody"), (["f01"], "f01")])
def test_founders_are_those_that_were_read_and_all_of_them(tmp_path, survivors, got):
    layout = Layout(tmp_path)
    write_founders(layout, {"f00": GRANDPARENT}, ["models/f.zip"])
    with pytest.raises(AgentError, match=rf"founders/gate\.json: expected the founders f00, got {got}"):
        stored_pool(layout, "founders", InheritRule(at_most=1), GateRecord(survivors=tuple(survivors)), "", 0, {})


def test_founders_may_be_drawn_at_random_and_all_of_them_are_known(tmp_path):
    layout = Layout(tmp_path)
    write_founders(layout, {"f00": GRANDPARENT, "f01": GRANDPARENT}, ["models/f.zip", "models/g.zip"])
    founders, rule = GateRecord(survivors=("f00", "f01")), InheritRule(donors="random", at_most=1)
    drawn = {stored_pool(layout, "founders", rule, founders, "l00", seed, {}).names for seed in range(9)}
    assert drawn == {("f00",), ("f01",)}
