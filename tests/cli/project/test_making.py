"""A project made, whole or not at all."""

import subprocess
import sys
import textwrap
from pathlib import Path

import gymnasium
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from heredity.cli.project.design import Wanted
from heredity.cli.project.making import make_project, study_name
from heredity.errors import HeredityError, TaskError
from heredity.study.dialect import parse_as_dvc
from heredity.study.load import load_study
from tests.cli.conftest import ENVIRONMENT, REGISTERS
from tests.here import here

pytestmark = pytest.mark.study

MADE = {
    ".dvcignore", ".gitignore", "README.md", "approvals.yaml", "dvc.yaml", "flows", "params.yaml", "prefect.yaml",
    "recipes.json", "requirements.txt", "stages", "tests", ".dvc",
}  # fmt: skip


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No repository is around, wherever tests have their temporary files."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path])


def make(project, id="CartPole-v1", *, by_git=False, **wanted):
    return make_project(project, Wanted(id, **wanted), by_git=by_git, local_map=here)


def tree(path):
    return {each.relative_to(path): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def deps(project):
    return parse_as_dvc((project / "dvc.yaml").read_text())["stages"]["study"]["deps"]


def test_a_project_has_all_that_it_needs_and_nothing_of_this_machine(tmp_path):
    project = tmp_path / "mein projekt"
    make(project, by_git=True)
    assert {path.name for path in project.iterdir()} == MADE | {".git"}
    assert (project / "README.md").read_text().startswith("# mein-projekt\n")
    assert load_study(project / "params.yaml").study == "mein-projekt"
    files = [path for path in tree(project) if path.parts[0] not in (".git", ".dvc")]
    assert not [path for path in files if str(tmp_path) in (project / path).read_text()]
    assert not [path for path in files if str(Path.home()) in (project / path).read_text()]


def test_files_that_are_there_are_named_and_everything_stays_as_it_was(tmp_path):
    for name in ("README.md", "stages/gate.py", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(HeredityError, match=r"is made of, got README\.md, stages/gate\.py; move them"):
        make(tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["study", "lineage", "report", "dvc.lock", "requirements.txt"])
def test_what_a_run_would_write_over_is_refused_too(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(HeredityError, match=rf"is made of, got {name}; move them"):
        make(tmp_path)


def test_an_environment_in_the_project_is_a_dependency_and_leaves_no_bytecode(tmp_path, mypkg):
    mypkg(tmp_path)
    make(tmp_path, "Mine-v0", imports=("mypkg",), threshold=40.0)
    assert deps(tmp_path)[-1] == "mypkg"
    assert load_study(tmp_path / "params.yaml").imports == ("mypkg",)


def test_an_environment_beside_the_project_in_its_repository_is_a_dependency_by_its_files(tmp_path, mypkg, monkeypatch):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    mypkg(tmp_path / "src")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "src")])
    make(tmp_path / "study one", "Mine-v0", by_git=True, imports=("mypkg",), threshold=40.0)
    assert deps(tmp_path / "study one")[-2:] == ["../src/mypkg/__init__.py", "../src/mypkg/env.py"]


def test_what_lies_where_the_command_is_typed_and_not_in_the_project_is_not_importable(tmp_path, mypkg, monkeypatch):
    mypkg(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "heredity.cli", "init"])
    with pytest.raises(
        HeredityError, match=r"^--import: expected modules that Python can import from the project, got"
    ):
        make(tmp_path / "study", "Mine-v0", imports=("mypkg",), threshold=40.0)
    assert not (tmp_path / "study").exists()
    assert sys.path[0] == str(tmp_path)


def test_a_model_from_elsewhere_is_copied_with_its_statistics_and_one_of_the_project_is_named(tmp_path):
    elsewhere, project, name = tmp_path / "elsewhere", tmp_path / "project", "größe 'x'.zip"
    elsewhere.mkdir()
    envs = VecNormalize(DummyVecEnv([lambda: gymnasium.make("CartPole-v1")]))
    PPO("MlpPolicy", envs, device="cpu", n_steps=64).save(elsewhere / name)
    envs.save(elsewhere / "vecnormalize.pkl")
    before = tree(elsewhere)
    make(project, model=elsewhere / name)
    study = load_study(project / "params.yaml")
    assert study.founders == (f"founders/{name}",)
    assert study.algorithm.normalize.observation
    assert tree(project / "founders") == before
    assert deps(project)[-2:] == [f"founders/{name}", "founders/vecnormalize.pkl"]
    make(elsewhere, model=elsewhere / name)
    assert load_study(elsewhere / "params.yaml").founders == (name,)
    assert deps(elsewhere)[-2:] == [name, "vecnormalize.pkl"]
    assert not (elsewhere / "founders").exists()


def test_where_dvc_is_set_up_already_its_empty_list_is_filled(tmp_path):
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=tmp_path, check=True)
    make(tmp_path)
    text = (tmp_path / ".dvcignore").read_text()
    assert text.startswith("# Add patterns of files dvc should ignore")
    assert "\n__pycache__/\n" in text


def test_a_list_that_leaves_enough_out_stays_and_another_is_refused_with_what_it_lacks(tmp_path):
    ours = (Path(__file__).parents[3] / "template" / "dvcignore").read_text()
    (tmp_path / ".dvcignore").write_text(f"{ours}\n*.tmp\n")
    make(tmp_path)
    assert (tmp_path / ".dvcignore").read_text() == f"{ours}\n*.tmp\n"
    other = tmp_path / "other"
    other.mkdir()
    (other / ".dvcignore").write_text("*.tmp\n__pycache__/\n")
    with pytest.raises(
        HeredityError, match=r"\.dvcignore: expected it to ignore \.\*\.draft, /\.heredity/, /\.pyt.* too"
    ):
        make(other)


@pytest.mark.parametrize(
    "wanted",
    [{"id": "CartPol-v1"}, {"id": "Pendulum-v1"}, {"id": "Mine-v0", "imports": ("no_such_package",)}],
    ids=["unknown id", "no threshold", "no package"],
)
@pytest.mark.parametrize("is_there", [False, True], ids=["new", "there"])
def test_a_study_that_cannot_be_leaves_nothing(tmp_path, wanted, is_there):
    project = tmp_path / "project"
    if is_there:
        project.mkdir()
    with pytest.raises(HeredityError):
        make(project, by_git=True, **wanted)
    assert [*tmp_path.rglob("*")] == ([project] if is_there else [])


MEND = r"; mend the environment and type this again; arguments that it needs go where it is registered: kwargs=\{…\}$"


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ("def __init__(self):\n        raise RuntimeError('no licence')",
         rf"^--env: Mine-v0 cannot be made: no licence{MEND}"),
        ("def __init__(self, size):\n        pass", rf"^--env: Mine-v0 cannot be made: .*argument: 'size' .*{MEND}"),
        ("def __init__(self):\n        raise ImportError('type: pip install \"theirs[2d]\"')",
         r'^--env: Mine-v0 cannot be made: type: pip install "theirs\[2d\]"$'),
        ("def step(self, action):\n        return 1", rf"^--env: Mine-v0: expected a step that returns, got .*{MEND}"),
    ],
    ids=["raises", "asks for arguments", "knows better", "answers wrongly"],
)  # fmt: skip
def test_an_environment_that_cannot_be_played_is_one_line_that_says_what_to_do(tmp_path, write_module, broken, line):
    write_module(tmp_path, "mypkg/__init__.py", REGISTERS)
    write_module(tmp_path, "mypkg/env.py", f"{textwrap.dedent(ENVIRONMENT)}\n    {broken}\n")
    before = tree(tmp_path)
    with pytest.raises(HeredityError, match=line):
        make(tmp_path, "Mine-v0", imports=("mypkg",), threshold=40.0)
    assert tree(tmp_path) == before


def test_an_environment_that_ends_its_process_is_one_line_that_says_what_to_do(tmp_path):
    def lost(*_):
        raise TaskError("--env: Mine-v0: expected an environment that lets its process live, got exit code 3")

    with pytest.raises(TaskError, match=rf"^--env: Mine-v0: expected .*, got exit code 3{MEND}"):
        make_project(tmp_path / "new", Wanted("Mine-v0"), by_git=False, local_map=lost)
    assert [*tmp_path.iterdir()] == []


def test_a_model_that_is_gone_when_it_is_copied_leaves_nothing(tmp_path, monkeypatch):
    model = tmp_path / "model.zip"
    PPO("MlpPolicy", "CartPole-v1", device="cpu", n_steps=64).save(model)

    def design_and_remove(work_on, work, **_):
        made = here(work_on, work)
        model.unlink()
        return made

    with pytest.raises(HeredityError, match=r"model\.zip: cannot be read: No such file"):
        make_project(
            tmp_path / "project", Wanted("CartPole-v1", model=model), by_git=False, local_map=design_and_remove
        )
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("Größe 's\" x", "Grosse-s-x"),
        ("my_study-2", "my_study-2"),
        ("日本", "study"),
        ("-_", "study"),
        ("a" * 90, "a" * 64),
    ],
)
def test_a_study_is_called_after_its_directory_as_far_as_a_name_can_be(directory, name):
    assert study_name(Path("/home") / directory) == name
