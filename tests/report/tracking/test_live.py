"""W&B: one run per member, offline by default, never in the way."""

import json
import logging
import subprocess
import time

import pytest

from heredity.inheritance.pedigree import Pedigree
from heredity.report.tracking import live
from heredity.report.tracking.runs import RunName
from heredity.report.tracking.stored_run import StoredRun
from heredity.report.tracking.trainings import MemberRun
from heredity.training.curves import CurveRow
from heredity.training.progress import Progress

SUMMARY = {"second": {"steps_saved": 300.0}}
COMPARISON = StoredRun("compare", "abc", "compare", "compare", {"study": "tiny"}, (), SUMMARY)


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path):
    for name in ("WANDB_MODE", "WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))


def progress(member, steps, mean, last=False):
    cost = 12.5 if last else None
    return Progress("first", "inherited", member, 128, CurveRow(steps, mean, 0.5, 10.0, None, 3), last, cost)


def member_run(member):
    config = {"study": "tiny", "lineage": "", "generation": "first", "arm": "inherited", "parents": ["founders-m03"]}
    return MemberRun(RunName("first", "inherited", member), f"id-{member}", config, charged_steps=1000)


def record():
    with live.tracked({member: member_run(member) for member in ("m00", "m01")}) as track:
        for member in ("m00", "m01", "m02"):  # of the last nobody knows what it is of
            track(progress(member, 0, 1.0))
            track(progress(member, 64, 2.0))
            track(progress(member, 64, 2.0, last=True))


def inspected(run_directory):
    """Return an offline run's records by type."""
    command = ["wandb", "leet", "inspect", "--json", str(run_directory)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    by_type = {}
    for record in map(json.loads, lines):
        by_type.setdefault(record["type"], []).append(record[record["type"]])
    return by_type


def summary(held):
    return {key: value for record in held["summary"] for key, value in record["update"].items()}


@pytest.mark.study
def test_runs_are_offline_and_hold_the_rows_and_the_parents_once(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_RUN_ID", "of-the-process")
    monkeypatch.setenv("WANDB_TAGS", "nightly")
    record()
    record()  # which says again what is over
    folders = sorted((tmp_path / "wandb").glob("offline-run-*"))
    assert [folder.name.partition("-id-")[2] for folder in folders] == ["m00", "m01"]
    for folder, member in zip(folders, ("m00", "m01"), strict=True):
        held = inspected(folder)
        assert [line["item"]["lineage_steps"] for line in held["history"]] == [1000, 1064]
        assert [line["item"]["_step"] for line in held["history"]] == [0, 1]
        run = held["run"][-1]
        assert (run["display_name"], run["project"], run["run_id"]) == (
            f"first-inherited-{member}",
            "tiny",
            f"id-{member}",
        )
        assert run["tags"] == ["nightly", "study:tiny", "generation:first", "arm:inherited"]
        assert held["run"][0]["config"]["update"]["parents"] == ["founders-m03"]
        assert {"core_seconds": 12.5, "steps_per_second": 5.1, "steps": 64}.items() <= summary(held).items()


@pytest.mark.slow
def test_an_endpoint_that_cannot_be_reached_costs_one_warning_and_little_time(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(live, "FINISH_SECONDS", 10)
    began = time.monotonic()
    record()
    assert time.monotonic() - began < 45
    assert "W&B" in capfd.readouterr().err or list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_directory_that_cannot_be_written_costs_one_warning(monkeypatch, tmp_path, capfd):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("WANDB_DIR", str(blocked / "below"))
    record()
    assert capfd.readouterr().err.count("W&B stopped recording") <= 1


@pytest.mark.study
def test_a_tracker_that_hangs_is_left_behind(monkeypatch, caplog):
    monkeypatch.setattr(live, "_keep_runs", hang)
    monkeypatch.setattr(live, "FINISH_SECONDS", 1)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        record()
    assert time.monotonic() - began < 20
    assert "W&B did not finish in 1 s" in caplog.text


def hang(*_):
    time.sleep(600)


def test_disabled_means_no_process_and_no_file(monkeypatch, tmp_path):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    record()
    live.publish_comparison("tiny", COMPARISON, Pedigree({}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_comparison_is_a_run_of_its_own_and_written_once(tmp_path):
    for _ in range(2):
        live.publish_comparison("tiny", COMPARISON, Pedigree({}))
    (folder,) = (tmp_path / "wandb").glob("offline-run-*-abc")
    assert summary(inspected(folder))["second"] == {"steps_saved": 300.0}
