"""The graph as a user meets it: dvc repro in a real repository, on real training."""

import csv
import json
import shutil

import pytest
import stable_baselines3

from heredity.inheritance.pedigree import read_pedigree
from heredity.layout import Layout
from heredity.training.timings import read_timings

OF_GENERATION = ("inherit", "train", "evaluate", "extend", "gate", "confirm")


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def ran(output):
    """Return the stages that a `dvc repro` really ran."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def put(project, key, value):
    text = (project.path / "params.yaml").read_text()
    old = next(line for line in text.splitlines() if line.strip().startswith(f"{key}:"))
    (project.path / "params.yaml").write_text(text.replace(old, f"{old.split(':')[0]}: {value}", 1))


def stale(project):
    """Return what a change would run again besides `study`: whose own file, or anything else it depends on, is new."""
    project.run("dvc", "repro", "study")
    status = json.loads(project.run("dvc", "status", "--json").splitlines()[-1])
    return {name for name, changes in status.items() if any("changed deps" in change for change in changes)}


def replace_in(project, name, old, new):
    path = project.path / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


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


@pytest.mark.parametrize(("path", "old", "new", "concerned"), CHANGES, ids=[change[0] for change in CHANGES])
def test_a_change_of_code_runs_the_stages_again_that_it_concerns(project, path, old, new, concerned):
    replace_in(project, path, old, new)
    assert stale(project) == concerned


def test_a_gate_that_becomes_a_match_against_the_parent_has_it_play(project):
    rule = "    gate: {rule: champion, champion: parent}\n"
    replace_in(project, "params.yaml", "  second:\n", f"  second:\n{rule}")
    assert stale(project) == {"evaluate@second", "gate@second", "report"}
    project.run("dvc", "repro")
    assert {row["split"] for row in rows(project.path / "lineage/second/evaluation.csv")} == {"report", "champion"}


def test_an_edit_while_a_stage_runs_changes_nothing_that_it_does(project):
    """The stage is made to edit params.yaml itself, in its middle; put back afterwards, nothing is left to say so."""
    text = (project.path / "params.yaml").read_text()
    edit = (
        "import pathlib\n    params = pathlib.Path('params.yaml')\n    text = params.read_text()\n"
        "    params.write_text(text.replace('episodes: 12', 'episodes: 40'))\n    layout, generation ="
    )
    replace_in(project, "stages/evaluate.py", "layout, generation =", edit)
    project.run("dvc", "repro", "evaluate@first")
    assert "episodes: 40" in (project.path / "params.yaml").read_text()
    (project.path / "params.yaml").write_text(text)
    assert len(rows(project.path / "lineage/first/evaluation.csv")) == 2 * 12


def test_an_edit_while_the_study_is_read_is_refused(project):
    edit = "checked_study(params, PARAMS)\n    PARAMS.write_text(params + '# edited\\n')\n"
    replace_in(project, "stages/study.py", "checked_study(params, PARAMS)\n", edit)
    before = project.lock()["study"]
    output = project.run("dvc", "repro", "study", code=255)
    assert "error: params.yaml: expected it to stay as it was while study ran, got an edit; start again" in output
    assert project.lock()["study"] == before


def test_code_that_changes_after_study_ran_is_refused_by_the_stage(project):
    replace_in(project, "heredity/gate/bounds.py", "LEFT_SKEWED = -0.5", "LEFT_SKEWED = -0.6")
    output = project.run("python", "-m", "stages.gate", "first", code=2)
    assert output == ("error: gate: the code has changed since study ran; type: dvc repro -f study, then dvc repro\n")
    assert "which concerns compare, gate, report" in project.run("heredity", "check")


def test_every_stage_has_run_and_nothing_is_left_to_do(finished):
    assert set(finished.lock()) == {
        *("study", "founders", "compare", "continual", "report", "control@second"),
        *(f"{stage}@{name}" for stage in OF_GENERATION for name in ("first", "second")),
    }
    for package in ("gate", "training", "transfer"):
        (finished.path / "heredity" / package / "__pycache__").mkdir(exist_ok=True)
        (finished.path / "heredity" / package / "__pycache__" / "later.pyc").write_bytes(b"bytecode")
    assert "up to date" in finished.run("dvc", "status")
    assert ran(finished.run("dvc", "repro")) == []


def test_models_open_in_plain_stable_baselines(finished):
    for member in ("m00", "m01"):
        model = stable_baselines3.PPO.load(finished.path / "lineage/second/models" / f"{member}.zip")
        assert model.num_timesteps == 128


def test_both_arms_have_the_same_members_and_the_controls_own_budget(finished):
    lineage = finished.path / "lineage"
    inherited, control = rows(lineage / "second/curves.csv"), rows(lineage / "second/control/curves.csv")
    assert {row["member"] for row in inherited} == {row["member"] for row in control} == {"m00", "m01"}
    assert max(int(row["env_steps"]) for row in inherited) == 128
    assert max(int(row["env_steps"]) for row in control) == 256  # its own budget and its ancestor's
    seeds = [
        {row["seed"] for row in rows(lineage / name)}
        for name in ("second/evaluation.csv", "second/control/evaluation.csv")
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
    assert len(decision["survivors"]) == 1


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
    assert transfer["test"]["statement"].startswith("too few runs to test")
    assert transfer["heritability"]["baseline"] == "fresh weights"
    assert transfer["heritability"]["zero_shot"]["regression"] is None  # one survivor, one family
    spent = json.loads((finished.path / "report/spending.json").read_text())
    assert spent["steps"] == 2 * (128 + 128 + 256)
    assert spent["generations"]["second"]["inherited"]["before"] == 256


def test_every_arms_core_seconds_lie_beside_what_dvc_keeps(finished):
    lineage = finished.path / "lineage"
    for arm in ("first", "second", "second/control"):
        seconds = read_timings(lineage / arm / "curves.csv", Layout(lineage))
        assert set(seconds) == {"m00", "m01"}
        assert all(cost > 0 for cost in seconds.values())
    assert "Core-seconds of training" in finished.run("python", "-m", "heredity.cli", "show")
    assert ".heredity" not in finished.run("git", "status", "--porcelain", "--untracked-files=all")


def test_the_report_is_one_file(finished):
    page = (finished.path / "report/index.html").read_text()
    assert "tiny" in page


def test_metrics_plots_and_the_graph_show(finished):
    metrics = json.loads(finished.run("dvc", "metrics", "show", "--json"))
    assert metrics[""]["data"]["report/metrics.json"]["data"]["second"]["of"] == 2
    assert "plots" in finished.run("dvc", "plots", "show", "-o", "dvc_plots")
    assert "gate@second" in finished.run("dvc", "dag")


def test_another_confidence_trains_nothing_it_need_not(project):
    put(project, "confidence", 0.6)
    survivors = (project.path / "lineage/first/gate.json").read_text()
    again = ran(project.run("dvc", "repro"))
    assert again[0] == "study"
    assert "train@first" not in again
    assert "control@second" not in again
    assert "gate@first" in again
    assert (
        json.loads(survivors)["survivors"]
        == json.loads((project.path / "lineage/first/gate.json").read_text())["survivors"]
    )


def test_a_generations_own_gate_concerns_that_gate_alone(project):
    text = (project.path / "params.yaml").read_text()
    (project.path / "params.yaml").write_text(text.replace("  second:\n", "  second:\n    gate: {confidence: 0.6}\n"))
    again = ran(project.run("dvc", "repro"))
    assert again == ["study", "gate@second", "confirm@second", "compare", "continual", "report"]


def test_a_threshold_trains_nothing_where_training_does_not_stop_at_it(project):
    put(project, "threshold", 21.0)
    again = ran(project.run("dvc", "repro"))
    assert "gate@first" in again
    assert not [name for name in again if name.startswith(("train", "control"))]


def test_asked_for_every_generation_plays_every_task_and_the_report_shows_it(project):
    assert json.loads((project.path / "report/continual.json").read_text()) == {}
    with (project.path / "params.yaml").open("a") as file:
        file.write("continual: {episodes: 3}\n")
    assert set(ran(project.run("dvc", "repro"))) == {"study", "continual", "report"}
    found = json.loads((project.path / "report/continual.json").read_text())
    assert found["nodes"]["second"]["task"] == "first"  # the same environment and threshold
    survivor = json.loads((project.path / "lineage/first/gate.json").read_text())["survivors"][0]
    assert list(found["nodes"]["first"]["returns"]["first"]) == [survivor]
    assert found["forgetting"]["second"]["first"]["n"] == 2
    assert "<h2>Memory</h2>" in (project.path / "report/index.html").read_text()
    assert "Backward transfer of second" in project.run("python", "-m", "heredity.cli", "show")


def test_experiments_take_parameters_from_the_command_line_and_are_compared_with_what_was_before(project):
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "run")
    changes = ("-S", "gate.confidence=0.6", "-S", "generations.second.threshold=30.0")
    assert "Ran experiment" in project.run("dvc", "exp", "run", "-n", "higher", *changes)
    changed = json.loads(project.run("dvc", "metrics", "diff", "HEAD", "higher", "--json"))["report/metrics.json"]
    assert changed["second.forward_transfer"]["new"] is not None
    drawn = json.loads(project.run("dvc", "plots", "diff", "HEAD", "higher", "--json"))["data"]
    rows = drawn["report/curves/second.csv"][0]["content"]["data"]["values"]
    both = {(revision, arm) for revision in ("HEAD", "higher") for arm in ("inherited", "control")}
    assert {(row["rev"], row["field"]) for row in rows} == both
    assert "Forward transfer, weak" in project.run("python", "-m", "heredity.cli", "compare", "HEAD", "higher")
    table = project.run("dvc", "exp", "show", "--csv", "--drop", "heredity|stages|constraints")
    assert "gate.confidence" in table.splitlines()[0]
    assert any("0.6" in line for line in table.splitlines()[1:])


def test_a_forced_run_gives_the_same_lock(project):
    before = project.lock()
    shutil.rmtree(project.path / ".heredity")  # whose members would be taken as they are
    project.run("dvc", "repro", "--force")
    assert project.lock() == before


def test_a_study_without_control_runs(project):
    text = (project.path / "params.yaml").read_text()
    start = text.index("control:")
    (project.path / "params.yaml").write_text(text[:start] + "control: {generations: [], budget: lineage}\n")
    project.run("dvc", "repro")
    assert json.loads((project.path / "report/transfer.json").read_text()) == {}


@pytest.mark.parametrize("key", ["population", "confidence"])
def test_a_mistake_stops_before_any_training(project, key):
    put(project, key, "many")
    output = project.run("dvc", "repro", code=255)
    assert f"{key}: expected" in output
    assert "Traceback" not in output
    assert set(ran(output)) <= {"study"}


def test_a_stage_refuses_names_it_does_not_know(finished):
    output = finished.run("python", "-m", "stages.train", "third", code=2)
    assert output == "error: expected a generation out of first, second, got 'third'\n"
    output = finished.run("python", "-m", "stages.control", "first", code=2)
    assert output == "error: expected a generation out of second, got 'first'\n"
    output = finished.run("python", "-m", "stages.train", code=2)
    assert output == "error: expected the arguments <generation>, got (none)\n"
