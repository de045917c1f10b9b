"""A made project, moved to another version of heredity: by itself where it may be, and else by its owner."""

import json
import shutil
import subprocess
import sys

import pytest

from heredity.cli.project import comparison, upgrading
from heredity.cli.project.comparison import State
from heredity.cli.project.design import Wanted
from heredity.cli.project.making import make_project
from heredity.cli.project.requirements import Origin
from heredity.cli.project.template import template
from heredity.cli.project.upgrading import planned
from heredity.errors import HeredityError
from heredity.study.dialect import parse_as_dvc
from tests.here import here

pytestmark = pytest.mark.study

NEWER = b"# as the newer heredity has it\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A project, once, to copy."""
    place = tmp_path_factory.mktemp("made") / "mein projekt"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "path", [*sys.path])
        make_project(place, Wanted("CartPole-v1"), by_git=False, local_map=here)
    return place


@pytest.fixture
def project(kept, tmp_path):
    """A project whose directory has another name than where it was made."""
    return shutil.copytree(kept, tmp_path / "elsewhere")


@pytest.fixture
def install(monkeypatch):
    """Return a function that installs another version, whose recipes are these instead; None stands for no recipe."""

    def install(version, **recipes):
        files = {name: content for name, content in {**template(), **recipes}.items() if content is not None}
        monkeypatch.setattr(comparison, "template", lambda: files)
        monkeypatch.setattr(upgrading, "origin", lambda: Origin(version))

    return install


def upgraded(project):
    plan = planned(project)
    plan.put_in_place()
    return plan


def tree(path):
    return {each.relative_to(path).as_posix(): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def states(plan, *names):
    return [plan.recipes[name].state for name in names]


def test_by_the_version_that_made_it_there_is_nothing_to_do_whatever_its_owner_has_edited(project):
    assert planned(project).is_nothing
    for name in ("stages/gate.py", "README.md", "dvc.yaml", ".gitignore", "params.yaml", "approvals.yaml"):
        (project / name).write_text((project / name).read_text() + "# mine\n")
    (project / "flows" / "study.py").unlink()
    before = tree(project)
    assert upgraded(project).is_nothing
    assert tree(project) == before


def test_recipes_that_nobody_has_changed_are_written_anew_and_others_are_left_with_a_diff(project, install):
    (project / "stages" / "train.py").write_bytes(b"# mine\n")
    (project / "stages" / "report.py").write_bytes(b"# mine\n")
    (project / "params.yaml").write_bytes(b"# mine\n")
    install("9.0", **{
        "stages/gate.py": NEWER, "stages/train.py": NEWER, "stages/extra.py": NEWER, "stages/confirm.py": None,
        "stages/report.py": None, "params.yaml": NEWER, "approvals.yaml": NEWER,
    })  # fmt: skip
    before = tree(project)
    plan, after = upgraded(project), tree(project)
    stages = (f"stages/{name}.py" for name in ("gate", "train", "extra", "confirm", "report"))
    assert states(plan, *stages) == [State.WRITTEN, State.CHANGED, State.NEW, State.OBSOLETE, State.ABANDONED]
    assert plan.differing == ("stages/train.py",)
    assert {name for name in before | after if before.get(name) != after.get(name)} == {
        "stages/gate.py", "stages/extra.py", "stages/confirm.py", "upgrade.diff", "recipes.json", "requirements.txt",
    }  # fmt: skip
    assert after["stages/gate.py"] == after["stages/extra.py"] == NEWER
    assert "stages/confirm.py" not in after
    assert after["upgrade.diff"].endswith(b"+++ b/stages/train.py\n@@ -1 +1 @@\n-# mine\n+" + NEWER)
    record = json.loads(after["recipes.json"])
    assert record["heredity"] == "9.0"
    assert "stages/extra.py" in record["recipes"]
    assert not {"stages/confirm.py", "stages/report.py", "params.yaml"} & record["recipes"].keys()
    assert b"==9.0\n" in after["requirements.txt"]

    assert upgraded(project).is_nothing
    assert tree(project) == after


def test_what_study_depends_on_in_this_project_stays(project, install):
    deps = 'deps: [params.yaml, "${code}", "${packages}", stages'
    edit(project / "dvc.yaml", f"{deps}]", f'{deps}, mypkg,\n           "mine too.py"]')
    install("9.0", **{"dvc.yaml": template()["dvc.yaml"].replace(b"stages.gate ${key}", b"stages.gate ${key} --more")})
    assert states(upgraded(project), "dvc.yaml") == [State.WRITTEN]
    stages = parse_as_dvc((project / "dvc.yaml").read_text())["stages"]
    assert stages["study"]["deps"][-2:] == ["mypkg", "mine too.py"]
    assert stages["gate"]["do"]["cmd"] == "python -m stages.gate ${key} --more"
    assert "code: requirements.txt" in (project / "dvc.yaml").read_text()


def test_a_graph_with_a_stage_of_ones_own_is_left_and_the_diff_takes_no_dependency_away(project, install):
    edit(project / "dvc.yaml", "stages]", "stages, mypkg]")
    edit(project / "dvc.yaml", "\nstages:\n", "\nstages:\n  mine: {cmd: make}\n")
    before = (project / "dvc.yaml").read_bytes()
    install("9.0", **{"dvc.yaml": template()["dvc.yaml"].replace(b"stages.gate ${key}", b"stages.gate ${key} --more")})
    plan = upgraded(project)
    assert plan.differing == ("dvc.yaml",)
    assert (project / "dvc.yaml").read_bytes() == before
    changes = [line for line in (project / "upgrade.diff").read_text().splitlines()[4:] if line[0] in "+-"]
    assert changes == [
        "-  mine: {cmd: make}",
        "-      cmd: python -m stages.gate ${key}",
        "+      cmd: python -m stages.gate ${key} --more",
    ]


def test_a_readme_keeps_its_title(project, install):
    edit(project / "README.md", "# mein-projekt\n", "# Walking, $5 at a time\n")
    install("9.0", **{"README.md": b"# $study\n\nOther words.\n"})
    upgraded(project)
    assert (project / "README.md").read_text() == "# Walking, $5 at a time\n\nOther words.\n"


def test_a_diff_stays_until_it_is_taken_over_or_removed(project, install):
    gate = project / "stages" / "gate.py"
    gate.write_bytes(b"# mine\n")
    install("9.0", **{"stages/gate.py": NEWER})
    upgraded(project)
    diff = project / "upgrade.diff"
    install("9.1", **{"stages/gate.py": NEWER, "stages/train.py": NEWER})
    assert upgraded(project).differing == ("stages/gate.py",)
    assert b"heredity 9.1" in diff.read_bytes()
    subprocess.run(["git", "apply", "upgrade.diff"], cwd=project, check=True)
    assert gate.read_bytes() == NEWER
    assert upgraded(project).removed == ("upgrade.diff",)
    assert not diff.exists()
    assert upgraded(project).is_nothing

    gate.write_bytes(b"# mine again\n")
    install("9.2", **{"stages/gate.py": NEWER, "stages/train.py": NEWER})
    assert upgraded(project).differing == ()
    install("9.3", **{"stages/gate.py": NEWER * 2, "stages/train.py": NEWER})
    upgraded(project)
    diff.unlink()
    assert upgraded(project).is_nothing


def test_what_its_owner_has_removed_stays_away(project, install):
    (project / "flows" / "study.py").unlink()
    install("9.0", **{"flows/study.py": NEWER})
    assert states(upgraded(project), "flows/study.py") == [State.REMOVED]
    assert not (project / "flows" / "study.py").exists()


def test_a_file_of_ones_own_where_a_new_recipe_would_be_is_left(project, install):
    (project / "stages" / "extra.py").write_bytes(b"# mine\n")
    install("9.0", **{"stages/extra.py": NEWER})
    assert upgraded(project).differing == ("stages/extra.py",)
    assert (project / "stages" / "extra.py").read_bytes() == b"# mine\n"


def test_nothing_is_written_through_a_link(project, install, tmp_path):
    shutil.move(project / "stages", tmp_path / "shared")
    (project / "stages").symlink_to(tmp_path / "shared")
    before = tree(tmp_path / "shared")
    install("9.0", **{"stages/gate.py": NEWER, "stages/extra.py": NEWER, "stages/confirm.py": None})
    plan = upgraded(project)
    assert set(plan.differing) == {"stages/gate.py", "stages/extra.py"}
    assert tree(tmp_path / "shared") == before
    assert upgraded(project).is_nothing


def test_a_project_of_a_newer_version_is_refused_with_what_to_type(project, install):
    install("9.0")
    upgraded(project)
    install("9.0rc1")
    before = tree(project)
    line = r"elsewhere: expected a project of heredity 9\.0rc1 or older, got one of 9\.0; type: pip install -r requirem"
    with pytest.raises(HeredityError, match=line):
        planned(project)
    assert tree(project) == before


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda path: path.unlink(), r"requirements\.txt: expected the requirements that .* wrote, got none"),
        (lambda path: path.write_bytes(b"\xff"), r"requirements\.txt: cannot be read: 'utf-8' codec"),
        (lambda path: (path.unlink(), path.mkdir()), r"requirements\.txt: cannot be read: "),
        (lambda path: (path.rename(path.with_name("r")), path.symlink_to("r")), r"project's own, got a link; put"),
        (lambda path: path.with_name("upgrade.diff").write_text("mine"), r"upgrade\.diff: expected no such file but"),
        (lambda path: path.with_name("prefect.yaml").unlink() or path.with_name("prefect.yaml").mkdir(),
         r"prefect\.yaml: cannot be read: "),
    ],
    ids=["no requirements", "no text", "a folder", "a link", "another diff", "a folder for a recipe"],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_and_all_stays_as_it_was(project, install, spoil, line):
    spoil(project / "requirements.txt")
    before = tree(project)
    install("9.0", **{"stages/gate.py": NEWER})
    with pytest.raises(HeredityError, match=line):
        upgraded(project)
    assert tree(project) == before


def test_all_of_it_is_put_in_place_or_nothing(project, install, monkeypatch):
    install("9.0", **{"stages/gate.py": NEWER, "stages/extra.py": NEWER, "stages/confirm.py": None})
    (project / "stages" / "confirm.py").chmod(0o755)
    before, replace = tree(project), type(project).replace

    def refuse_record(draft, target):
        if target.name == "recipes.json":
            raise OSError(28, "No space left on device")
        return replace(draft, target)

    monkeypatch.setattr("pathlib.Path.replace", refuse_record)
    plan = planned(project)
    assert list(plan.files)[-1] == "recipes.json"
    with pytest.raises(HeredityError, match="No space left on device; nothing has changed; type this again"):
        plan.put_in_place()
    assert tree(project) == before
    assert (project / "stages" / "confirm.py").stat().st_mode & 0o777 == 0o755


def test_one_that_was_killed_is_finished_by_the_next(project, install):
    install("9.0", **{"stages/gate.py": NEWER, "stages/extra.py": NEWER, "stages/confirm.py": None})
    (project / "stages" / "gate.py").write_bytes(NEWER)
    (project / "stages" / "confirm.py").unlink()
    upgraded(project)
    assert (project / "stages" / "extra.py").read_bytes() == NEWER
    assert upgraded(project).is_nothing


def test_a_read_only_project_is_refused_whoever_is_asked(project, install, monkeypatch):
    install("9.0")
    monkeypatch.setattr("os.access", lambda path, mode: path != project)
    before = tree(project)
    with pytest.raises(HeredityError, match="elsewhere: Permission denied; nothing has changed; type this again where"):
        upgraded(project)
    assert tree(project) == before
