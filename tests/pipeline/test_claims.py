"""One process at a time is at work on an output, and an orphan that slept is none."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import psutil
import pytest

from heredity.files import new_directory, write_text
from heredity.pipeline import claims
from heredity.pipeline.claims import ClaimError, claimed
from tests.examples import CHECKOUT

HOLDER = """
import sys, time
from pathlib import Path
from heredity.lifetime import end_with_parent
from heredity.pipeline.claims import claimed
if sys.argv[2] == "with parent":
    end_with_parent()
with claimed(Path(sys.argv[1]), "train one"):
    print("at it", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def lock(tmp_path):
    return tmp_path / ".heredity" / "locks" / "train-one.lock"


@contextmanager
def holder(lock, how):
    """Yield a process that holds a lock, and the one that has started it."""
    starter = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    parent = subprocess.Popen(
        [sys.executable, "-c", starter, HOLDER, lock, how], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout.readline() == "at it\n"
    child = psutil.Process(parent.pid).children()[0]
    try:
        yield child, parent
    finally:
        for process in (parent, child):
            with suppress(psutil.Error):
                process.kill()
        parent.communicate()


def claim(lock):
    with claimed(lock, "train one"):
        pass


@pytest.mark.parametrize("is_stopped", [False, True])
def test_whoever_comes_second_is_told_whom_to_wait_for_or_to_kill(lock, is_stopped, monkeypatch):
    monkeypatch.setattr(claims, "PATIENCE_SECONDS", 0.1)
    with holder(lock, "with parent") as (child, _):
        if is_stopped:
            child.suspend()
        kill = f"; type: kill -KILL {child.pid}$" if is_stopped else f"; wait for it, or type: kill {child.pid}$"
        with pytest.raises(
            ClaimError, match=f"^train one: expected to be alone .*, got process {child.pid}[ ,].*{kill}"
        ):
            claim(lock)


def test_an_orphan_that_sleeps_is_ended_and_its_place_taken(lock, caplog):
    with holder(lock, "with parent") as (child, parent):
        child.suspend()
        parent.kill()
        with claimed(lock, "train one"):
            assert json.loads(lock.read_bytes())["pid"] == os.getpid()
        child.wait(5)
    assert f"process {child.pid} was left behind" in caplog.text


def test_whoever_was_started_by_hand_and_left_is_no_orphan(lock, monkeypatch):
    monkeypatch.setattr(claims, "PATIENCE_SECONDS", 0.1)
    with holder(lock, "by hand") as (child, parent):
        parent.kill()
        with pytest.raises(ClaimError, match=f"got process {child.pid} "):
            claim(lock)


def test_a_lock_dies_with_its_process_and_is_gone_with_the_work(lock):
    with holder(lock, "by hand") as (child, _):
        child.kill()
        child.wait()
    claim(lock)
    assert not lock.exists()


def test_a_process_does_not_lock_itself_twice(lock):
    with claimed(lock, "train one"), pytest.raises(ClaimError, match="got another thread of this process"):
        claim(lock)


TAKEN = {"pid": 1, "host": os.uname()[1], "ancestors": []}


@pytest.mark.parametrize("content", [None, "", json.dumps(TAKEN)], ids=["removed", "emptied", "taken"])
def test_whoever_has_lost_a_lock_writes_nothing(lock, content, tmp_path):
    write_text(tmp_path / "gate.json", "theirs")

    def work():
        with claimed(lock, "train one"), new_directory(tmp_path / "models") as directory:
            (directory / "m00.zip").touch()
            lock.unlink()
            if content is not None:
                lock.write_text(content)
            with pytest.raises(ClaimError):
                write_text(tmp_path / "gate.json", "ours")

    with pytest.raises(ClaimError, match="train one: expected to be alone at it, got another process at it already"):
        work()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".heredity", "gate.json"]
    assert (tmp_path / "gate.json").read_text() == "theirs"


def test_a_file_system_without_locks_is_said_to_be_one(lock, monkeypatch, caplog):
    def refused(*_):
        raise OSError(claims.errno.ENOLCK, "No locks available")

    monkeypatch.setattr(claims.fcntl, "lockf", refused)
    claim(lock)
    assert "this file system has no locks, so nothing keeps another process from train one" in caplog.text


def test_a_record_of_nobody_is_nobodys_death(lock):
    """A lock that a killed process has left names a number that may be anybody's by now."""
    lock.parent.mkdir(parents=True)
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        lock.write_text(json.dumps({"pid": bystander.pid, "host": os.uname()[1], "ancestors": [1]}))
        assert claims._end_orphan(lock) is False
        assert bystander.poll() is None
    finally:
        bystander.send_signal(signal.SIGKILL)
        bystander.wait()
