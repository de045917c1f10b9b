"""The pedigree: written at birth, checked against the files, followed across studies."""

import json
import os
import subprocess
import sys

import pytest

from heredity.agent import fresh_agent, write_agent
from heredity.errors import AgentError
from heredity.files import write_json
from heredity.inheritance import Donor, inherit
from heredity.params import Algorithm, InheritRule
from heredity.pedigree import broken_links, read_links, read_pedigree, write_pedigree
from heredity.task import Task

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16})


def born(root, generation, after, donors, **rule):
    """Write the heirs and the (untrained) models of one generation of two, and return the models as donors."""
    heirs = inherit(donors, CARTPOLE, InheritRule(**rule), population=2, seed=len(generation), algorithm=PPO)
    for heir in heirs:
        write_agent(heir.agent, root / generation / "heirs" / f"{heir.name}.zip")
        write_agent(heir.agent, root / generation / "models" / f"{heir.name}.zip")
    write_pedigree(root / generation / "heirs" / "pedigree.json", generation, after, heirs)
    return {heir.name: Donor(heir.agent, parent_hashes=heir.parent_hashes) for heir in heirs}


@pytest.fixture
def lineage(tmp_path):
    """Return the lineage of three generations: fresh, copies of the best, and their soup."""
    root = tmp_path / "one" / "lineage"
    first = born(root, "first", "founders", {})
    second = born(root, "second", "first", first, parents="best", perturb={"learning_rate": (0.8, 1.25)})
    born(root, "third", "second", second, operator="soup")
    return root


def test_a_link_tells_all_that_inheritance_did(lineage):
    links = {link.child: link for link in read_links(lineage / "second")}
    one = links["m01"]
    assert (one.generation, one.after, one.parents, one.operator) == ("second", "first", ("m00",), "copy")
    assert one.parts["optimizer"] == "reset"
    assert one.parts["actor"] == "keep"
    assert one.inherited_fraction == 1.0
    assert len(one.outcomes["copied"]) == 12
    assert 0.8 * 0.0003 <= one.hyperparameters["learning_rate"] <= 1.25 * 0.0003
    assert one.weight_hashes == one.parent_hashes == (fresh_agent(PPO, CARTPOLE, links_seed(lineage)).digest,)


@pytest.mark.parametrize(("rule", "related"), [({}, False), ({"actor": "keep"}, True)])
def test_kickstarted_children_are_relatives_where_they_began_as_copies(tmp_path, rule, related):
    first = born(tmp_path, "first", "founders", {})
    born(tmp_path, "second", "first", first, operator="kickstart", **rule)
    link = read_links(tmp_path / "second")[0]
    assert link.weight_hashes == (link.parent_hashes if related else ())
    assert link.upbringing["kickstart"] == 1.0


def links_seed(lineage):
    return read_links(lineage / "first")[0].seed


def test_a_member_is_followed_back_through_both_its_parents(lineage):
    pedigree = read_pedigree(lineage)
    assert pedigree.links["third", "m00"].parents == ("m00", "m01")
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
    assert pedigree.links["founders", "f00"].operator == "founder"


def test_a_founder_from_anywhere_else_is_an_end(tmp_path, lineage):
    write_json(lineage / "founders" / "models" / "sources.json", {"f00": "downloads/ppo.zip"})
    assert read_pedigree(lineage).ancestors("first", "m00") == []


def test_an_unbroken_lineage_has_no_broken_links(lineage):
    assert broken_links(lineage) == []


def test_broken_links_are_named(lineage):
    other = fresh_agent(PPO, CARTPOLE, 99)
    write_agent(other, lineage / "first" / "models" / "m00.zip")
    (lineage / "second" / "heirs" / "m01.zip").unlink()
    recorded = read_links(lineage / "second")[1]
    parent, child = recorded.parent_hashes[0][:8], recorded.child_hash[:8]
    model, heir = lineage / "first" / "models" / "m00.zip", lineage / "second" / "heirs" / "m01.zip"
    assert broken_links(lineage) == [
        f"second m00: parent first m00: expected {parent}, got {other.digest[:8]} ({model})",
        f"second m01: heir second m01: expected {child}, got no file ({heir})",
        f"second m01: parent first m00: expected {parent}, got {other.digest[:8]} ({model})",
    ]


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
    write_json(path, content)
    assert read_pedigree(lineage).links["second", "m00"].outcomes == {}


def test_the_tree_shows_operators_second_parents_and_broken_links(lineage, tiny, write_study):
    tiny["generations"]["third"] = {**tiny["generations"]["second"], "after": "second"}
    command = [sys.executable, "-m", "heredity.cli", "tree", "--params", str(write_study(tiny)), "--root", str(lineage)]

    def tree(code):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "250"}
        )
        assert done.returncode == code, done.stderr
        return done

    shown = tree(0).stdout
    assert "third m00  soup of m00 and m01" in shown
    assert "second m01  copy  learning_rate 0.000" in shown
    (lineage / "third" / "heirs" / "m00.zip").unlink()
    refused = tree(2)
    assert "third m00  soup" in refused.stdout
    assert refused.stderr.startswith("error: the pedigree is broken: third m00: heir third m00: expected ")
