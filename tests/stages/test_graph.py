"""The graph as a user meets it: dvc repro in a real repository, on real training."""

import csv
import json
import shutil
from contextlib import chdir
from pathlib import Path

import pytest
import stable_baselines3

from heredity.errors import HeredityError, StudyError
from heredity.inheritance.pedigree import read_pedigree
from heredity.layout import Layout
from heredity.pipeline.checked import checked_study
from heredity.pipeline.runner import call_stage
from heredity.training.timings import read_timings
from stages import evaluate
from tests.cli.commands import typed
from tests.here import hand_out, here, run

pytestmark = pytest.mark.study

OF_GENERATION = ("inherit", "train", "evaluate", "extend", "gate", "confirm", "control")


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def ran(output):
    """Return the stages that a `dvc repro` really ran."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def put(project, key, value):
    text = (project.path / "params.yaml").read_text()
    old = next(line for line in text.splitlines() if line.strip().startswith(f"{key}:"))
    project.replace("params.yaml", old, f"{old.split(':')[0]}: {value}")


def everywhere(stage):
    return {f"{stage}@first", f"{stage}@second"}


UNRELATED = '("fresh", "permute", "crossover"'
TWICE = "generation, layout = given.generation, Layout()\n    layout, generation ="
CHANGES = [
    # who counts as a sibling, for what mixes siblings or strangers
    ("heredity/inheritance/parents.py", UNRELATED, f'{UNRELATED}, "copy"', everywhere("inherit")),
    # who the champion is
    ("heredity/pipeline/players.py", "births[0].parents[0]", "births[-1].parents[0]", everywhere("evaluate")),
    ("heredity/agents/task.py", "A task: one environment", "A task is one environment", set()),
    ("heredity/errors.py", "LONGEST = 2000", "LONGEST = 2001", set()),
    ("heredity/report/charts/common.py", "tickCount=6", "tickCount=7", {"report"}),
    ("heredity/training/budgets.py", "CURVE_ROWS = 200", "CURVE_ROWS = 100", {*everywhere("train"), "control@second"}),
    ("stages/gate.py", "layout, generation =", TWICE, everywhere("gate")),
]  # fmt: skip


HAND_OUT = """
import json, pathlib, sys
from heredity.layout import Layout
from heredity.pipeline.handouts import handouts, write_handouts
from heredity.pipeline.resolve import resolved
from heredity.study.load import load_study

def handed_out():
    study = resolved(load_study("params.yaml"))
    write_handouts(Layout(), handouts(study, pathlib.Path("params.yaml").read_text()), study.study)
    return {path.relative_to(Layout().handouts): path.read_bytes() for path in Layout().handouts.rglob("*.json")}

before, stale = handed_out(), []
for name, old, new in json.loads(sys.argv[1]):
    path = pathlib.Path(name)
    text = path.read_text()
    assert old in text, name
    path.write_text(text.replace(old, new, 1))
    now = handed_out()
    path.write_text(text)
    stale.append(["@".join([each.stem, *each.parts[:-1]]) for each in now if now[each] != before[each]])
print(json.dumps(stale))
"""


@pytest.fixture(scope="module")
def stale(finished, tmp_path_factory):
    """Return, for each change, the stages whose hand-out it changes; `study` alone depends on code."""
    project = finished.copy(tmp_path_factory.mktemp("changed") / "project")
    said = json.loads(project.run("python", "-c", HAND_OUT, json.dumps([change[:3] for change in CHANGES])))
    return {change[0]: set(stages) for change, stages in zip(CHANGES, said, strict=True)}


@pytest.mark.parametrize(("path", "concerned"), [(change[0], change[3]) for change in CHANGES])
def test_a_change_of_code_runs_the_stages_again_that_it_concerns(stale, path, concerned):
    assert stale[path] == concerned


def test_an_edit_while_a_stage_runs_changes_nothing_that_it_does(project, monkeypatch):
    monkeypatch.chdir(project.path)
    before = Path("lineage/first/evaluation.csv").read_bytes()

    def edit_and_map(*work, **tools):
        put(project, "episodes", 40)
        return here(*work, **tools)

    call_stage(evaluate.main, ["first"], parallel_map=edit_and_map)
    assert "episodes: 40" in Path("params.yaml").read_text()
    assert Path("lineage/first/evaluation.csv").read_bytes() == before


def test_an_edit_while_the_study_is_read_is_refused(project, monkeypatch):
    def checked_and_edited(params, path, local_map):
        put(project, "episodes", 40)
        return checked_study(params, path, local_map)

    monkeypatch.setattr("stages.study.checked_study", checked_and_edited)
    put(project, "confidence", 0.9)
    before = project.lock()["study"]
    with pytest.raises(StudyError, match=r"params.yaml: expected it to stay as it was while study ran, got an edit"):
        project.repro()
    assert project.lock()["study"] == before


def test_code_that_changes_after_study_ran_is_refused_by_the_stage(project):
    project.replace("heredity/gate/mean_bound.py", "DEVIATIONS = 3.0", "DEVIATIONS = 3.5")
    output = project.run("python", "-m", "stages.gate", "first", code=2)
    assert output == ("error: gate: the code has changed since study ran; type: dvc repro -f study, then dvc repro\n")


def test_check_says_which_stages_changed_code_concerns_and_what_to_type_where_dvc_would_not_notice(
    project, monkeypatch
):
    handed = json.loads((project.path / "study/first/gate.json").read_text())
    (project.path / "study/first/gate.json").write_text(json.dumps({**handed, "code": "0" * 16}))
    changed = "code or packages have changed since study ran, which concerns gate; type: "
    assert typed(project.path, "check").splitlines()[-1] == f"{changed}dvc repro"
    monkeypatch.setattr("heredity.orchestration.dvc_lock.stages_left", lambda project: [])
    assert typed(project.path, "check").splitlines()[-1] == f"{changed}dvc repro -f study, then dvc repro"


def test_every_stage_has_run_and_nothing_is_left_to_do(finished):
    assert set(finished.lock()) == {
        *("study", "founders", "compare", "continual", "report"),
        *(f"{stage}@{name}" for stage in OF_GENERATION for name in ("first", "second")),
    }
    for package in ("gate", "training", "transfer"):
        (finished.path / "heredity" / package / "__pycache__").mkdir(exist_ok=True)
        (finished.path / "heredity" / package / "__pycache__" / "later.pyc").write_bytes(b"bytecode")
    assert "up to date" in finished.run("dvc", "status")
    assert ran(finished.run("dvc", "repro")) == []


RUN_ALL = """
import sys
from importlib import import_module
from heredity.pipeline.runner import call_stage

for words in sys.argv[1:]:
    stage, *names = words.split()
    call_stage(import_module(f"stages.{stage}").main, names)
print({"torch", "jax", "stable_baselines3"} & set(sys.modules))
"""


QUICK = ("founders", "extend first", "gate first", "control first", "compare", "continual")


@pytest.mark.parametrize("stages", [QUICK, pytest.param(("study", "report"), marks=pytest.mark.slow)])
def test_stages_that_touch_no_weights_load_neither_torch_nor_jax_as_they_run(project, stages):
    assert "set()" in project.run("python", "-c", RUN_ALL, *stages).splitlines()


def test_models_open_in_plain_stable_baselines(finished):
    for member in ("m00", "m01"):
        model = stable_baselines3.PPO.load(finished.path / "lineage/second/models" / f"{member}.zip")
        assert model.num_timesteps == 128


def test_both_arms_have_the_same_members_and_the_controls_own_budget(finished):
    lineage = finished.path / "lineage"
    inherited, control = rows(lineage / "second/curves.csv"), rows(lineage / "second/control/scratch/curves.csv")
    assert {row["member"] for row in inherited} == {row["member"] for row in control} == {"m00", "m01"}
    assert max(int(row["env_steps"]) for row in inherited) == 128
    assert max(int(row["env_steps"]) for row in control) == 256  # its own budget and its ancestor's
    seeds = [
        {row["seed"] for row in rows(lineage / name)}
        for name in ("second/evaluation.csv", "second/control/scratch/evaluation.csv")
    ]
    assert seeds[0] == seeds[1]
    assert len(seeds[0]) == 12


def test_the_gate_file_holds_the_decision(finished):
    decision = json.loads((finished.path / "lineage/first/gate.json").read_text())
    returns = [
        float(row["return"]) for row in rows(finished.path / "lineage/first/evaluation.csv") if row["member"] == "m00"
    ]
    candidate = decision["candidates"]["m00"]
    assert candidate["mean"] == pytest.approx(sum(returns) / len(returns))
    assert candidate["bound"] < candidate["mean"]
    assert decision["survivors"] == decision["passed"] != []  # who of them has heirs, inherit says


def test_heirs_descend_from_the_survivor_by_hash(finished):
    survivor = json.loads((finished.path / "lineage/first/gate.json").read_text())["survivors"][0]
    pedigree = read_pedigree(finished.path / "lineage")
    assert pedigree.ancestors("second", "m00") == [("first", survivor)]
    assert pedigree.births["second", "m00"].parent_hashes == pedigree.births["second", "m01"].parent_hashes
    assert pedigree.births["first", "m00"].parents == ()


def test_the_comparison_charges_the_ancestors(finished):
    transfer = json.loads((finished.path / "report/transfer.json").read_text())["second"]
    assert transfer["source_steps"] == {"m00": 128, "m01": 128}
    assert transfer["jumpstart"]["n"] > 0
    assert transfer["test"]["statement"].startswith("not tested: one lineage")
    assert transfer["heritability"]["baseline"] == "fresh weights"
    assert transfer["heritability"]["zero_shot"]["regression"] is None  # one survivor, one family
    spent = json.loads((finished.path / "report/spending.json").read_text())
    assert spent["steps"] == 2 * (128 + 128 + 256)
    assert spent["generations"]["second"]["inherited"]["before"] == 256


def test_every_arms_core_seconds_lie_beside_what_dvc_keeps(finished):
    lineage = finished.path / "lineage"
    for arm in ("first", "second", "second/control/scratch"):
        seconds = read_timings(lineage / arm / "curves.csv", Layout(lineage))
        assert set(seconds) == {"m00", "m01"}
        assert all(cost > 0 for cost in seconds.values())
    assert "Core-seconds of training" in finished.run("python", "-m", "heredity.cli", "show", "--all")
    assert ".heredity" not in finished.run("git", "status", "--porcelain", "--untracked-files=all")


def test_the_report_is_one_file(finished):
    page = (finished.path / "report/index.html").read_text()
    assert "tiny" in page


def test_metrics_show(finished):
    metrics = json.loads(finished.run("dvc", "metrics", "show", "--json"))
    assert metrics[""]["data"]["report/metrics/second.json"]["data"]["of"] == 2


@pytest.mark.slow
def test_plots_and_the_graph_show(finished):
    assert "plots" in finished.run("dvc", "plots", "show", "-o", "dvc_plots")
    assert "gate@second" in finished.run("dvc", "dag")


def changed(project):
    """Return the stages whose hand-out is another once `study` has run on what params.yaml says now."""

    def handed_out():
        return {path.relative_to("study"): path.read_bytes() for path in Path("study").rglob("*.json")}

    with chdir(project.path):
        before = handed_out()
        hand_out()
        return {"@".join([path.stem, *path.parts[:-1]]) for path, text in handed_out().items() if text != before[path]}


def test_a_gate_that_becomes_a_match_against_the_parent_has_it_play(project):
    rule = "    gate: {rule: champion, champion: parent}\n"
    project.replace("params.yaml", "  second:\n", f"  second:\n{rule}")
    assert changed(project) == {"evaluate@second", "gate@second", "report"}


def test_another_confidence_trains_nothing_it_need_not(project):
    put(project, "confidence", 0.6)
    assert changed(project) == {"report", *everywhere("gate")}


def test_a_generations_own_gate_concerns_that_gate_alone(project):
    project.replace("params.yaml", "  second:\n", "  second:\n    gate: {confidence: 0.6}\n")
    assert set(project.repro()) == {"study", "gate@second", "confirm@second", "compare", "continual", "report"}


def test_a_threshold_trains_nothing_where_training_does_not_stop_at_it(project):
    put(project, "threshold", 21.0)
    again = changed(project)
    assert {"gate@first", "compare", "report"} <= again
    assert not [name for name in again if name.startswith(("train", "control", "inherit"))]


@pytest.mark.slow
def test_asked_for_every_generation_plays_every_task_and_the_report_shows_it(project):
    assert json.loads((project.path / "report/continual.json").read_text()) == {}
    with (project.path / "params.yaml").open("a") as file:
        file.write("continual: {episodes: 3}\n")
    assert set(project.repro()) == {"study", "continual", "report"}
    found = json.loads((project.path / "report/continual.json").read_text())
    assert found["nodes"]["second"]["task"] == "first"  # the same environment and threshold
    gates = (json.loads((project.path / f"lineage/{name}/gate.json").read_text()) for name in ("first", "second"))
    first, second = (gate["survivors"] for gate in gates)
    assert list(found["nodes"]["first"]["returns"]["first"]) == first
    assert found["forgetting"]["second"]["first"]["n"] == len([*first, *second])
    assert "<h2>Memory</h2>" in (project.path / "report/index.html").read_text()
    assert "Backward transfer of second" in project.run("python", "-m", "heredity.cli", "show", "--all")


@pytest.mark.slow
def test_experiments_take_parameters_from_the_command_line_and_are_compared_with_what_was_before(project):
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "run")
    changes = ("-S", "gate.confidence=0.6", "-S", "generations.second.threshold=30.0")
    assert "Ran experiment" in project.run("dvc", "exp", "run", "-n", "higher", *changes)
    changed = json.loads(project.run("dvc", "metrics", "diff", "HEAD", "higher", "--json"))[
        "report/metrics/second.json"
    ]
    assert changed["forward_transfer"]["new"] is not None
    drawn = json.loads(project.run("dvc", "plots", "diff", "HEAD", "higher", "--json"))["data"]
    rows = drawn["report/curves/second.csv"][0]["content"]["data"]["values"]
    both = {(revision, arm) for revision in ("HEAD", "higher") for arm in ("inherited", "control")}
    assert {(row["rev"], row["field"]) for row in rows} == both
    assert "Forward transfer, weak" in project.run("python", "-m", "heredity.cli", "compare", "HEAD", "higher")
    table = project.run("dvc", "exp", "show", "--csv", "--drop", "heredity|stages|constraints")
    assert "gate.confidence" in table.splitlines()[0]
    assert any("0.6" in line for line in table.splitlines()[1:])


def test_dvc_itself_writes_the_same_lock(finished, new_project):
    new_project.run("dvc", "repro", "train@first")
    lock = new_project.lock()
    assert set(lock) == {"study", "founders", "inherit@first", "train@first"}
    assert lock.items() <= finished.lock().items()


@pytest.mark.slow
def test_dvc_itself_writes_the_same_lock_to_the_end_and_when_it_is_forced(finished, new_project):
    new_project.run("dvc", "repro")
    assert new_project.lock() == finished.lock()
    shutil.rmtree(new_project.path / ".heredity")  # whose members would be taken as they are
    new_project.run("dvc", "repro", "--force")
    assert new_project.lock() == finished.lock()


@pytest.mark.slow
def test_a_study_without_control_runs(project):
    text = (project.path / "params.yaml").read_text()
    start = text.index("control:")
    (project.path / "params.yaml").write_text(text[:start] + "control: {generations: [], budget: lineage}\n")
    project.repro()
    assert json.loads((project.path / "report/transfer.json").read_text()) == {}


def test_a_mistake_stops_before_any_training(project):
    put(project, "population", "many")
    before = project.lock()
    with pytest.raises(StudyError, match=r"^params\.yaml: population: expected"):
        project.repro()
    assert project.lock() == before


@pytest.mark.parametrize(
    ("stage", "names", "line"),
    [
        ("train", ["third"], "expected a generation out of first, second, got 'third'"),
        ("control", ["third"], "expected a generation out of first, second, got 'third'"),
        ("train", [], r"expected the arguments <generation>, got \(none\)"),
    ],
)
def test_a_stage_refuses_names_it_does_not_know(finished, monkeypatch, stage, names, line):
    monkeypatch.chdir(finished.path)
    with pytest.raises(HeredityError, match=f"^{line}$"):
        run(stage, *names)


def test_a_refusal_of_a_stage_is_one_line_and_exit_code_2(finished):
    output = finished.run("python", "-m", "stages.train", "third", code=2)
    assert output == "error: expected a generation out of first, second, got 'third'\n"
