"""Inheritance as the stages run it: random donors, several operators in one study, hyperparameters of one's own."""

import copy
import json
import os
import shutil
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from ruamel.yaml import YAML
from stable_baselines3 import PPO

from heredity.agents.agent import read_algorithm, read_zipped, write_agent
from heredity.errors import AgentError
from heredity.inheritance.links import broken_links
from heredity.inheritance.pedigree import read_births, read_pedigree
from heredity.inheritance.warm_start import WarmStart
from heredity.layout import Layout
from heredity.seeds import Seeds
from heredity.study.inherit_rule import Operator
from heredity.training.curves import read_curves
from heredity.training.sharding import stored_members
from tests.examples import TINY
from tests.here import hand_out, run, run_generation

pytestmark = pytest.mark.study

LINEAGE = Layout().lineage

HEIRS = list(product(get_args(Operator), ("sb3", "cohort")))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Run every stage of a study whose generations inherit in three ways, and stay in its directory."""
    first, second = (copy.deepcopy(TINY["generations"][name]) for name in ("first", "second"))
    second |= {"gate": {"at_most": 2}, "threshold": 5.0}
    drift = {"parents": "best", "perturb": {"learning_rate": [0.5, 2.0]}}
    generations = {
        "first": first,
        "second": {**second, "inherit": drift},
        "third": {**second, "after": "second", "inherit": {"operator": "soup"}},
        "blind": {**second, "inherit": {"operator": "features", "donors": "random", "immigrants": 1}},
        "near": {**second, "inherit": {"operator": "kickstart", "immigrants": 1}},
        "strange": {**second, "after": "blind", "inherit": {"operator": "soup"}},
    }
    after = {"soup": "second", "crossover": "blind"}  # donors that are siblings, donors that are not
    for operator, engine in HEIRS:
        how = {"inherit": {"operator": operator, "distil": {"states": 500}}, "train": {"engine": engine}}
        generations[f"{operator}-{engine}"] = {**second, "after": after.get(operator, "first"), **how}
    before, place = Path.cwd(), tmp_path_factory.mktemp("family")
    YAML().dump({**TINY, "generations": generations, "control": {"generations": []}}, place / "params.yaml")
    os.chdir(place)
    os.environ["WANDB_MODE"], mode = "disabled", os.environ.get("WANDB_MODE")
    study = hand_out()
    run("founders")
    for name in ("first", "second", "third", "blind", "near"):
        run_generation(name)
    yield study
    os.chdir(before)
    os.environ.pop("WANDB_MODE") if mode is None else os.environ.update(WANDB_MODE=mode)


def survivors(generation):
    return tuple(json.loads((LINEAGE / generation / "gate.json").read_text())["survivors"])


def test_heirs_learn_with_hyperparameters_of_their_own(study):
    rates = {
        birth.child: birth.hyperparameters["learning_rate"] for birth in read_births(Layout().pedigree("second")).heirs
    }
    assert len(set(rates.values())) == 2
    for member, rate in rates.items():
        trained = read_algorithm(read_zipped(LINEAGE / "second" / "models" / f"{member}.zip"))
        assert trained.hyperparameters["learning_rate"] == rate


def test_siblings_that_survive_make_a_soup(study):
    both = survivors("second")
    assert {birth.parents for birth in read_births(Layout().pedigree("third")).heirs} == {both, both[::-1]}
    assert read_pedigree(LINEAGE).ancestors("third", "m00")[-1] == ("first", survivors("first")[0])


def test_random_donors_are_as_many_as_survivors_and_immigrants_come_last(study):
    heir, immigrant = read_births(Layout().pedigree("blind")).heirs
    assert (heir.operator, immigrant.operator) == ("features", "fresh")


def test_strangers_are_refused_a_soup_by_generation_and_member(study):
    with pytest.raises(AgentError, match=r"strange: m00: soup: expected siblings"):
        run("inherit", "strange")
    assert not (LINEAGE / "strange").exists()


@pytest.mark.parametrize(
    ("operator", "engine"),
    [pytest.param(*each, marks=pytest.mark.slow if each[1] == "cohort" else ()) for each in HEIRS],
)
def test_heirs_of_every_operator_go_through_every_stage_in_both_engines(study, operator, engine):
    name = f"{operator}-{engine}"
    run_generation(name)
    births, curves = read_births(Layout().pedigree(name)).heirs, read_curves(LINEAGE / name / "curves.csv")
    assert [birth.operator for birth in births] == [operator] * 2
    passed, most = survivors(study.generations[name].after), study.generations[name].inherit.at_most
    assert {parent for birth in births for parent in birth.parents} == set(passed[:most])
    assert [curves[birth.child][-1].env_steps for birth in births] == [128] * 2
    for birth in births:
        model = PPO.load(LINEAGE / name / "models" / f"{birth.child}.zip", device="cpu")
        assert model.num_timesteps == 128
        assert int(model.predict(np.zeros(4, np.float32))[0]) in (0, 1)
    assert survivors(name)
    assert broken_links(LINEAGE) == []


def test_parents_come_along_to_the_training_of_those_they_teach(study):
    parent = read_zipped(LINEAGE / "first" / "models" / f"{survivors('first')[0]}.zip")
    members = stored_members(Layout(), "near", Seeds(study.seed, "near"))
    assert [member.warm_start for member in members] == [WarmStart(kickstart=1.0, parent=parent), WarmStart()]
    assert (LINEAGE / "near" / "gate.json").exists()


def test_every_hash_fits_its_file(study):
    assert broken_links(LINEAGE) == []


def test_a_parent_that_was_exchanged_on_the_way_is_found(study, tmp_path):
    shutil.copytree(LINEAGE, tmp_path / "lineage")
    path = tmp_path / "lineage" / "near" / "heirs" / "parents" / "m00.zip"
    write_agent(read_zipped(LINEAGE / "blind" / "models" / "m01.zip"), path)
    [broken] = broken_links(tmp_path / "lineage")
    assert "near/m00: parent" in broken
    assert str(path) in broken
