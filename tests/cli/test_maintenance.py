"""`heredity gc` and `heredity serve` as a person types them."""

import os
import subprocess
import sys

import pytest

from heredity.files import write_bytes
from tests.cli.commands import typed


@pytest.fixture
def folder(tmp_path):
    """A project in which one member is old."""
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    for name, seconds in (("a-128.zip", 0), ("b-128.zip", None)):
        path = tmp_path / ".heredity" / "members" / name
        write_bytes(path, bytes(1 << 20))
        if seconds is not None:
            os.utime(path, (seconds, seconds))
    return tmp_path


@pytest.mark.slow
def test_a_line_per_kind_says_what_went(folder):
    command = [sys.executable, "-m", "heredity.cli.main", "gc"]  # Prefect takes its folder when it is first imported
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines() == [
        "stored trainings: 1 removed, 1.0 MiB freed, 1 left (1.0 MiB)",
        "W&B runs: 0 removed, 0.0 MiB freed, 0 left (0.0 MiB)",
        f"Prefect: no database at {folder}/.prefect/prefect.db, nothing to remove",
    ]
    assert not (folder / ".heredity/members/a-128.zip").exists()
    assert (folder / ".heredity/members/b-128.zip").exists()


def test_a_dry_run_says_what_would_go_and_prefect_can_be_left_alone(folder):
    lines = typed(folder, "gc", "--dry-run", "--no-prefect", "--days", "0.0", "--largest-gib", "0").splitlines()
    assert lines[0] == "stored trainings: 2 would go, 2.0 MiB would be freed, 0 would be left (0.0 MiB)"
    assert lines[-1] == "Prefect flow runs: left alone, because of --no-prefect"
    assert len(list((folder / ".heredity/members").iterdir())) == 2


def test_outside_of_a_project_nobody_elses_database_is_looked_at(tmp_path, monkeypatch):
    for name in ("PREFECT_HOME", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    said = typed(tmp_path, "gc").splitlines()[-1]
    assert said == "Prefect: no project here, because there is no dvc.yaml: nothing to remove"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gc", "--days", "-1"), "error: --days: expected a number from 0 to 36500, got -1\n"),
        (("gc", "--days", "nan"), "error: --days: expected a number from 0 to 36500, got nan\n"),
        (("gc", "--days", "1e9"), "error: --days: expected a number from 0 to 36500, got 1e+09\n"),
        (("gc", "--largest-gib", "-0.5"), "error: --largest-gib: expected a number from 0, got -0.5\n"),
        (("serve", "--port", "0"), "error: --port: expected a number from 1 to 65535, got 0\n"),
    ],
)
def test_a_bad_value_is_one_line(words, said, folder):
    assert typed(folder, *words, code=2) == said


@pytest.mark.parametrize("words", [("gc", "--days", "soon"), ("gc", "--oldest"), ("sweep",)])
def test_what_cannot_be_read_at_all_is_one_line_as_well(words, folder):
    said = typed(folder, *words, code=2)
    assert said.startswith("error: ")
    assert said.count("\n") == 1


@pytest.mark.study
def test_other_commands_do_not_load_prefect():
    code = "import sys, heredity.cli.main; print({'prefect', 'torch', 'dvc'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
