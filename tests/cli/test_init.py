"""heredity init as it is typed: what it says, and in which line it refuses."""

import copy
import json
import re
import subprocess
import sys
from functools import partial

import pytest

from heredity.cli import init as module
from heredity.cli.project.making import make_project
from heredity.extras import EXTRAS
from heredity.study.dialect import parse_as_dvc
from heredity.study.load import load_study
from tests.cli.commands import typed
from tests.examples import TINY
from tests.here import here

pytestmark = pytest.mark.study


@pytest.fixture(autouse=True)
def made_here(tmp_path, monkeypatch):
    """Make projects in this process, with no repository around."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setattr("heredity.cli.project.making.make_project", partial(make_project, local_map=here))


def refused(folder, *words):
    """Type the command where it refuses, and return the one line that it says."""
    before = [*folder.rglob("*")]
    [line] = typed(folder, "init", *words, code=2).splitlines()
    assert [*folder.rglob("*")] == before
    return line.removeprefix("error: ")


def test_it_says_what_it_made_and_what_to_type(tmp_path):
    first, second = typed(tmp_path, "init", "mein projekt", "--no-scm").splitlines()
    assert re.fullmatch(
        r"/.*/mein projekt: made a project of CartPole-v1, 6 lineages of 2, PPO with MlpPolicy, threshold 475, \d+ "
        "steps per member",
        first,
    )
    assert re.fullmatch(
        r"type: cd 'mein projekt' && dvc repro    \(about \d+ minutes on two cores, then see report/index\.html\)",
        second,
    )


def test_here_nobody_has_to_go_anywhere(tmp_path):
    assert typed(tmp_path, "init", "--no-scm").splitlines()[1].startswith("type: dvc repro ")


@pytest.mark.parametrize("words", [("--env", "mypkg:Mine-v0"), ("--import", "mypkg", "--env", "Mine-v0")])
def test_an_environment_of_ones_own_is_named_with_its_module(tmp_path, mypkg, words):
    mypkg(tmp_path)
    typed(tmp_path, "init", "--no-scm", *words, "--threshold", "-40.5")
    study = load_study(tmp_path / "params.yaml")
    assert study.imports == ("mypkg",)
    assert {(node.env.id, node.threshold) for node in study.generations.values()} == {("Mine-v0", -40.5)}


IMPORTABLE = "--import: expected modules that Python can import from the project, got"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--from", "model.zip"), r"--from: expected the environment beside it, got none; add --env ID"),
        (("--import", "mypkg"), r"--import: expected the environment beside it, got none; add --env ID"),
        (("--threshold", "nan"), r"--threshold: expected a number of at most 1e\+100, got nan"),
        (("--threshold", "1e101"), r"--threshold: expected a number of at most 1e\+100, got 1e\+101"),
        (
            ("--env", "CartPol-v1"),
            r"--env: expected the id of a .*, got 'CartPol-v1'; did you mean CartPole-v1 or CartP",
        ),
        (("--env", "mypkg:"), r"--env: expected a Gymnasium id, or package\.module:Id, got 'mypkg:'"),
        (("--env", "Pendulum-v1"), r"--threshold: expected a number, because Pendulum-v1 registers none, got nothing"),
        (("--env", "CartPole-v1", "--from", "model.zip"), r"--from: /.*model\.zip: cannot be read: No such file"),
        (("--env", "no_such_package:Mine-v0"), IMPORTABLE),
        (("--env", "./mine.py:Mine-v0"), IMPORTABLE),
    ],
)
def test_what_cannot_be_a_study_is_one_line_and_leaves_nothing(tmp_path, words, line):
    assert re.match(line, refused(tmp_path, "project", *words))


def written(path, **changed):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(copy.deepcopy(TINY) | changed))
    return path


@pytest.mark.parametrize("words", [("project", "--params", "theirs/tiny.yaml"), ("--params", "params.yaml")])
def test_a_study_that_is_written_already_gets_its_project_and_stays_as_it_is(tmp_path, words):
    brought = written(tmp_path / words[-1])
    project, text = tmp_path / ("project" if "project" in words else ""), brought.read_text()
    first, second = typed(tmp_path, "init", "--no-scm", *words).splitlines()
    size = "2 generations of 2; at most 1,024 environment steps of training, "
    assert first.startswith(f"{project}: made a project of tiny: {size}")
    assert second.endswith("dvc repro    (then see report/index.html)")
    assert (project / "params.yaml").read_text() == text
    assert "gymnasium==" in (project / "requirements.txt").read_text()


def test_what_a_brought_study_names_is_a_dependency_of_its_project(tmp_path, mypkg):
    mypkg(tmp_path)
    env = {"id": "Mine-v0"}
    nodes = {name: {**node, "env": env, "threshold": 1.0} for name, node in TINY["generations"].items()}
    written(tmp_path / "params.yaml", **{"import": ["mypkg"], "generations": nodes})
    typed(tmp_path, "init", "--no-scm", "--params", "params.yaml")
    assert parse_as_dvc((tmp_path / "dvc.yaml").read_text())["stages"]["study"]["deps"][-1] == "mypkg"


def test_a_module_that_lies_beside_a_study_from_elsewhere_is_to_be_copied_first(tmp_path, mypkg):
    (theirs := tmp_path / "theirs").mkdir()
    mypkg(theirs)
    written(theirs / "tiny.yaml", **{"import": ["mypkg"]})
    said = refused(tmp_path, "project", "--params", "theirs/tiny.yaml")
    assert said.startswith(
        "theirs/tiny.yaml: expected the module mypkg, which lies beside it, in the project's directory"
    )
    assert said.endswith("; copy it there, and type this again")
    (project := tmp_path / "project").mkdir()
    mypkg(project)
    assert typed(tmp_path, "init", "--no-scm", "project", "--params", "theirs/tiny.yaml").startswith(f"{project}: made")
    said = refused(tmp_path, "project", "--params", "theirs/tiny.yaml")
    assert said == f"{project}: expected no project, got one; write its params.yaml, or name another directory"


def test_a_study_that_cannot_run_gets_no_project(tmp_path):
    written(tmp_path / "tiny.yaml", population=0)
    assert refused(tmp_path, "project", "--params", "tiny.yaml").startswith("tiny.yaml: population: expected")
    said = refused(tmp_path, "project", "--params", "tiny.yaml", "--env", "CartPole-v1")
    assert said == "--params: expected no --env beside it, because the file says that; leave one out"


def test_without_git_it_says_what_to_add(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    said = refused(tmp_path, "project")
    assert said == "expected the program git, got none; install git, or add --no-scm to do without"


def test_without_the_extras_of_a_run_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(EXTRAS, "report", ("no_such_package",))
    assert refused(tmp_path, "project").endswith("type: pip install 'heredity[report]'")


def test_files_in_the_way_are_named(tmp_path):
    (tmp_path / "params.yaml").write_text("mine")
    keeping = "add --params params.yaml, which keeps it, or make the project in a directory of its own"
    assert f"got params.yaml; move them, {keeping}" in refused(tmp_path)


def test_where_another_python_would_run_the_stages_it_says_what_to_type_first(tmp_path, monkeypatch):
    assert module._other_python() == ""
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho /elsewhere\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    line = module._other_python()
    assert line.startswith(f"python is {other}, where stages need {sys.executable}; type first: ")
    told = line.partition("type first: ")[2]
    shown = subprocess.run(["/bin/sh", "-c", f"{told}; command -v python"], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() != str(other)
    other.unlink()
    assert module._other_python().startswith("python is not there")
