"""evaluate, gate and confirm as stages, on real episodes of untrained members."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import gymnasium
import pytest

from heredity.agents.agent import fresh_agent, write_agents
from heredity.agents.task import make_task
from heredity.errors import GateError, TaskError
from heredity.evaluation import on_twin
from heredity.files import write_json
from heredity.gate.record import read_gate
from heredity.inheritance.pedigree import Birth, Births, write_births
from heredity.layout import Layout
from heredity.pipeline.ending import why_none_have_heirs
from heredity.seeds import seed_integer, seed_integers
from tests.here import hand_out
from tests.here import run as run_stage

pytestmark = pytest.mark.study

NO_NULLS = {"null_policies": False}


@pytest.fixture
def run(tiny, write_study, tmp_path, monkeypatch):
    """Return a function that evaluates and gates four untrained members of one generation."""
    monkeypatch.chdir(tmp_path)

    def run(generation="first", **sections):
        tiny["population"] = 4
        tiny["evaluate"]["null_policies"] = True
        for name, section in sections.items():
            tiny[name] = {**tiny[name], **section} if isinstance(section, dict) else section
        study = hand_out(write_study(tiny))
        node, task = study.generations[generation], make_task(study, generation)
        agents = {name: fresh_agent(node.algorithm, task, seed) for seed, name in enumerate(study.members())}
        write_agents(Layout().arm(generation, "inherited").models, agents)
        if not Layout().pedigree(generation).exists():
            births = tuple(
                Birth(child=name, parents=(), operator="fresh", parts={}, parent_hashes=(), child_hash="0" * 64,
                      seed=seed, inherited_fraction=0.0)
                for seed, name in enumerate(agents)
            )  # fmt: skip
            write_births(Layout().pedigree(generation), Births(generation, node.after, births))
        for stage in ("evaluate", "extend", "gate", "confirm"):
            run_stage(stage, generation)
        return json.loads(Layout().gate(generation).read_text()), study

    return run


def rows(split, path="lineage/first/evaluation.csv"):
    with Path(path).open() as file:
        return [row for row in csv.DictReader(file) if row["split"] == split]


def test_survivors_are_confirmed_on_episodes_that_did_not_choose_them(run):
    decision, _ = run(evaluate={"confirm": 2, **NO_NULLS}, gate={"rule": "top", "at_most": 3})
    confirmed = rows("confirm", "lineage/first/confirmation.csv")
    assert list(dict.fromkeys(row["member"] for row in confirmed)) == decision["survivors"][:2]
    assert len(confirmed) == 2 * 12
    assert not {row["seed"] for row in confirmed} & {row["seed"] for row in rows("report")}


ON_TWINS = {"engine": "cohort", "environments": "jax"}


def test_a_member_that_played_a_twin_is_confirmed_on_the_original_and_on_as_many_episodes_of_the_twin(run):
    decision, _ = run(
        train=ON_TWINS, evaluate={"confirm": 2, "episodes": 30, **NO_NULLS}, gate={"rule": "top", "at_most": 3}
    )
    path = "lineage/first/confirmation.csv"
    original, twin = rows("confirm", path), rows("twin", path)
    assert [row["member"] for row in original] == [row["member"] for row in twin]
    assert {row["member"] for row in original} == set(decision["survivors"][:2])
    assert [row["seed"] for row in original] == [row["seed"] for row in twin]
    assert [row["return"] for row in original] != [row["return"] for row in twin]
    assert not {row["seed"] for row in twin} & {row["seed"] for row in rows("report")}


def test_a_twin_that_does_not_do_what_the_original_does_is_an_error(run, monkeypatch):
    made = on_twin.make_twin
    monkeypatch.setattr(on_twin, "make_twin", lambda task: replace(made(task), spec=made(task).spec._replace(limit=5)))
    with pytest.raises(TaskError, match=r"^first/m0\d: expected the same of CartPole-v1 and of its twin, got \+"):
        run(train=ON_TWINS, evaluate=NO_NULLS, gate={"rule": "top"})


def test_the_decision_can_be_replayed_from_its_seeds(run):
    decision, study = run()
    seeds = seed_integers(seed_integer(study.seed, "first", "report"), 12)
    assert decision["seeds"] == {"split": "report", "root": seed_integer(0, "first", "report"), "episodes": 12}
    for split, names in (("report", {"m00", "m01", "m02", "m03"}), ("null", {"random", "constant"})):
        assert {row["member"] for row in rows(split)} == names
        assert [int(row["seed"]) for row in rows(split)] == seeds * len(names)
    assert set(decision["nulls"]) == {"random", "constant"}
    assert set(decision["candidates"]) == {"m00", "m01", "m02", "m03"}


def test_a_threshold_that_a_random_policy_reaches_is_an_error_with_the_numbers(run, tiny):
    tiny["generations"]["first"]["threshold"] = 9.0
    with pytest.raises(GateError, match=r"first: .* random passes: 95% lower bound [\d.]+ ≥ threshold 9; raise gener"):
        run()
    assert not Path("lineage/first/gate.json").exists()
    decision, _ = run(evaluate=NO_NULLS)
    assert decision["nulls"] == {}
    assert rows("null") == []


def test_a_race_lets_only_finalists_play_for_the_gate(run):
    decision, _ = run(evaluate={"select_episodes": 9, "finalists": 1})
    played = {name: seen["episodes"] for name, seen in decision["race"].items()}
    assert sorted(played.values()) == [3, 3, 9, 9]
    finalist = max(decision["race"].items(), key=lambda item: (item[1]["episodes"], item[1]["mean"]))[0]
    assert {row["member"] for row in rows("report")} == set(decision["candidates"]) == {finalist}
    assert not {row["seed"] for row in rows("report")} & {row["seed"] for row in rows("select")}


def test_a_named_champion_is_met_on_the_same_seeds(run):
    run()
    shutil.copy("lineage/first/models/m02.zip", "champion.zip")
    decision, _ = run(gate={"rule": "champion", "champion": "champion.zip", "when_none": "stop"}, evaluate=NO_NULLS)
    assert decision["candidates"]["m00"]["reason"].startswith("better than the champion after")
    assert decision["candidates"]["m02"]["reason"].startswith("undecided, the champion stays after 12 episodes")
    seeds = [[row["seed"] for row in rows(split)] for split in ("champion", "report")]
    assert seeds[0] == seeds[1][:12]


def test_a_champion_that_is_the_parent_is_found_in_the_pedigree(run):
    link = {
        "child": "m00", "parents": ["m00"], "operator": "copy", "parts": {}, "parent_hashes": ["x"], "child_hash": "y",
        "seed": 1, "inherited_fraction": 1.0,
    }  # fmt: skip
    run()
    fresh = [
        {**link, "child": f"m0{index}", "parents": [], "operator": "fresh", "parent_hashes": []} for index in (1, 2, 3)
    ]
    heirs = [link, *fresh]
    write_json("lineage/second/heirs/pedigree.json", {"generation": "second", "after": "first", "heirs": heirs})
    decision, _ = run("second", gate={"rule": "champion", "champion": "parent"}, founders=["f.zip"])
    assert decision["bar"] == decision["candidates"]["m00"]["mean"]  # the parent has the weights of this m00
    assert decision["candidates"]["m03"]["reason"].startswith("not better than the champion")


def test_a_reference_sets_the_threshold_between_a_random_policy_and_itself(run):
    first, _ = run()
    shutil.copy("lineage/first/models/m03.zip", "reference.zip")
    decision, _ = run(gate={"reference": "reference.zip", "fraction": 0.5})
    score, floor = first["candidates"]["m03"]["mean"], first["nulls"]["random"]["mean"]
    assert decision["threshold"] == pytest.approx((score + floor) / 2)
    shutil.copy("lineage/first/models/m01.zip", "reference.zip")
    with pytest.raises(GateError, match=r"first: expected a reference that is better than a random policy, got ref"):
        run()


def test_where_nobody_passes_and_the_rule_is_stop_the_study_ends_with_the_reason(run, tiny):
    tiny["generations"]["first"]["threshold"] = 501.0
    decision, _ = run(gate={"when_none": "stop"})
    assert (decision["passed"], decision["survivors"], decision["fallback"]) == ([], [], "stop")
    ended = why_none_have_heirs("first", read_gate(Layout().gate("first")))
    assert ended == "the study ended at first, where none of 4 members passed the gate"
    assert rows("confirm", "lineage/first/confirmation.csv") == []


class Fragile(gymnasium.Wrapper):
    """Breaks for whoever pushes to the left twice."""

    def __init__(self, env, pushes):
        super().__init__(env)
        self.left, self.pushes = 0, pushes

    def reset(self, **named):
        self.left = 0
        return super().reset(**named)

    def step(self, action):
        self.left = self.left + 1 if action == 0 else 0
        if self.left == self.pushes:
            raise RuntimeError("rail bent")
        return super().step(action)


def fragile(pushes):
    return {"id": "CartPole-v1", "wrappers": [{"name": f"{__name__}.Fragile", "kwargs": {"pushes": pushes}}]}


def test_a_member_whose_environment_misbehaves_is_marked_and_the_others_go_on(run, tiny):
    tiny["generations"]["first"]["env"] = fragile(5)
    decision, _ = run(evaluate=NO_NULLS)
    failures = json.loads(Path("lineage/first/failures.json").read_text())
    assert {failure["member"] for failure in failures} == set(decision["failed"])
    assert set(decision["failed"]) | set(decision["candidates"]) == {"m00", "m01", "m02", "m03"}
    assert 0 < len(failures) <= 2
    assert failures[0]["command"] == "dvc repro --force --single-item evaluate@first"
    assert failures[0]["reason"].endswith(f"got RuntimeError: rail bent on seed {failures[0]['seed']}")


def test_a_generation_of_which_too_few_live_is_one_line_and_leaves_nothing(run, tiny):
    tiny["generations"]["first"]["env"] = fragile(1)
    with pytest.raises(
        TaskError, match=r"first: expected at least one of 4 members to live, got none; m00: CartPole-v1: .*"
    ):
        run(evaluate=NO_NULLS)
    assert not [path.name for path in Path("lineage/first").iterdir() if path.name not in ("models", "heirs")]
