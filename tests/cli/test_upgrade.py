"""`heredity upgrade` as a person types it: what it says has changed, what runs again, and why."""

import re

import numpy as np
import pytest

from heredity.cli.project import comparison, upgrading
from heredity.cli.project.recipes import RECORD, recorded
from heredity.cli.project.requirements import Origin
from heredity.cli.project.template import template
from tests.cli.commands import typed

pytestmark = pytest.mark.study

NUMPY = np.__version__


@pytest.fixture
def install(monkeypatch):
    """Return a function that installs another version, whose recipes are these instead."""

    def install(version, recipes):
        monkeypatch.setattr(comparison, "template", lambda: {**template(), **recipes})
        monkeypatch.setattr(upgrading, "origin", lambda: Origin(version))

    return install


@pytest.fixture
def made(project):
    """The folder of a finished study that has the files of a made project."""
    (project.path / "requirements.txt").write_text("heredity==0.1.0\nnumpy==1.0  # mine\nno-such-package==1.0\n")
    files = {name: path.read_bytes() for name in template() if (path := project.path / name).is_file()}
    (project.path / RECORD).write_bytes(recorded("0.1.0", files).written())
    return project.path


def test_it_says_what_has_changed_and_what_runs_again_and_why(made, install):
    install("9.0", {"dvc.yaml": template()["dvc.yaml"].replace(b"stages.gate ${key}", b"stages.gate  ${key}")})
    handout = made / "study" / "first" / "train.json"
    handout.write_text(handout.read_text().replace(f'"numpy": "{NUMPY}"', '"numpy": "1.0"'))
    (made / "study" / "second" / "train.json").write_text("{}")
    lines = typed(made / "stages", "upgrade").splitlines()
    assert lines[:3] == [
        f"{made}: moved to heredity 9.0",
        f"requirements.txt: heredity 0.1.0 → 9.0, numpy 1.0 → {NUMPY}, "
        + ", ".join(re.findall(r"[\w-]+ absent → [\w.]+", lines[1])),
        "requirements.txt: left, because no such package is installed: no-such-package==1.0",
    ]
    assert lines[3] == "written anew: .gitignore, dvc.yaml"
    assert lines[4].startswith("new: README.md, ")
    assert lines[5:] == [
        "runs again because of what it depends on: study",
        f"runs again because of numpy 1.0 → {NUMPY}: train@first",
        "runs again because of the code: train@second",
        "runs again because of dvc.yaml: gate@first, gate@second",
        "and what reads their results, where these come out otherwise",
        "type: dvc repro",
    ]
    assert typed(made.parent, "upgrade", made.name).splitlines() == [
        f"{made}: nothing to upgrade, all of it is of heredity 9.0",
        "requirements.txt: left, because no such package is installed: no-such-package==1.0",
        f"runs again because of numpy 1.0 → {NUMPY}: train@first",
        "runs again because of the code: train@second",
        "and what reads their results, where these come out otherwise",
        "type: dvc repro -f study, then dvc repro",
    ]


def test_a_recipe_that_was_changed_is_named_with_its_diff(made, install):
    (made / "stages" / "gate.py").write_text("# mine\n")
    install("9.0", {"stages/gate.py": b"# newer\n"})
    line = "left, because you have changed it (upgrade.diff says what heredity has otherwise): stages/gate.py"
    assert line in typed(made, "upgrade").splitlines()
    assert (made / "stages" / "gate.py").read_text() == "# mine\n"
    (made / "stages" / "gate.py").write_text("# newer\n")
    line = "removed, because nothing of it is left to take over: upgrade.diff"
    assert line in typed(made, "upgrade").splitlines()


def test_where_nothing_has_run_or_a_study_cannot_be_read_it_says_so(made, install):
    install("9.0", {})
    (made / "params.yaml").write_text("study: [")
    last = typed(made, "upgrade").splitlines()[-1]
    assert last.startswith("which stages run again cannot be said: params.yaml: ")
    (made / "study").rename(made / "gone")
    last = typed(made, "upgrade").splitlines()[-1]
    assert last == "no stage has run here, or its results are elsewhere (dvc pull); type: dvc repro"


@pytest.mark.parametrize("words", [(), (".",), ("no such folder",)])
def test_what_is_no_made_project_is_refused_in_one_line(tmp_path, words):
    line = typed(tmp_path, "upgrade", *words, code=2)
    assert re.fullmatch(
        r"error: /.*: expected a project that heredity init has made, got no recipes\.json; .*heredity init\n", line
    )
    assert [*tmp_path.iterdir()] == []


def test_a_project_of_a_newer_version_is_refused_in_one_line(made, install):
    install("0.1.0.dev0", {})
    before = (made / RECORD).read_bytes(), (made / "requirements.txt").read_bytes()
    assert typed(made, "upgrade", code=2) == (
        f"error: {made}: expected a project of heredity 0.1.0.dev0 or older, got one of 0.1.0; "
        "type: pip install -r requirements.txt\n"
    )
    assert ((made / RECORD).read_bytes(), (made / "requirements.txt").read_bytes()) == before
