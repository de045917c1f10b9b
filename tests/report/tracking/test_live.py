"""W&B: one run per member, offline by default, never in the way."""

import logging
import subprocess
import time

import pytest

from heredity.report.tracking import live
from heredity.training.curves import CurveRow
from heredity.training.progress import Progress
from tests.report.conftest import transfer


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path):
    for name in ("WANDB_MODE", "WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))


def progress(member, steps, mean, last=False):
    cost = 12.5 if last else None
    return Progress("first", "inherited", member, 128, CurveRow(steps, mean, 0.5, 10.0, None, 3), last, cost)


def record(configs=None):
    with live.tracked("tiny", configs or {}) as track:
        for member in ("m00", "m01"):
            track(progress(member, 0, 1.0))
            track(progress(member, 64, 2.0))
            track(progress(member, 64, 2.0, last=True))


def inspected(run_directory):
    command = ["wandb", "leet", "inspect", "--json", str(run_directory)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.study
def test_runs_are_offline_and_hold_the_rows_and_the_parents(tmp_path):
    record({"m00": {"pedigree": {"parents": ["m03"]}}})
    folders = sorted((tmp_path / "wandb").glob("offline-run-*"))
    assert len(folders) == 2
    stored = inspected(folders[0]) + inspected(folders[1])
    for expected in (
        "first-inherited-m00",
        "first-inherited-m01",
        "return_mean",
        "env_steps",
        "m03",
        "tiny",
        "core_seconds",
    ):
        assert expected in stored


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
    live.publish_comparison("tiny", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_comparison_is_a_run_of_its_own(tmp_path):
    live.publish_comparison("tiny", {"second": transfer()})
    (folder,) = (tmp_path / "wandb").glob("offline-run-*")
    assert "area_difference" in inspected(folder)
