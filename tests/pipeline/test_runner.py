"""How a stage ends: whatever stops it is one line, and an exit code of its own."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from heredity.errors import HeredityError
from heredity.pipeline.runner import call_stage, run_stage
from tests.examples import CHECKOUT

FULL = OSError(errno.ENOSPC, "No space left on device")
REFUSED = OSError(errno.EROFS, "Read-only file system", "gate.json")


@pytest.mark.parametrize(
    ("trouble", "code", "line"),
    [
        (HeredityError("seed: expected a whole number"), 2, "error: seed: expected a whole number"),
        (FULL, 2, "error: {here}: No space left on device; mend that and start again: dvc repro goes on from"),
        (REFUSED, 2, "error: gate.json: Read-only file system; mend that and start again: dvc repro goes on from"),
        (
            KeyboardInterrupt(),
            130,
            "interrupted; what was trained until the last checkpoint is kept; to go on: dvc repro",
        ),
    ],
)
def test_whatever_stops_a_stage_is_one_line(trouble, code, line, monkeypatch, tmp_path, capsys):
    def stopped(*_):
        raise trouble

    monkeypatch.setattr("heredity.pipeline.runner.call_stage", stopped)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        run_stage(stopped)
    assert ended.value.code == code
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith(line.format(here=tmp_path))


def test_a_stage_is_at_work_once_at_a_time(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def begins_itself():
        call_stage(begins_itself, [])

    with pytest.raises(HeredityError, match="expected to be alone at it"):
        call_stage(begins_itself, [])
    assert not list(tmp_path.rglob("*.lock"))


PROGRAM = """
import atexit, sys
from heredity.pipeline.runner import run_stage

def main():
    atexit.register(print, "tracker's hook")
    sys.stdout.write("the stage\\n")

run_stage(main)
"""


@pytest.mark.parametrize(("output", "code"), [("said", 0), ("/dev/full", 2)])
def test_a_stage_that_is_the_program_ends_with_what_it_said_and_its_code(tmp_path, output, code):
    if not Path(output).is_absolute():
        output = tmp_path / output
    with Path(output).open("wb") as stdout:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=tmp_path, env={"PYTHONPATH": str(CHECKOUT)}, stdout=stdout,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == code, done.stderr
    if code:
        assert done.stderr == "error: standard output: No space left on device\n"
    else:
        assert Path(output).read_text() == "the stage\ntracker's hook\n"
