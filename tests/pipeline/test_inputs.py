"""Every stage is given what can change its result, and nothing else."""

import json
import re
from pathlib import Path

import pytest

from heredity.extras import CUDA_LIBRARIES
from heredity.layout import Layout
from heredity.pipeline.handouts import OF_GENERATION, OF_STUDY, handouts, write_handouts
from heredity.pipeline.resolve import decisions, resolved
from heredity.pipeline.runner import read_input
from heredity.pipeline.stamp import stamped
from heredity.study.load import load_study

COHORTS = {"heredity.training.cohort.engine", "heredity.training.cohort.tile_engine"}


def put(content, key, value):
    *path, last = key.split(".")
    for name in path:
        content = content[name]
    content[last] = value


@pytest.fixture
def inputs(tiny, write_study):
    """Return a function that says what every stage is given of the study as it is."""

    def inputs():
        study = resolved(load_study(write_study(tiny)))
        return {"/".join(filter(None, (name, stage))): given for (stage, name), given in handouts(study, "").items()}

    return inputs


def files(given):
    return {name: each.model_dump_json() for name, each in given.items()}


EVERYBODY_PLAYS = {f"{name}/{stage}" for name in ("first", "second") for stage in ("evaluate", "confirm")}


TRAINS = {"first/train", "second/train", "second/control"}
HEIRS_PLAY = {"first/inherit", "second/inherit", "first/train", "second/train"}


@pytest.mark.parametrize(
    ("key", "value", "changed"),
    [
        ("gate.confidence", 0.9, {"first/gate", "second/gate"}),
        ("generations.second.gate", {"confidence": 0.9}, {"second/gate"}),
        ("generations.second.gate", {"rule": "champion", "champion": "parent"}, {"second/gate", "second/evaluate"}),
        ("gate.error", "family", {"first/gate", "second/gate"}),
        ("gate.margin", 2.0, {"first/gate", "second/gate"}),
        ("gate.method", "student", set()),
        ("gate.at_most", 2, {"second/inherit"}),
        ("evaluate.floor", -1.0, {"first/gate", "second/gate"}),
        ("evaluate.env", "CartPole-v0", {*EVERYBODY_PLAYS, "first/gate", "second/gate", "second/control", "compare"}),
        ("train.wrappers", ["tests.field.Tenfold"], TRAINS),
        (
            "generations.second.env",
            {"id": "CartPole-v1", "at_once": 2},
            {"second/inherit", "second/train", "second/evaluate", "second/confirm", "second/control"},
        ),
        ("train.store", "zips", set()),
        ("train.store", "arrays", {*TRAINS, "first/inherit", "second/inherit"}),
        ("generations.second.train", {"store": "arrays"}, TRAINS - {"first/train"} | {"second/inherit"}),
        ("train.patience_steps", 64, {*TRAINS, "compare"}),
        ("train.device", "cuda", TRAINS),
        ("generations.second.inherit", {"hyperparameters": {"learning_rate": 0.001}}, {"second/inherit"}),
        ("generations.second.inherit", {"at_most": 2}, {"second/inherit"}),
        ("generations.second.inherit", {"rank": "next"}, {"second/inherit"}),
        ("generations.second.inherit", {"rank_episodes": 3}, {"second/inherit"}),
        ("generations.second.inherit", {"rank": "next", "compete": True, "immigrants": 1}, {"second/inherit"}),
        ("generations.second.inherit", {"donors": "worst"}, {"second/inherit"}),
        ("generations.second.inherit", {"donors": "random"}, {"second/inherit", "compare"}),
        ("evaluate.episodes", 13, {*EVERYBODY_PLAYS, "first/gate", "second/gate", "second/control"}),
        ("evaluate.zero_shot_episodes", 3, {*HEIRS_PLAY, "second/control"}),
        ("evaluate.confirm", 3, {"first/confirm", "second/confirm", "compare"}),
        ("evaluate.null_policies", True, {"first/evaluate", "second/evaluate"}),
        ("generations.second.inherit", {"optimizer": "keep"}, {"second/inherit"}),
        ("generations.first.threshold", 21.0, {"first/gate", "compare"}),
        ("generations.first.budget", 192, {"first/train", "second/control", "compare"}),
        ("control.budget", "matched", {"second/control", "compare"}),
        ("controls", {"more": {"generations": ["first"]}}, {"first/control", "compare"}),
        ("controls", {"best": {"generations": ["second"], "select": True}}, {"second/control", "compare"}),
        ("continual", {"episodes": 3}, {"continual"}),
        ("study", "other", set()),
    ],
)
def test_a_change_reaches_the_stages_that_it_concerns(inputs, tiny, key, value, changed):
    before = files(inputs())
    put(tiny, key, value)
    after = files(inputs())
    assert {name for name in before if before[name] != after[name]} - {"report"} == changed


def test_what_members_train_in_and_are_measured_on_stands_where_it_is_used_alone(inputs, tiny):
    tiny["train"]["wrappers"] = ["tests.field.Tenfold"]
    tiny["evaluate"]["env"] = {"id": "CartPole-v0", "wrappers": ["gymnasium.wrappers.RecordEpisodeStatistics"]}
    tiny["generations"]["second"]["evaluate"] = {"env": {"id": "CartPole-v1"}}
    tiny["continual"] = {}
    given = inputs()
    training, played = given["first/train"].training, given["first/evaluate"].playing
    assert [wrapper.name for wrapper in training.task.shaping] == ["tests.field.Tenfold"]
    assert (training.task.id, training.train.wrappers) == ("CartPole-v1", ())
    assert (played.task.id, len(played.task.wrappers), played.evaluate.env) == ("CartPole-v0", 1, None)
    second = given["second/evaluate"].playing.task
    assert (second.id, second.wrappers) == ("CartPole-v1", ())  # another environment keeps nothing of the first
    assert given["first/inherit"].task == second
    assert given["continual"].matrix.generations["first"].task.id == "CartPole-v0"
    assert given["second/control"].controls[0].training.task.shaping == training.task.shaping
    files = json.dumps(given["first/gate"].model_dump(mode="json"))
    assert "CartPole-v0" not in files and "Tenfold" not in files


def test_a_class_of_a_study_is_imported_with_its_environment_and_counts_as_code(inputs, tiny):
    before = inputs()["first/evaluate"]
    tiny["algorithm"]["hyperparameters"]["policy_kwargs"] = {"features_extractor_class": "tests.field.TinyExtractor"}
    after = inputs()
    assert before.playing.task.imports == () and after["first/evaluate"].playing.task.imports == ("tests.field",)
    assert after["second/control"].controls[0].playing.task.imports == ("tests.field",)
    assert stamped(before).code != stamped(after["first/evaluate"]).code


@pytest.mark.parametrize(
    ("population", "lineages", "store", "as_arrays"),
    [
        (255, 1, "auto", False),
        (256, 1, "auto", True),
        (64, 4, "auto", True),
        (256, 1, "zips", False),
        (2, 1, "arrays", True),
    ],
)
def test_the_study_alone_says_how_members_are_kept_and_they_learn_by_the_same(
    inputs, tiny, population, lineages, store, as_arrays
):
    tiny |= {"population": population, "lineages": lineages}
    tiny["train"]["store"] = store
    given = inputs()
    trainings = [given["first/train"].training, given["second/control"].controls[0].training]
    assert [training.as_arrays for training in (*trainings, given["first/inherit"])] == [as_arrays] * 3
    assert {training.train.store for training in trainings} == {"auto"}
    assert ("as_arrays" in files(given)["first/train"]) == as_arrays


def test_a_pair_of_branches_concerns_their_comparison_alone(inputs, tiny):
    tiny["generations"]["third"] = dict(tiny["generations"]["second"])
    before = files(inputs())
    tiny["compare"] = [["second", "third"]]
    after = files(inputs())
    assert {name for name in before if before[name] != after[name]} == {"compare", "report"}
    assert inputs()["compare"].plan.compare == (("second", "third"),)


def test_every_generation_is_told_which_controls_it_has_none_included(inputs, tiny):
    tiny["controls"] = {
        "best": {"generations": ["second"], "select": True, "budget": "population"},
        "other": {"generations": ["second"], "algorithm": {"hyperparameters": {"gamma": 0.9}}},
    }
    given = inputs()
    assert given["first/control"].controls == ()
    scratch, best, other = given["second/control"].controls
    assert [control.name for control in (scratch, best, other)] == ["scratch", "best", "other"]
    assert [control.training.budget_steps for control in (scratch, best, other)] == [256, 512, 128]
    assert scratch.gate is other.gate is None
    assert best.gate.rule == given["second/gate"].rule
    assert other.training.algorithm.hyperparameters["gamma"] == 0.9


def test_whom_a_control_is_compared_with_and_who_chooses_from_it_count_only_where_somebody_does(inputs, tiny):
    code = {"heredity.pipeline.players", "heredity.pipeline.selecting"}
    given = inputs()
    assert given["first/control"].without() == {"heredity.pipeline.controls"}
    assert given["second/control"].without() == {*code, *COHORTS}
    tiny["controls"] = {"best": {"generations": ["second"], "select": True}}
    assert inputs()["second/control"].without() == {"heredity.pipeline.players", *COHORTS}
    tiny["gate"] |= {"reference": "expert.zip"}
    tiny["evaluate"]["null_policies"] = True
    best = inputs()["second/control"].controls[1]
    assert inputs()["second/control"].without() == COHORTS
    assert (best.playing.reference, best.playing.evaluate.null_policies) == ("expert.zip", True)
    assert inputs()["second/control"].controls[0].playing.reference is None


def test_a_control_of_another_algorithm_has_an_engine_of_its_own(inputs, tiny):
    tiny["train"]["engine"] = "auto"
    tiny["controls"] = {"other": {"generations": ["second"], "algorithm": {"name": "A2C"}}}
    scratch, other = inputs()["second/control"].controls
    assert (scratch.training.train.engine, other.training.train.engine) == ("cohort", "sb3")
    assert not {"heredity.training.cohort.engine", "heredity.training.sb3"} & inputs()["second/control"].without()


def test_a_gate_that_may_extend_is_given_all_that_trains(inputs, tiny):
    assert inputs()["first/extend"].extending is None
    put(tiny, "gate", {**tiny["gate"], "when_none": "extend", "extend_budget": 64})
    extending = inputs()["first/extend"].extending
    assert (extending.training.budget_steps, extending.training.train.until) == (64, "budget")
    assert extending.gate.threshold == 20.0


def test_training_is_given_the_threshold_only_where_it_stops_at_it(inputs, tiny):
    assert inputs()["first/train"].training.task.threshold is None
    tiny["train"]["until"] = "threshold"
    assert inputs()["first/train"].training.task.threshold == 20.0


def test_every_auto_is_decided_by_the_study_and_not_by_the_machine(inputs, tiny):
    tiny["train"] |= {"engine": "auto", "environments": "auto"}
    tiny["generations"]["second"]["algorithm"] = {"name": "A2C"}
    del tiny["algorithm"]["hyperparameters"]
    del tiny["generations"]["first"]["threshold"]
    given = inputs()
    engines = [given[f"{name}/train"].training.train for name in ("first", "second")]
    assert [(train.engine, train.environments) for train in engines] == [("cohort", "jax"), ("sb3", "gymnasium")]
    assert given["first/gate"].threshold == 475.0  # CartPole's own
    assert given["second/inherit"].rule.actor == given["second/inherit"].rule.critic == "keep"


def test_whoever_plays_on_a_twin_plays_where_members_learn_and_the_cpu_is_no_word_of_a_file(inputs, tiny):
    tiny["train"] |= {"engine": "cohort", "environments": "auto"}
    before = inputs()
    assert not [name for name, text in files(before).items() if '"device"' in text]
    tiny["generations"]["second"]["train"] = {"device": "cuda"}
    tiny["generations"]["second"]["evaluate"] = {"env": "CartPole-v0"}
    after = inputs()
    tasks = {
        "first/train": after["first/train"].training.task,
        "second/train": after["second/train"].training.task,
        "second/control": after["second/control"].controls[0].training.task,
        "second/inherit": after["second/inherit"].task,
        "donors": after["second/inherit"].donors_task,
        "second/evaluate": after["second/evaluate"].playing.task,  # another environment, which is not a twin's
    }
    on_gpu = {"second/train", "second/control", "second/inherit"}
    assert {name for name, task in tasks.items() if task.device == "cuda"} == on_gpu
    assert after["second/train"].training.train.device == "cuda"
    assert after["second/train"].providers() == CUDA_LIBRARIES and not after["first/train"].providers()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"train": {"environments": "gymnasium"}}, "trains on twins alone .* not on gymnasium"),
        ({"inherit": {"operator": "kickstart"}}, "knows no kickstart where train.device is cuda"),
        ({"inherit": {"update_share": 0.5}}, "knows no update_share where train.device is cuda"),
        ({"algorithm": {"name": "A2C"}}, "trains PPO alone, not A2C"),
    ],
)
def test_auto_is_sb3_on_a_gpu_where_the_cohort_cannot_and_says_why(inputs, tiny, write_study, change, reason):
    tiny["train"] |= {"engine": "auto", "environments": "auto", "device": "cuda"}
    del tiny["algorithm"]["hyperparameters"]
    for section, values in change.items():
        tiny["generations"]["second"][section] = values
    train = inputs()["second/train"].training.train
    assert (train.engine, train.device) == ("sb3" if reason else "cohort", "cuda")
    said = [line for line in decisions(load_study(write_study(tiny))) if "engine sb3" in line]
    assert re.match(f".*second.*: engine sb3, because cohort {reason}$", said[0]) if reason else not said


def test_envpool_counts_where_it_steps_the_environments(inputs, tiny):
    tiny["train"] |= {"engine": "cohort", "environments": "envpool"}
    given = inputs()
    packages = {name: stamped(given[name]).packages for name in ("first/train", "second/control", "first/evaluate")}
    assert {name for name, versions in packages.items() if "envpool" in versions} == {"first/train", "second/control"}


def test_what_computes_on_a_gpu_counts_where_members_learn_or_play_on_one(inputs, tiny, monkeypatch):
    for module in ("heredity.pipeline.stamp", "heredity.pipeline.inputs.train"):
        monkeypatch.setattr(f"{module}.CUDA_LIBRARIES", frozenset({"envpool"}))  # a stand-in that is installed
    tiny["train"] |= {"engine": "cohort", "environments": "auto"}
    tiny["generations"]["second"]["train"] = {"engine": "sb3", "environments": "gymnasium", "device": "cuda"}
    tiny["generations"]["first"]["train"] = {"device": "cuda"}
    given = inputs()
    counted = {name for name, each in given.items() if "envpool" in stamped(each).packages}
    assert counted >= {"first/inherit", "first/train", "first/evaluate", "first/confirm", "second/train"}
    assert not counted & {"second/evaluate", "second/confirm", "first/gate", "compare"}


def test_imports_are_handed_to_whoever_makes_the_environment_and_nothing_where_there_are_none(inputs, tiny):
    before = inputs()
    assert not any("import" in given.model_dump_json() for given in before.values())
    tiny["generations"]["first"]["import"] = ["json"]
    after = inputs()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"first/inherit", "first/train", "first/evaluate", "first/confirm", "second/inherit", "report"}
    for name in changed:
        assert type(after[name]).model_validate_json(after[name].model_dump_json()) == after[name]


def test_a_renamed_generation_draws_what_it_drew_before(inputs, tiny):
    before = inputs()["first/train"].seeds
    tiny["generations"] = {"begin": {**tiny["generations"]["first"], "seed_name": "first"}}
    tiny["control"]["generations"] = []
    assert inputs()["begin/train"].seeds == before


def test_what_is_handed_out_comes_back_as_it_was(inputs, tiny, write_study, tmp_path):
    study = resolved(load_study(write_study(tiny)))
    layout = Layout(tmp_path / "lineage")
    given = handouts(study, "text")
    write_handouts(layout, given, "tiny")
    for kind in (*OF_STUDY, *OF_GENERATION):
        name = None if kind in OF_STUDY else "second"
        read = read_input(kind, layout, name)
        assert read.code
        assert read.model_copy(update={"code": "", "packages": {}}) == given[kind.stage, name]
    written = {path.relative_to(layout.handouts).as_posix() for path in layout.handouts.rglob("*.*")}
    assert written == {
        *("name.txt", "founders.json", "compare.json", "continual.json", "report.json"),
        *(f"{name}/{kind.stage}.json" for name in ("first", "second") for kind in OF_GENERATION),
    }
    assert "gymnasium" not in json.loads(Path(layout.handout("gate", "first")).read_text())["packages"]
