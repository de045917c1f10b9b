"""Inheritance as the stages run it: random donors, several operators in one study, hyperparameters of one's own."""

import copy
import json
import os
import shutil
from functools import partial
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from ruamel.yaml import YAML
from stable_baselines3 import PPO

from heredity.agent import read_agent, read_algorithm, write_agent
from heredity.curves import read_curves
from heredity.errors import AgentError
from heredity.inherit_rule import Operator
from heredity.params import load_study
from heredity.pedigree import broken_links, read_links, read_pedigree
from heredity.upbringing import Upbringing
from stages import evaluate, founders, gate, inherit, train
from stages.common import LINEAGE
from tests.conftest import TINY

HEIRS = list(product(get_args(Operator), ("sb3", "cohort")))


def here(work, planned, on_progress=None):
    """Work in this process."""
    return [(partial(work, on_progress=on_progress) if on_progress else work)(one) for one in planned]


def run(study, generation):
    inherit.main(study, generation)
    train.main(study, generation, spread=here)
    evaluate.main(study, generation, spread=here)
    gate.main(study, generation)


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
    study = load_study()
    founders.main(study)
    for name in ("first", "second", "third", "blind", "near"):
        run(study, name)
    yield study
    os.chdir(before)
    os.environ.pop("WANDB_MODE") if mode is None else os.environ.update(WANDB_MODE=mode)


def survivors(generation):
    return tuple(json.loads((LINEAGE / generation / "gate.json").read_text())["survivors"])


def test_heirs_learn_with_hyperparameters_of_their_own(study):
    rates = {link.child: link.hyperparameters["learning_rate"] for link in read_links(LINEAGE / "second")}
    assert len(set(rates.values())) == 2
    for member, rate in rates.items():
        trained = read_algorithm(read_agent(LINEAGE / "second" / "models" / f"{member}.zip"))
        assert trained.hyperparameters["learning_rate"] == rate


def test_siblings_that_survive_make_a_soup(study):
    both = survivors("second")
    assert {link.parents for link in read_links(LINEAGE / "third")} == {both, both[::-1]}
    assert read_pedigree(LINEAGE).ancestors("third", "m00")[-1] == ("first", survivors("first")[0])


def test_random_donors_are_as_many_as_survivors_and_immigrants_come_last(study):
    assert len(inherit.plan(study, "blind")) == len(survivors("first")) == 1
    heir, immigrant = read_links(LINEAGE / "blind")
    assert (heir.operator, immigrant.operator) == ("features", "fresh")


def test_strangers_are_refused_a_soup_by_generation_and_member(study):
    with pytest.raises(AgentError, match=r"strange: m00: soup: expected siblings"):
        inherit.main(study, "strange")
    assert not (LINEAGE / "strange").exists()


@pytest.mark.parametrize(("operator", "engine"), HEIRS)
def test_heirs_of_every_operator_go_through_every_stage_in_both_engines(study, operator, engine):
    name = f"{operator}-{engine}"
    run(study, name)
    links, curves = read_links(LINEAGE / name), read_curves(LINEAGE / name / "curves.csv")
    assert [link.operator for link in links] == [operator] * 2
    assert {parent for link in links for parent in link.parents} == set(survivors(study.generations[name].after))
    assert [curves[link.child][-1].env_steps for link in links] == [128] * 2
    for link in links:
        model = PPO.load(LINEAGE / name / "models" / f"{link.child}.zip", device="cpu")
        assert model.num_timesteps == 128
        assert int(model.predict(np.zeros(4, np.float32))[0]) in (0, 1)
    assert survivors(name)
    assert broken_links(LINEAGE) == []


def test_parents_come_along_to_the_training_of_those_they_teach(study):
    parent = read_agent(LINEAGE / "first" / "models" / f"{survivors('first')[0]}.zip")
    members = [member for shard in train.plan(study, "near") for member in shard.members]
    assert [member.upbringing for member in members] == [Upbringing(parent, 1.0), Upbringing()]
    assert (LINEAGE / "near" / "gate.json").exists()


def test_every_hash_fits_its_file(study):
    assert broken_links(LINEAGE) == []


def test_a_parent_that_was_exchanged_on_the_way_is_found(study, tmp_path):
    shutil.copytree(LINEAGE, tmp_path / "lineage")
    path = tmp_path / "lineage" / "near" / "heirs" / "parents" / "m00.zip"
    write_agent(read_agent(LINEAGE / "blind" / "models" / "m01.zip"), path)
    [broken] = broken_links(tmp_path / "lineage")
    assert "near m00: parent" in broken
    assert str(path) in broken
