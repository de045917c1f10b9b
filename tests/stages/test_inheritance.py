"""Inheritance as a study runs it: random donors, other operators in one study, hyperparameters of one's own."""

import json

import pytest
from ruamel.yaml import YAML

from heredity.agent import read_agent, read_algorithm
from heredity.pedigree import broken_links, read_links
from tests.conftest import TINY
from tests.stages.conftest import make_project


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    """Run a study whose generations inherit in three ways."""
    project = make_project(tmp_path_factory.mktemp("family"))
    second = {**TINY["generations"]["second"], "inherit": {"parents": "best", "perturb": {"learning_rate": [0.5, 2.0]}}}
    soup = {**second, "after": "second", "inherit": {"operator": "soup"}, "gate": {"at_most": 2}}
    blind = {**second, "inherit": {"operator": "features", "donors": "random", "immigrants": 1}}
    study = {
        **TINY,
        "generations": {
            "first": TINY["generations"]["first"],
            "second": {**second, "gate": {"at_most": 2}, "threshold": 5.0},
            "third": soup,
            "blind": {**blind, "train": {"engine": "cohort"}},
        },
        "control": {"generations": [], "budget": "matched"},
    }
    project.write(study)
    project.run("dvc", "repro")
    return project


def test_heirs_learn_with_hyperparameters_of_their_own(family):
    lineage = family.path / "lineage"
    rates = {link.child: link.hyperparameters["learning_rate"] for link in read_links(lineage / "second")}
    assert len(set(rates.values())) == 2
    for member, rate in rates.items():
        trained = read_algorithm(read_agent(lineage / "second" / "models" / f"{member}.zip"))
        assert trained.hyperparameters["learning_rate"] == rate


def test_siblings_that_survive_make_a_soup(family):
    lineage = family.path / "lineage"
    survivors = json.loads((lineage / "second" / "gate.json").read_text())["survivors"]
    assert {link.parents for link in read_links(lineage / "third")} == {tuple(survivors), tuple(survivors[::-1])}


def test_random_donors_are_members_and_immigrants_come_last(family):
    heir, immigrant = read_links(family.path / "lineage" / "blind")
    assert heir.operator == "features"
    assert heir.parents[0] in ("m00", "m01")
    assert immigrant.operator == "fresh"


def test_every_hash_fits_its_file(family):
    assert broken_links(family.path / "lineage") == []
    assert "soup of m0" in family.run("heredity", "tree")


def test_strangers_are_refused_a_soup_by_generation_and_member(family):
    text = YAML(typ="safe", pure=True).load((family.path / "params.yaml").read_text())
    text["generations"]["second"]["inherit"] = {"operator": "soup"}
    text["generations"]["first"]["gate"] = {"at_most": 2}
    text["generations"]["first"]["threshold"] = 5.0
    family.write(text)
    output = family.run("dvc", "repro", code=255)
    assert "error: second: m00: soup: expected siblings" in output
