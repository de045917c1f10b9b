"""A stored study in W&B: what an offline run holds is what is stored, and once is enough."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from heredity.agents.kept import kept_digest
from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.gate.record import Decision, Extended
from heredity.pipeline.deciding import write_extended
from heredity.report.tracking import live
from heredity.report.tracking.publish import publish_study
from heredity.report.tracking.stored import stored_runs
from heredity.report.tracking.trainings import member_runs
from heredity.training.curves import read_curves, write_curves
from heredity.training.progress import Progress
from heredity.training.timings import write_timings
from heredity.transfer.continual import write_continual
from heredity.transfer.record import write_comparison
from tests.report.conftest import ENDS, Written
from tests.report.tracking.fake import FakeWandb
from tests.transfer.branches import Branched

SECONDS = {"m00": 1.5, "m01": 2.5, "m02": 3.5}


def compared(root, patch):
    """Write a study that was compared, for W&B to keep offline beside it."""
    for name in ("WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_DISABLED"):
        patch.delenv(name, raising=False)
    patch.setenv("WANDB_MODE", "offline")
    patch.setenv("WANDB_DIR", str(root))
    patch.setenv("WANDB_DATA_DIR", str(root / "data"))
    written = Written(root, parents={"m00": ("m00",), "m01": ("m01",), "m02": ()})
    written.compared()
    return written


@pytest.fixture
def written(monkeypatch, tmp_path):
    return compared(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def offline(tmp_path_factory):
    """Return a study with timings and models that has been published offline."""
    with pytest.MonkeyPatch.context() as patch:
        written = compared(tmp_path_factory.mktemp("offline"), patch)
        write_timings(written.layout.arm("first", "inherited").curves, SECONDS, written.layout)
        models = written.root / "lineage" / "second" / "models"
        models.mkdir()
        for member in ("m00", "m02"):  # m02 did not survive
            (models / f"{member}.zip").write_bytes(member.encode())
        assert published(written) == (10, 0)
    return written


def published(written):
    return publish_study(written.loaded(), written.layout)


def runs(written):
    return list(stored_runs(written.loaded(), written.layout))


def summarised(written):
    return {run.name: run.summary for run in runs(written)}


def records(written, run_id):
    """Return an offline run's records by type."""
    (folder,) = (written.root / "wandb").glob(f"offline-run-*-{run_id}")
    command = ["wandb", "leet", "inspect", "--json", str(folder)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    by_type = {}
    for record in map(json.loads, lines):
        by_type.setdefault(record["type"], []).append(record[record["type"]])
    return by_type


def ids(written):
    return {run.name: run.run_id for run in runs(written)}


@pytest.mark.study
def test_offline_runs_hold_exactly_the_stored_numbers(offline):
    known = ids(offline)
    assert len(known) == 10
    held = records(offline, known["second-control-scratch-m01"])
    rows = [{k: v for k, v in row["item"].items() if not k.startswith("_")} for row in held["history"]]
    told = next(run for run in runs(offline) if run.name == "second-control-scratch-m01")
    assert list(told.history) == rows
    assert {"env_steps": 1000, "lineage_steps": 1000, "return_mean": 40}.items() <= rows[-1].items()
    run = held["run"][0]
    assert (run["project"], run["run_group"], run["job_type"]) == ("tiny", "second", "control")
    assert any({"fitness": 100, "steps": 1000}.items() <= each["update"].items() for each in held["summary"])
    assert {"glob_name": "*", "options": {"defined": True, "step_sync": True}, "step_metric": "env_steps"} in held[
        "metric"
    ]
    heir = records(offline, known["second-inherited-m00"])["run"][0]["config"]["update"]
    assert heir["pedigree"]["parents"] == ["m00"]
    assert (heir["generation"], heir["arm"]) == ("second", "inherited")
    compared = records(offline, known["compare"])
    update = next(record["update"] for record in compared["summary"] if "second" in record["update"])
    told = {path.stem: json.loads(path.read_text()) for path in offline.layout.metrics.glob("*.json")}
    assert {name: update[name] for name in told} == told
    assert update["env_steps_of_study"] == json.loads(offline.layout.spending.read_text())["steps"]
    assert update.keys() == {*told, "env_steps_of_study"}
    assert "second m00" in json.dumps(compared["artifact"])


@pytest.mark.study
def test_the_comparisons_run_shows_every_gate(offline):
    (folder,) = (offline.root / "wandb").glob(f"offline-run-*-{ids(offline)['compare']}")
    (shown,) = folder.glob("files/media/table/gate/second_*.table.json")
    table = json.loads(shown.read_text())
    candidates = json.loads((offline.root / "lineage" / "second" / "gate.json").read_text())["candidates"]
    assert table["columns"] == ["member", "episodes", "mean seen by the gate", "bound", "passed", "reason", "confirmed"]
    assert {row[0]: row[2] for row in table["data"]} == {name: each["mean"] for name, each in candidates.items()}
    assert [row[6] for row in table["data"]] == ["101.0 [14.8, 441.4]", "103.0 [15.1, 441.7]", ""]


@pytest.mark.study
def test_what_is_there_is_not_written_again_and_what_changed_is(written):
    assert published(written) == (10, 0)
    assert published(written) == (0, 10)
    text = (written.root / "lineage" / "second" / "curves.csv").read_text()
    (written.root / "lineage" / "second" / "curves.csv").write_text(text.replace("m00,200,110.0", "m00,200,111.0"))
    assert published(written) == (1, 9)


@pytest.mark.study
def test_a_survivors_model_is_an_artifact_that_says_where_it_comes_from(offline):
    written, known = offline, ids(offline)
    (kept,) = records(written, known["second-inherited-m00"])["artifact"]
    assert (kept["type"], kept["name"]) == ("model", "second-inherited-m00")
    metadata = json.loads(kept["metadata"])
    assert metadata["pedigree"]["parents"] == ["m00"]
    assert metadata["fitness"] == 101.0
    assert metadata["sha256"] == kept_digest(written.root / "lineage/second/models/m00.zip")
    assert "artifact" not in records(written, known["second-inherited-m02"])


def test_a_member_that_lost_the_race_and_never_played_for_the_gate_has_no_fitness(written):
    path = written.root / "lineage" / "first" / "evaluation.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("m02")))
    summaries = summarised(written)
    assert "fitness" not in summaries["first-inherited-m02"]
    assert summaries["second-control-scratch-m02"] == {"steps": 1000, "fitness": 20.0}


def test_a_survivors_fitness_is_its_confirmed_mean_with_its_interval(written):
    summaries = summarised(written)
    low, high = map(pytest.approx, ENDS["m01"])
    decided = {"passed": False, "survivor": True, "gate_mean": 100.0, "gate_bound": 95.0}
    decided["gate_reason"] = "bound below threshold"
    confirmed = {"fitness": 103.0, "fitness_low": low, "fitness_high": high}
    assert summaries["first-inherited-m01"] == {"steps": 600, **decided, **confirmed}
    assert summaries["first-inherited-m02"]["fitness"] == 20.0
    assert summaries["second-control-scratch-m01"] == {"steps": 1000, "fitness": 100.0}
    written.layout.confirmation("first").unlink()
    assert summarised(written)["first-inherited-m01"] == {"steps": 600, **decided}


def test_what_a_run_cost_does_not_make_it_another_run(written):
    before = ids(written)
    write_timings(written.layout.arm("first", "inherited").curves, SECONDS, written.layout)
    assert ids(written) == before


@pytest.mark.study
def test_what_a_run_cost_is_in_its_summary(offline):
    held = records(offline, ids(offline)["first-inherited-m01"])["summary"]
    assert any(summary["update"].get("core_seconds") == 2.5 for summary in held)


def test_a_study_that_was_not_compared_is_refused(written):
    (written.root / "report" / "spending.json").unlink()
    with pytest.raises(HeredityError, match=r"spending\.json: expected what compare writes, .*type: dvc repro"):
        published(written)


def test_publishing_needs_wandb_to_be_on(written, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    with pytest.raises(HeredityError, match="expected W&B to be on"):
        published(written)
    assert not (written.root / "wandb").exists()


@pytest.fixture
def online(written, monkeypatch):
    """Return a study with two survivors' models, and what stands for W&B online."""
    for generation in ("first", "second"):
        (folder := written.layout.arm(generation, "inherited").models).mkdir()
        for member in ("m00", "m01"):
            (folder / f"{member}.zip").write_bytes(member.encode())
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setitem(sys.modules, "wandb", fake := FakeWandb(written.root))
    return fake


def test_online_the_graph_of_artifacts_is_the_pedigree(written, online):
    assert published(written) == (10, 0)
    known = ids(written)
    names = [f"{place}-inherited-{member}" for place in ("first", "second") for member in ("m00", "m01")]
    made = {(name, name) for name in names}
    used = {(f"{name}:{known[name]}", name.replace("first", "second")) for name in names[:2]}
    assert {(one, other) for one, other in online.edges if other != "pedigree"} == made | used
    kept = online.artifacts["second-inherited-m00:latest"]
    assert kept is online.artifacts[f"second-inherited-m00:{known['second-inherited-m00']}"]
    assert kept.metadata["pedigree"]["parents"] == ["m00"]
    assert online.config[known["second-inherited-m00"]]["parents"] == ["first-inherited-m00"]
    assert all(run.finished for run in online.runs)


def test_a_parent_that_nobody_uploaded_costs_a_warning(written, online, caplog):
    published(written)
    online.artifacts.clear()
    (written.root / "lineage/second/gate.json").write_text(
        (written.root / "lineage/second/gate.json").read_text().replace('"mean": 120.0', '"mean": 121.0')
    )
    assert published(written)[0] >= 1
    assert "W&B draws no line from first-inherited-m00 to second-inherited-m00: no artifact" in caplog.text


def test_online_a_run_that_the_project_has_is_there_and_a_new_outcome_is_added_to_it(written, online):
    assert published(written) == (10, 0)
    assert published(written) == (0, 10)
    shutil.rmtree(written.root / "wandb")  # published from another machine
    assert published(written) == (0, 10)
    known, gate = ids(written), written.root / "lineage" / "second" / "gate.json"
    rows = {name: list(online.history[run_id]) for name, run_id in known.items()}
    assert online.tags[known["second-inherited-m00"]] == (
        "study:tiny", "generation:second", "arm:inherited", "passed", "survivor",
    )  # fmt: skip
    gate.write_text(gate.read_text().replace('"passed": [\n    "m00"\n  ]', '"passed": []'))
    assert published(written) == (2, 8)  # the member's, and the comparison's, which is another one
    assert ids(written)["second-inherited-m00"] == known["second-inherited-m00"]
    assert online.tags[known["second-inherited-m00"]][-2:] == ("arm:inherited", "survivor")
    assert {name: online.history[run_id] for name, run_id in known.items()} == rows
    assert online.summary[known["second-inherited-m00"]]["passed"] is False


def test_what_was_recorded_while_it_trained_is_gone_on_with(written, online, monkeypatch):
    """The same id, no row twice, and the run that a publish alone would have written."""
    monkeypatch.setenv("DVC_EXP_NAME", "puppy-base")
    arm = "second", "inherited"
    told = member_runs("tiny", written.layout, *arm, ("m00", "m01", "m02"), written.loaded())
    curves = read_curves(written.layout.arm(*arm).curves)
    records = {}
    for member, curve in curves.items():
        for row in (*curve, None):
            live._log(records, told, Progress(*arm, member, 1000, row or curve[-1], row is None, 2.0))
    assert {run.given["id"] for run in online.runs} == {told[member].run_id for member in curves}
    monkeypatch.delenv("DVC_EXP_NAME")
    assert published(written) == (10, 0)
    assert len(online.history) == 10
    for run in runs(written):
        assert online.history[run.run_id] == list(enumerate(run.history)) or run.name == "compare"
        assert run.summary.items() <= online.summary[run.run_id].items()
    assert "experiment:puppy-base" in online.tags[told["m00"].run_id]
    assert online.summary[told["m00"].run_id]["steps_per_second"] == 100.0
    live._log(records := {}, told, Progress(*arm, "m00", 1000, curves["m00"][0]))
    assert records["m00"].run is None  # its training was over before


def test_lineage_steps_are_what_the_comparison_charges(tmp_path):
    written = Branched(tmp_path, ranking={"second": 301})
    write_comparison(written.evidence(), written.plan(), written.layout)
    write_continual(written.layout.continual, None)
    spent = json.loads(written.layout.spending.read_text())["generations"]
    for run in runs(written)[:-1]:
        arm = spent[run.group][run.config["arm"]]
        member = run.config["member"]
        charged = arm["ancestors"].get(member, 0) + arm.get("ranking", {}).get(member, 0)
        assert [row["lineage_steps"] - row["env_steps"] for row in run.history] == [charged] * len(run.history)
        assert charged > 0 or run.group == "first" or run.job_type == "control"


def test_an_extension_is_a_run_of_its_own_that_goes_on_where_the_first_training_ended(written, monkeypatch):
    """So that a process that trains on writes into no run that another one has ended."""
    written.study["gate"] |= {"when_none": "extend", "extend_budget": 500}
    written.write_lineage()
    layout, first = written.layout, read_curves(written.layout.arm("second", "inherited").curves)
    extension = layout.arm("second", "extension")
    extension.models.mkdir(parents=True)
    (extension.models / "m00.zip").touch()
    more = [replace(first["m00"][-1], env_steps=steps, return_mean=130.0) for steps in (264, 328)]
    write_curves(extension.curves, {**first, "m00": [*first["m00"], *more]})
    (extension.directory / "evaluation.csv").write_text(layout.arm("second", "inherited").evaluation.read_text())
    write_extended(layout, "second", Extended(500, Decision()))
    write_json(layout.extension_steps("second"), 500)
    written.compared()
    by_name = {run.name: run for run in runs(written)}
    one, other = by_name["second-inherited-m00"], by_name["second-extension-m00"]
    assert [row["env_steps"] for row in (*one.history, *other.history)] == [0, 200, 264, 328]
    assert [row["lineage_steps"] for row in other.history] == [1264, 1328]
    assert (one.summary["steps"], other.summary["steps"]) == (200, 328)
    assert (one.model, other.model) == (None, extension.model("m00"))
    assert (other.artifact, other.job_type, other.config["arm"]) == ("second-inherited-m00", "extend", "inherited")
    assert one.run_id != other.run_id
    assert [run.name for run in by_name.values() if run.job_type == "extend"] == [other.name]
    monkeypatch.setitem(sys.modules, "wandb", fake := FakeWandb(written.root))
    told = member_runs("tiny", layout, "second", "extension", ["m00"], written.loaded())
    rows = [replace(row, env_steps=row.env_steps - 200) for row in (first["m00"][-1], *more)]
    records = {}
    for row in rows:
        live._log(records, told, Progress("second", "extension", "m00", 500, row))
    assert fake.history[other.run_id] == list(enumerate(other.history))


def test_branches_and_the_share_of_ranking_are_published(tmp_path):
    written = Branched(tmp_path, ranking={"second": 300})
    evidence = written.evidence()
    write_comparison(evidence, written.plan(), written.layout)
    *members, comparison = runs(written)
    told = json.loads((written.layout.metrics / "second against random.json").read_text())
    assert comparison.summary["second against random"] == told
    ranked = {run.name: run.summary.get("ranking_steps") for run in members}
    assert (ranked["second-inherited-l00-m00"], ranked["random-inherited-l00-m00"]) == (150, None)


@pytest.mark.parametrize("error", [RuntimeError("no\nway"), ConnectionError("no way"), KeyError("no way")])
def test_whatever_wandb_raises_is_one_line_with_what_to_type(written, monkeypatch, error):
    def refusing(*_, **__):
        raise error

    monkeypatch.setattr("heredity.report.tracking.publish.open_run", refusing)
    line = r"^expected W&B to take the runs, got '?no way'?; type: wandb login, or export WANDB_MODE=offline, and once"
    with pytest.raises(HeredityError, match=line):
        published(written)
