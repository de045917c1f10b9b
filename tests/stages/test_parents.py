"""Branches of one generation that differ in who has heirs, through every stage."""

import copy
import os
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from heredity.agents.agent import read_zipped
from heredity.agents.kept import members_in
from heredity.evaluation.returns import read_evaluation
from heredity.gate.record import read_gate
from heredity.inheritance.links import broken_links
from heredity.inheritance.pedigree import stored_births, why_ended
from heredity.inheritance.ranking import ranking_steps
from heredity.layout import Layout
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.runner import call_stage, read_input
from heredity.pipeline.untrained import play_untrained, untrained_play
from heredity.study.lineages import lineage_of
from heredity.workers import map_in_processes
from stages import inherit
from tests.examples import TINY
from tests.here import hand_out, run, run_generation

pytestmark = pytest.mark.study

LAYOUT = Layout()
LINEAGES = ("l00", "l01")
NEXT = {"rank": "next", "rank_episodes": 5}
BRANCHES = {
    "own": {},
    "next": {**NEXT, "parents": "best"},
    "random": {"donors": "random"},
    "failed": {"donors": "failed", **NEXT},
    "worst": {"donors": "worst", "at_most": 1, **NEXT},
    "hedged": {**NEXT, "immigrants": 2, "compete": True},
}


@pytest.fixture(scope="module")
def branches(tmp_path_factory):
    """Run a first generation of four in two lineages, half of which pass, and make the heirs of every branch."""
    content = copy.deepcopy(TINY) | {"population": 4, "lineages": 2, "control": {"generations": []}}
    content["algorithm"]["hyperparameters"] = {"n_steps": 16, "batch_size": 16, "policy_kwargs": {"net_arch": [4]}}
    content["evaluate"] = {"episodes": 4, "zero_shot_episodes": 2, "null_policies": False}
    content["gate"] = {"rule": "mean", "at_most": 2, "when_none": "best"}
    first, second = ({**content["generations"][name], "budget": 32} for name in ("first", "second"))
    content["generations"] = {"first": first} | {name: {**second, "inherit": rule} for name, rule in BRANCHES.items()}
    before, place = Path.cwd(), tmp_path_factory.mktemp("branches")
    os.chdir(place)
    os.environ["WANDB_MODE"], mode = "disabled", os.environ.get("WANDB_MODE")

    def handed_out():
        YAML().dump(content, Path("params.yaml"))
        return hand_out()

    handed_out()
    run("founders")
    run_generation("first")
    returns = read_evaluation(LAYOUT.arm("first", "inherited").evaluation, "report")
    first["threshold"] = float(np.median([np.mean(each) for each in returns.values()]))
    study = handed_out()
    for stage in ("gate", "confirm"):
        run(stage, "first")
    for name in BRANCHES:
        run("inherit", name)
    yield study
    os.chdir(before)
    os.environ.pop("WANDB_MODE") if mode is None else os.environ.update(WANDB_MODE=mode)


def of_lineage(names, lineage):
    return [name for name in names if lineage_of(name) == lineage]


def parents(branch, lineage):
    """Return the parent of every member of a lineage, None of a fresh one."""
    heirs = [birth for birth in stored_births(LAYOUT, branch).heirs if lineage_of(birth.child) == lineage]
    return [birth.parents[0] if birth.parents else None for birth in heirs]


def ranking(branch, lineage):
    return next((each for each in stored_births(LAYOUT, branch).rankings if each.lineage == lineage), None)


def replayed(branch, lineage, names):
    """Return what members of the first generation return and take on the episodes that rank."""
    given = read_input(InheritInput, LAYOUT, branch)
    models = LAYOUT.arm("first", "inherited")
    return {
        name: play_untrained(untrained_play(given, lineage, name, read_zipped(models.model(name)), "rank"))
        for name in names
    }


def test_the_gates_limit_leaves_all_survivors_and_two_donors(branches):
    gate = read_gate(LAYOUT.gate("first"))
    assert len(gate.survivors) == len(gate.passed) == 4
    for lineage in LINEAGES:
        survivors = of_lineage(gate.survivors, lineage)
        assert survivors
        expected = [survivors[:2][place % len(survivors[:2])] for place in range(4)]
        assert parents("own", lineage) == expected
    assert stored_births(LAYOUT, "own").rankings == ()


def test_by_the_next_task_the_one_that_plays_it_best_has_the_heirs(branches):
    gate, steps = read_gate(LAYOUT.gate("first")), 0
    for lineage in LINEAGES:
        survivors = of_lineage(gate.survivors, lineage)
        played = replayed("next", lineage, survivors)
        assert {played[name].mean for name in parents("next", lineage)} == {max(each.mean for each in played.values())}
        if len(survivors) > 1:
            assert ranking("next", lineage).returns == {name: each.mean for name, each in played.items()}
            assert ranking("next", lineage).env_steps == sum(each.env_steps for each in played.values())
            steps += ranking("next", lineage).env_steps
    births = stored_births(LAYOUT, "next")
    assert births.rankings
    assert sum(ranking_steps(births.rankings, [birth.child for birth in births.heirs]).values()) == steps


def test_random_failed_and_worst_ones_have_heirs_where_they_are_asked_for(branches):
    gate, models = read_gate(LAYOUT.gate("first")), LAYOUT.arm("first", "inherited").models
    failed_births = stored_births(LAYOUT, "failed")
    for lineage in LINEAGES:
        living, survivors = of_lineage(members_in(models), lineage), of_lineage(gate.survivors, lineage)
        drawn = set(parents("random", lineage))
        assert drawn <= set(living)
        assert len(drawn) == len(survivors[:2])
        played = replayed("worst", lineage, living)
        assert {played[name].mean for name in parents("worst", lineage)} == {min(each.mean for each in played.values())}
        failed = [name for name in living if name not in gate.passed]
        returns = {name: each.mean for name, each in replayed("failed", lineage, failed).items()}
        best = sorted(returns.values(), reverse=True)[:2]
        expected = [best[place % len(best)] for place in range(4)] if best else []
        assert [returns[name] for name in parents("failed", lineage)] == expected
        assert (lineage in failed_births.lost) == (not failed)
    assert stored_births(LAYOUT, "random").rankings == ()


def test_an_immigrant_is_fresh_only_where_it_plays_better_than_its_parent(branches):
    births = stored_births(LAYOUT, "hedged")
    for lineage in LINEAGES:
        told = ranking("hedged", lineage)
        assert list(told.fresh) == [f"{lineage}/m02", f"{lineage}/m03"]
        donors = list(told.returns)[:2]
        usual = [donors[place % len(donors)] for place in range(4)]
        expected = [None if told.fresh.get(f"{lineage}/m0{place}", -1) > told.returns[usual[place]] else usual[place]
                    for place in range(4)]  # fmt: skip
        assert parents("hedged", lineage) == expected
    fresh = [birth for birth in births.heirs if not birth.parents]
    assert {(birth.operator, birth.inherited_fraction, birth.zero_shot) for birth in fresh} <= {("fresh", 0.0, None)}


def test_branches_go_through_every_stage_and_their_hashes_hold(branches):
    for name in ("next", "failed", "hedged"):
        run_generation(name)
        assert read_gate(LAYOUT.gate(name)).candidates
    assert broken_links() == []


@pytest.mark.slow
def test_workers_of_their_own_come_to_the_same_births(branches):
    for name in ("next", "hedged"):
        before = LAYOUT.pedigree(name).read_bytes()
        call_stage(inherit.main, [name], parallel_map=map_in_processes)
        assert LAYOUT.pedigree(name).read_bytes() == before


def test_members_that_were_trained_once_more_are_ranked_as_they_are_then(branches, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = copy.deepcopy(TINY) | {"control": {"generations": []}}
    content["algorithm"]["hyperparameters"] = {"n_steps": 16, "batch_size": 16, "policy_kwargs": {"net_arch": [4]}}
    content["generations"]["first"] |= {
        "budget": 32, "threshold": 400.0, "gate": {"rule": "mean", "when_none": "extend", "extend_budget": 32}
    }  # fmt: skip
    content["generations"]["second"] |= {"budget": 32, "inherit": {"donors": "worst", **NEXT}}
    content["generations"]["branch"] = {**content["generations"]["second"], "inherit": {"donors": "failed"}}
    YAML().dump(content, Path("params.yaml"))
    hand_out()
    run("founders")
    run_generation("first")
    for name in ("second", "branch"):
        run("inherit", name)
        models = LAYOUT.arm("first", "extension")
        births = stored_births(LAYOUT, name).heirs
        assert births
        assert [birth.parent_hashes[0] for birth in births] == [
            read_zipped(models.model(b.parents[0])).digest for b in births
        ]
    assert why_ended(LAYOUT, "branch") is None
