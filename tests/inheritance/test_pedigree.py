"""The pedigree: written at birth, checked against the files, followed across studies."""

import json

import pytest

from heredity.agents.agent import fresh_agent
from heredity.errors import AgentError
from heredity.files import write_json
from heredity.inheritance.birth_files import write_heirs
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.links import broken_links
from heredity.inheritance.parents import weight_hashes
from heredity.inheritance.pedigree import read_births, read_pedigree, why_ended
from heredity.layout import Layout
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm
from tests.inheritance.examples import CARTPOLE, PPO, births, born, three_generations


@pytest.fixture
def lineage(tmp_path):
    """Return the lineage of three generations."""
    return three_generations(tmp_path / "one" / "lineage")


def test_a_birth_tells_all_that_inheritance_did(lineage):
    _, one = births(lineage, "second")
    assert (one.generation, one.after, one.parents, one.operator) == ("second", "first", ("m00",), "copy")
    assert one.parts["optimizer"] == "reset"
    assert one.parts["actor"] == "keep"
    assert one.inherited_fraction == 1.0
    assert len(one.outcomes["copied"]) == 12
    assert 0.8 * 0.0003 <= one.hyperparameters["learning_rate"] <= 1.25 * 0.0003
    assert (
        weight_hashes(one)
        == one.parent_hashes
        == (fresh_agent(PPO, CARTPOLE, births(lineage, "first")[0].seed).digest,)
    )


@pytest.mark.parametrize(("rule", "related"), [({}, False), ({"actor": "keep"}, True)])
def test_kickstarted_children_are_relatives_where_they_began_as_copies(tmp_path, rule, related):
    first = born(tmp_path, "first", "founders", {})
    born(tmp_path, "second", "first", first, operator="kickstart", **rule)
    birth = births(tmp_path, "second")[0]
    assert weight_hashes(birth) == (birth.parent_hashes if related else ())
    assert birth.warm_start.kickstart == 1.0


def test_a_member_is_followed_back_through_both_its_parents(lineage):
    pedigree = read_pedigree(lineage)
    assert pedigree.births["third", "m00"].parents == ("m00", "m01")
    assert pedigree.ancestors("third", "m00") == [("second", "m00"), ("second", "m01"), ("first", "m00")]


def test_a_founder_is_followed_into_the_study_that_it_comes_from(tmp_path, lineage):
    root = tmp_path / "two" / "lineage"
    founders = {"f00": Donor(fresh_agent(PPO, CARTPOLE, 0))}
    born(root, "start", "founders", founders)
    write_json(root / "founders" / "models" / "sources.json", {"f00": "../one/lineage/second/models/m01.zip"})
    elsewhere = f"{root.parent}/../one/lineage"
    pedigree = read_pedigree(root)
    assert pedigree.ancestors("start", "m01") == [
        ("founders", "f00"), (f"{elsewhere}:second", "m01"), (f"{elsewhere}:first", "m00")
    ]  # fmt: skip
    assert pedigree.births["founders", "f00"].operator == "founder"


def test_a_founder_from_anywhere_else_is_an_end(tmp_path, lineage):
    write_json(lineage / "founders" / "models" / "sources.json", {"f00": "downloads/ppo.zip"})
    assert read_pedigree(lineage).ancestors("first", "m00") == []


@pytest.mark.parametrize("content", ["", "[]", '{"generation": "second", "heirs": [{}]}', '{"heirs": 3}'])
def test_a_file_that_is_no_pedigree_is_refused_by_name(lineage, content):
    (lineage / "second" / "heirs" / "pedigree.json").write_text(content)
    with pytest.raises(AgentError, match=r"second/heirs/pedigree\.json: expected a pedigree as inherit writes it"):
        read_pedigree(lineage)


def test_an_older_pedigree_without_outcomes_is_read(lineage):
    path = lineage / "second" / "heirs" / "pedigree.json"
    content = json.loads(path.read_text())
    for row in content["heirs"]:
        del row["outcomes"], row["hyperparameters"]
        row["upbringing"] = {**row.pop("warm_start"), "kickstart": 0.5}
    write_json(path, content)
    older = read_pedigree(lineage).births["second", "m00"]
    assert older.outcomes == {}
    assert older.warm_start.kickstart == 0.5


def test_who_plays_first_stands_in_a_pedigree_and_a_pedigree_without_it_is_read(tmp_path):
    algorithm = Algorithm(
        name="DQN", n_envs=1, hyperparameters={"policy_kwargs": {"net_arch": [4]}, "buffer_size": 10}
    )  # fmt: skip
    donors = {"a": fresh_agent(algorithm, CARTPOLE, 0)}
    heirs = inherit(donors, CARTPOLE, InheritRule(immigrants=1), population=2, seed=0, algorithm=algorithm)
    layout = Layout(tmp_path)
    write_heirs(layout, "second", "first", heirs)
    path = layout.pedigree("second")
    written = [row["warm_start"] for row in json.loads(path.read_text())["heirs"]]
    assert [row.get("plays_first") for row in written] == [True, None]
    assert [birth.warm_start for birth in read_births(path).heirs] == [heir.warm_start.record for heir in heirs]
    content = json.loads(path.read_text())
    del content["heirs"][0]["warm_start"]["plays_first"]
    write_json(path, content)
    assert not any(birth.warm_start.plays_first for birth in read_births(path).heirs)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"warm_start": {"kickstart": 1.0}}, "m00: expected a parent that its warm start is from, got none"),
        ({"warm_start": {"replay_hash": "a0"}}, "m00: expected a parent that its warm start is from, got none"),
    ],
)
def test_a_birth_with_a_teacher_and_no_parent_is_refused(lineage, changes, message):
    path = Layout(lineage).pedigree("first")
    content = json.loads(path.read_text())
    content["heirs"][0] |= changes
    write_json(path, content)
    for read in (lambda: broken_links(lineage), lambda: read_pedigree(lineage)):
        with pytest.raises(AgentError, match=message):
            read()


def test_the_pedigree_of_another_generation_in_its_place_is_refused(lineage):
    layout = Layout(lineage)
    layout.pedigree("second").write_bytes(layout.pedigree("third").read_bytes())
    for read in (lambda: read_pedigree(lineage), lambda: why_ended(layout, "second")):
        with pytest.raises(
            AgentError, match=r"second/heirs/pedigree\.json: expected the births of second, got those of third"
        ):
            read()
