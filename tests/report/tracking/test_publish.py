"""A stored study in W&B: what an offline run holds is what is stored, and once is enough."""

import json
import subprocess

import pytest

from heredity.agents.archives import file_digest
from heredity.errors import HeredityError
from heredity.inheritance.pedigree import read_pedigree
from heredity.report.tracking import publish
from heredity.report.tracking.publish import publish_study, stored_runs
from heredity.report.tracking.runs import logged
from heredity.training.curves import read_curves
from heredity.training.timings import write_timings
from heredity.transfer.continual import write_continual
from heredity.transfer.record import write_comparison
from tests.report.conftest import ENDS, Written
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
    return list(stored_runs(written.loaded(), written.layout, read_pedigree(written.layout.lineage)))


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
    assert rows == [
        logged(row)
        for row in read_curves(offline.root / "lineage" / "second" / "control" / "scratch" / "curves.csv")["m01"]
    ]
    assert {"env_steps": 1000, "return_mean": 40}.items() <= rows[-1].items()
    run = held["run"][0]
    assert (run["project"], run["run_group"], run["job_type"]) == ("tiny", "second", "control")
    assert {"fitness": 100, "steps": 1000} in [summary["update"] for summary in held["summary"]]
    assert {"glob_name": "*", "options": {"defined": True, "step_sync": True}, "step_metric": "env_steps"} in held[
        "metric"
    ]
    heir = records(offline, known["second-inherited-m00"])["run"][0]["config"]["update"]
    assert heir["pedigree"]["parents"] == ["m00"]
    assert (heir["generation"], heir["arm"]) == ("second", "inherited")
    compared = records(offline, known["compare"])
    update = next(record["update"] for record in compared["summary"] if "transfer" in record["update"])
    assert update["transfer"] == json.loads((offline.root / "report" / "transfer.json").read_text())
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
    assert metadata["sha256"] == file_digest(written.root / "lineage/second/models/m00.zip")
    assert "artifact" not in records(written, known["second-inherited-m02"])


def test_a_member_that_lost_the_race_and_never_played_for_the_gate_has_no_fitness(written):
    path = written.root / "lineage" / "first" / "evaluation.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("m02")))
    summaries = summarised(written)
    assert summaries["first-inherited-m02"] == {"steps": 1000}
    assert summaries["second-control-scratch-m02"] == {"steps": 1000, "fitness": 20.0}


def test_a_survivors_fitness_is_its_confirmed_mean_with_its_interval(written):
    summaries = summarised(written)
    low, high = map(pytest.approx, ENDS["m01"])
    assert summaries["first-inherited-m01"] == {
        "steps": 600,
        "fitness": 103.0,
        "fitness_low": low,
        "fitness_high": high,
    }
    assert summaries["first-inherited-m02"] == {"steps": 1000, "fitness": 20.0}
    assert summaries["second-control-scratch-m01"] == {"steps": 1000, "fitness": 100.0}
    written.layout.confirmation("first").unlink()
    assert summarised(written)["first-inherited-m01"] == {"steps": 600}


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


def test_online_a_run_that_the_project_has_is_there(monkeypatch, tmp_path):
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_MODE", "online")
    import wandb

    class Api:
        def __init__(self, timeout):
            pass

        def run(self, path):
            if path != "tiny/abc":
                raise wandb.errors.CommError("no such run")

    monkeypatch.setattr(wandb, "Api", Api)
    assert publish._is_there("tiny", "abc")
    assert not publish._is_there("tiny", "abd")


def test_branches_and_the_share_of_ranking_are_published(tmp_path):
    written = Branched(tmp_path, ranking={"second": 300})
    evidence = written.evidence()
    write_comparison(evidence, written.plan(), written.layout)
    write_continual(written.layout.continual, None)
    *members, comparison = runs(written)
    (contrast,) = evidence.contrasts
    assert comparison.summary["contrasts"] == {"second against random": contrast.to_dict()}
    ranked = {run.name: run.summary.get("ranking_steps") for run in members}
    assert (ranked["second-inherited-l00-m00"], ranked["random-inherited-l00-m00"]) == (150, None)


@pytest.mark.parametrize("error", [RuntimeError("no\nway"), ConnectionError("no way"), KeyError("no way")])
def test_whatever_wandb_raises_is_one_line_with_what_to_type(written, monkeypatch, error):
    def refusing(*_, **__):
        raise error

    monkeypatch.setattr(publish, "open_run", refusing)
    line = r"^expected W&B to take the runs, got '?no way'?; type: wandb login, or export WANDB_MODE=offline, and once"
    with pytest.raises(HeredityError, match=line):
        published(written)
