"""dvc.lock is kept as `dvc repro` keeps it: on real repositories, with stages that take milliseconds."""

import errno
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from heredity.errors import HeredityError
from heredity.orchestration.dvc_lock import DvcLock, DvcLockError, stages_left

pytestmark = pytest.mark.study


def doing(project, *, before=lambda: None):
    """Return work for `record` that runs a stage's command in the project."""

    def work(command):
        before()
        project.run(*command.split())

    return work


def run_all(project):
    """Record every stage, and return what happened to each."""
    with DvcLock(project.path) as lock:
        return {name: lock.record(name, doing(project)) for name in lock.stages()}


def repro(project):
    """Return the stages that `dvc repro` had to run."""
    lines = project.run("dvc", "repro").splitlines()
    return [line.split("'")[1] for line in lines if line.startswith("Running stage")]


def test_stages_come_after_what_they_depend_on(toy):
    with DvcLock(toy.path) as lock:
        names = lock.stages()
    assert sorted(names) == ["aside", "first", "second"]
    assert names.index("first") < names.index("second")


def test_both_doors_write_the_same_lock(toy, tmp_path):
    other = toy.copy(tmp_path / "other")
    assert set(run_all(toy).values()) == {"ran"}
    repro(other)
    assert toy.lock() == other.lock()
    assert toy.lock()["first"]["params"] == {"params.yaml": {"factor": 2}}
    assert "up to date" in toy.run("dvc", "status")
    assert repro(toy) == []
    assert set(run_all(other).values()) == {"skipped"}


def test_only_what_changed_runs_again(toy):
    run_all(toy)
    (toy.path / "numbers.txt").write_text("4")
    assert run_all(toy) == {"first": "ran", "aside": "ran", "second": "ran"}
    (toy.path / "params.yaml").write_text("factor: 3\n")
    assert run_all(toy) == {"first": "ran", "aside": "skipped", "second": "skipped"}


def test_work_done_before_is_restored_and_not_done_again(toy):
    run_all(toy)
    (toy.path / "numbers.txt").write_text("4")
    run_all(toy)
    (toy.path / "numbers.txt").write_text("3")
    assert run_all(toy) == {"first": "restored", "aside": "restored", "second": "restored"}
    assert (toy.path / "second/result.txt").read_text() == "12"
    assert (toy.path / "second.json").read_text() == '{"number": 12}'
    assert repro(toy) == []


def test_outputs_are_cleared_before_a_stage_works(toy):
    run_all(toy)
    (toy.path / "first/stale.txt").write_text("from an earlier run")
    (toy.path / "numbers.txt").write_text("5")
    run_all(toy)
    assert [path.name for path in (toy.path / "first").iterdir()] == ["result.txt"]


def test_nothing_is_recorded_when_a_dependency_moves_meanwhile(toy):
    move = doing(toy, before=lambda: (toy.path / "numbers.txt").write_text("7"))
    with DvcLock(toy.path) as lock, pytest.raises(DvcLockError, match=r"first: expected numbers.txt to stay"):
        lock.record("first", move)
    assert not (toy.path / "dvc.lock").exists()
    assert sorted(repro(toy)) == ["aside", "first", "second"]


def test_a_failing_stage_records_nothing_and_either_door_finishes(toy):
    def broken(_):
        (toy.path / "first").mkdir()
        raise RuntimeError("out of power")

    with DvcLock(toy.path) as lock:
        lock.record("aside", doing(toy))
        with pytest.raises(RuntimeError, match="out of power"):
            lock.record("first", broken)
    assert list(toy.lock()) == ["aside"]
    assert repro(toy) == ["first", "second"]


def test_a_kill_while_the_lock_is_written_leaves_the_last_one_whole(toy, monkeypatch):
    def cut_short(_, stream):
        stream.write("schema: '2")
        raise KeyboardInterrupt

    run_all(toy)
    before = (toy.path / "dvc.lock").read_text()
    (toy.path / "numbers.txt").write_text("4")
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr("dvc.utils.serialize._yaml._dump", cut_short)
        run_all(toy)
    assert (toy.path / "dvc.lock").read_text() == before
    run_all(toy)
    assert (toy.path / "second/result.txt").read_text() == "16"
    assert repro(toy) == []


@pytest.mark.parametrize("half", ["", "schema: '2.0'\nstages:\n  first:\n    cmd: 'pyth"])
def test_a_lock_that_dvc_left_half_written_is_refused_with_the_remedy(toy, half):
    run_all(toy)
    (toy.path / "dvc.lock").write_text(half)
    with pytest.raises(DvcLockError, match=r"dvc\.lock.*; type: git checkout dvc\.lock, or rm dvc\.lock"):
        run_all(toy)
    (toy.path / "dvc.lock").unlink()
    assert set(run_all(toy).values()) == {"restored"}


def test_a_full_disk_is_one_line_that_says_where(toy, caplog):
    full = OSError(errno.ENOSPC, "No space left on device")

    def work(_):
        logging.getLogger("dvc_data.hashfile.transfer").error("failed to transfer 'ab12'", exc_info=full)
        raise full

    with DvcLock(toy.path) as lock, pytest.raises(DvcLockError) as refused:
        lock.record("first", work)
    assert str(refused.value) == f"{toy.path}: No space left on device"
    assert "failed to transfer 'ab12': [Errno 28] No space left on device" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_second_flow_on_the_project_is_refused(toy):
    with (
        DvcLock(toy.path),
        pytest.raises(DvcLockError, match="another flow is at work on this project"),
        DvcLock(toy.path),
    ):
        pass
    with DvcLock(toy.path):
        pass


def test_a_flow_that_has_lost_its_lock_records_nothing(toy):
    lose = doing(toy, before=(toy.path / ".dvc/tmp/flow.lock").unlink)
    with DvcLock(toy.path) as lock, pytest.raises(HeredityError, match="flow: expected to be alone at it"):
        lock.record("first", lose)
    assert not (toy.path / "dvc.lock").exists()


def test_dvc_refuses_the_busy_stage_and_records_the_others_meanwhile(toy):
    said = []

    def meanwhile():
        said.append(toy.run("dvc", "repro", "first", code=255))
        toy.run("dvc", "repro", "aside")

    with DvcLock(toy.path) as lock:
        assert lock.record("first", doing(toy, before=meanwhile)) == "ran"
        assert lock.record("aside", doing(toy)) == "skipped"
    assert "is busy, it is being blocked by" in said[0]
    assert set(toy.lock()) == {"first", "aside"}


def test_stages_are_recorded_side_by_side(toy):
    together = threading.Barrier(2, timeout=20)
    with DvcLock(toy.path) as lock:
        threads = [
            threading.Thread(target=lock.record, args=(name, doing(toy, before=together.wait)))
            for name in ("first", "aside")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(toy.lock()) == {"first", "aside"}
    assert repro(toy) == ["second"]


def test_a_killed_flow_leaves_a_project_that_both_doors_finish(toy, tmp_path):
    script = (
        "import pathlib, sys, time; from heredity.orchestration.dvc_lock import DvcLock\n"
        "def work(_):\n    pathlib.Path('first').mkdir(); print('working', flush=True); time.sleep(60)\n"
        "with DvcLock(pathlib.Path('.').resolve()) as lock: lock.record('first', work)\n"
    )
    flow = subprocess.Popen(
        [sys.executable, "-c", script], cwd=toy.path, env=toy.environment, stdout=subprocess.PIPE, text=True
    )
    assert flow.stdout.readline() == "working\n"
    flow.send_signal(signal.SIGKILL)
    flow.wait()
    flow.stdout.close()
    other = toy.copy(tmp_path / "other")
    assert sorted(repro(toy)) == ["aside", "first", "second"]
    assert set(run_all(other).values()) == {"ran"}
    assert toy.lock() == other.lock()


@pytest.mark.parametrize("left", ["", '{"write": {"/st'])
def test_marks_that_a_kill_left_half_written_are_removed(toy, left):
    marks = toy.path / ".dvc" / "tmp" / "rwlock"
    marks.write_text(left)
    assert ".dvc/tmp/rwlock" in toy.run("dvc", "repro", code=255)
    assert set(run_all(toy).values()) == {"ran"}
    assert "up to date" in toy.run("dvc", "status")


def test_a_directory_without_dvc_is_refused(tmp_path):
    with (
        pytest.raises(
            DvcLockError,
            match="expected a DVC project, got none; type: git init, then dvc init; or without git: dvc init --no-scm",
        ),
        DvcLock(tmp_path),
    ):
        pass


def test_recording_costs_milliseconds_not_a_dvc_process(toy):
    run_all(toy)
    with DvcLock(toy.path) as lock:
        started = time.monotonic()
        for _ in range(3):
            assert lock.record("first", doing(toy)) == "skipped"
    assert time.monotonic() - started < 3


def test_a_project_in_a_repository_is_told_how_to_make_dvc_use_it(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "below").mkdir()
    for folder, words in ((tmp_path, "dvc init"), (tmp_path / "below", "dvc init --subdir")):
        with pytest.raises(DvcLockError, match=f"got none; type: {words}$"), DvcLock(folder):
            pass


def test_a_project_whose_git_repository_is_gone_is_refused_at_once_and_can_do_without(toy):
    shutil.rmtree(toy.path / ".git")
    with pytest.raises(DvcLockError, match=r"expected a git repository.*; type: git init, or dvc config core.no_scm"):
        run_all(toy)
    toy.run("dvc", "config", "core.no_scm", "true")
    assert set(run_all(toy).values()) == {"ran"}
    assert "up to date" in toy.run("dvc", "status")


def test_a_damaged_configuration_of_dvc_is_one_line(toy):
    (toy.path / ".dvc" / "config").write_text("[core")
    with pytest.raises(DvcLockError, match="config file error"), DvcLock(toy.path):
        pass


@pytest.mark.parametrize("name", ["dvc.lock", "lineage/first/gate.json", "study/name.txt"])
def test_a_pipe_in_a_files_place_is_refused_before_dvc_waits_for_it(toy, name):
    path = toy.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    for enter in (lambda: DvcLock(toy.path).__enter__(), lambda: stages_left(toy.path)):
        with pytest.raises(DvcLockError, match=f"{name}: expected a file, got a pipe or a device; remove it"):
            enter()


@pytest.mark.parametrize("content", ["a: " + "[" * 5000, "{" * 5000, "stages: 5", "schema: '2.0'\nstages: [1]"])
def test_a_lock_that_dvc_cannot_read_is_refused_in_one_line(toy, content):
    (toy.path / "dvc.lock").write_text(content)
    for enter in (lambda: DvcLock(toy.path).__enter__(), lambda: stages_left(toy.path)):
        with pytest.raises(DvcLockError, match=r".") as refusal:
            enter()
        assert str(refusal.value).isprintable()
