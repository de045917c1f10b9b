"""Projects of one's own as a newcomer makes them: installed, made, run, in all the places where that is done."""

import os
import re
import resource
import subprocess
import sys
import textwrap
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from stable_baselines3 import PPO

from tests.examples import CHECKOUT

pytestmark = [pytest.mark.study, pytest.mark.slow, pytest.mark.timeout(1800)]

CORE_SECONDS = 300
"""Of a first run: 150 s of two cores, whoever else is on them."""

SMALLER = {"lineages: 6": "lineages: 2", "budget: 40000": "budget: 1024", "episodes: 20": "episodes: 10"}
"""What is checked of the smaller ones are the files and stages, not what is learned."""

REGISTERS = """
    import gymnasium

    gymnasium.register("Mine-v0", entry_point="mypkg.env:Mine", max_episode_steps=50)
"""
ENVIRONMENT = """
    from gymnasium.envs.classic_control import CartPoleEnv

    class Mine(CartPoleEnv):
        def __init__(self):
            super().__init__()
            self.gravity = 9.8
"""

OWN = {
    "__init__": """
        import gymnasium
        from gymnasium.envs.registration import WrapperSpec

        shifted = (WrapperSpec("Shifted", "own.shifted:Shifted", {}),)
        gymnasium.register("Mine-v0", entry_point="own.mine:Mine", max_episode_steps=50, reward_threshold=40)
        gymnasium.register("Other-v0", entry_point="own.other:Other", max_episode_steps=50, additional_wrappers=shifted)
    """,
    "mine": ENVIRONMENT,
    "other": ENVIRONMENT.replace("Mine", "Other"),
    "scaled": """
        import gymnasium

        class Scaled(gymnasium.RewardWrapper):
            def reward(self, reward):
                return 1.0 * reward
    """,
    "shifted": """
        import gymnasium

        class Shifted(gymnasium.RewardWrapper):
            def reward(self, reward):
                return 0.0 + reward
    """,
}
"""Two environments in a project; one is registered with a wrapper, with the other one the study names one."""

THEIRS = """
    import gymnasium
    from gymnasium.envs.classic_control import CartPoleEnv

    class Theirs(CartPoleEnv):
        def __init__(self):
            super().__init__()
            self.gravity = 9.0 + {version}

    gymnasium.register("Theirs-v0", entry_point="theirs:Theirs", max_episode_steps=50)
"""

BRANCHES = """
  mine:    {after: founders, threshold: 40, budget: 1024, env: {id: Mine-v0, wrappers: [own.scaled.Scaled]}}
  other:   {after: founders, threshold: 40, budget: 1024, env: Other-v0}
  theirs:  {after: founders, threshold: 40, budget: 1024, import: [own, theirs], env: Theirs-v0}
"""
"""Generations of nobody's heirs, one for each environment."""


class Terminal:
    """Where commands are typed: a directory, the programs of an environment, and what else is on the PATH."""

    def __init__(self, path, programs, *, python_path=(), others="/usr/bin:/bin", **variables):
        self.path = path
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PREFECT", "WANDB"))
        }
        identity = {f"GIT_{role}_{what}": "t@t" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        places = os.pathsep.join(map(str, python_path))
        self.environment = kept | identity | variables | {"PATH": f"{programs}:{others}", "PYTHONPATH": places}
        self.environment["GIT_CEILING_DIRECTORIES"] = str(path)

    def type(self, *words, at="", code=0):
        """Type a command, and return what it says."""
        done = subprocess.run(
            words, cwd=self.path / at, env=self.environment, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == code, f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


def make_smaller(project):
    text = (project / "params.yaml").read_text()
    for old, new in SMALLER.items():
        text = text.replace(old, new)
    (project / "params.yaml").write_text(text)


def ran(said):
    """Return the stages that `dvc repro` ran."""
    return {line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")}


def lock(project):
    return YAML(typ="safe", pure=True).load((project / "dvc.lock").read_text())["stages"]


def write_modules(package, modules):
    for name, text in modules.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def their_wheel(folder, version):
    """Write a wheel of somebody else's environment."""
    path, about = folder / f"theirs-{version}-py3-none-any.whl", f"theirs-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("theirs.py", textwrap.dedent(THEIRS).format(version=version))
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: theirs\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return path


def core_seconds():
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install the wheel as README says into an empty environment, and return where its programs are."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    pip = [place / "bin" / "pip", "install", "--quiet", "--constraint", CHECKOUT / "constraints.txt"]
    subprocess.run([*pip, f"heredity[cohort,dvc,prefect,report] @ {wheel.as_uri()}", "pytest"], check=True)
    return place / "bin"


def test_three_commands_lead_from_nothing_to_a_report(installed, wheel, tmp_path):
    terminal = Terminal(tmp_path, installed, XDG_CACHE_HOME=str(tmp_path / "cache"))
    project = tmp_path / "first"
    assert "type: cd first && dvc repro" in terminal.type("heredity", "init", "first")
    requirements = (project / "requirements.txt").read_text()
    assert "heredity[cohort,dvc,prefect,report]==" in requirements
    assert f"{wheel.name}, sha256 {sha256(wheel.read_bytes()).hexdigest()}" in requirements
    assert not [place for place in (str(wheel.parent), str(tmp_path), str(installed)) if place in requirements]

    before = core_seconds()
    assert {"study", "train@first", "control@second", "report"} <= ran(terminal.type("dvc", "repro", at="first"))
    assert core_seconds() - before < CORE_SECONDS
    assert (project / "report" / "index.html").stat().st_size > 100_000
    assert "6 + 6" in terminal.type("heredity", "show", "--all", at="first")
    assert "Completed" in terminal.type("python", "-m", "flows.study", at="first")
    assert terminal.type("dvc", "status", at="first") == "Data and pipelines are up to date.\n"
    assert "2 passed" in terminal.type("pytest", at="first")
    terminal.type("git", "add", "-A", at="first")
    tracked = terminal.type("git", "ls-files", at="first").split()
    assert {"dvc.lock", "params.yaml", "lineage/first/gate.json", "report/metrics/first.json"} <= set(tracked)
    assert not [name for name in tracked if name.endswith((".zip", ".html", ".pyc"))]


def test_in_a_larger_repository_whatever_its_path_a_change_of_ones_environment_is_seen(tmp_path):
    repository = tmp_path / 'größe\'s "x" $y' / "mono repo"
    project = repository / "mein projekt"
    write_modules(repository / "src" / "mypkg", {"__init__": REGISTERS, "env": ENVIRONMENT})
    terminal = Terminal(repository, Path(sys.executable).parent, python_path=(CHECKOUT, repository / "src"))
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "mine")):
        terminal.type("git", *words)
    terminal.type("heredity", "init", "mein projekt", "--env", "mypkg:Mine-v0", "--threshold", "40")
    assert not (project / ".git").exists()
    make_smaller(project)
    terminal.type("dvc", "repro", at="mein projekt")
    assert ran(terminal.type("dvc", "repro", at="mein projekt")) == set()
    assert "2 passed" in terminal.type("pytest", at="mein projekt")
    assert "Completed" in terminal.type("python", "-m", "flows.study", at="mein projekt")

    before, env = lock(project), repository / "src" / "mypkg" / "env.py"
    env.write_text(f"# a comment\n{env.read_text()}")
    assert ran(terminal.type("dvc", "repro", at="mein projekt")) == {"study"}
    env.write_text(env.read_text().replace("9.8", "9.9"))
    changed = ran(terminal.type("dvc", "repro", at="mein projekt"))
    assert {"study", "train@first", "train@second", "control@second"} <= changed
    after = lock(project)
    assert before["train@first"]["outs"] != after["train@first"]["outs"]


def test_a_model_and_a_changed_environment_make_a_study_without_git(tmp_path):
    without_git = tmp_path / "programs"
    without_git.mkdir()
    programs = {program.name: program for place in ("/bin", "/usr/bin") for program in Path(place).iterdir()}
    for name, program in programs.items():
        if not name.startswith("git"):
            (without_git / name).symlink_to(program)
    PPO("MlpPolicy", "CartPole-v1", n_steps=128, device="cpu").learn(256).save(tmp_path / "model.zip")
    write_modules(tmp_path / "project" / "mypkg", {"__init__": REGISTERS, "env": ENVIRONMENT})
    terminal = Terminal(tmp_path, Path(sys.executable).parent, python_path=(CHECKOUT,), others=without_git)
    words = ("heredity", "init", "project", "--from", "model.zip", "--env", "mypkg:Mine-v0", "--threshold", "40")
    assert "expected the program git, got none" in terminal.type(*words, code=2)
    terminal.type(*words, "--no-scm")
    project = tmp_path / "project"
    make_smaller(project)
    terminal.type("dvc", "repro", at="project")
    assert [path.name for path in (project / "lineage" / "founders" / "models").glob("*.zip")] == ["f00.zip"]
    assert len([*(project / "lineage" / "changed" / "control" / "scratch" / "models").glob("*.zip")]) == 8
    assert "8 + 8" in terminal.type("heredity", "show", "--all", at="project")
    assert "Completed" in terminal.type("python", "-m", "flows.study", at="project")
    assert ran(terminal.type("dvc", "repro", at="project")) == set()
    assert "2 passed" in terminal.type("pytest", at="project")


def test_a_change_of_source_or_version_trains_anew_what_uses_it_and_nothing_else(installed, tmp_path):
    project = tmp_path / "project"
    terminal = Terminal(project, installed)
    write_modules(project / "own", OWN)
    pip = (installed / "pip", "install", "--quiet", "--no-index", "--no-deps")
    terminal.type(*pip, their_wheel(tmp_path, "1.0"))
    terminal.type("heredity", "init", "--import", "theirs", "--import", "own", "--env", "Mine-v0")
    assert "theirs==1.0" in (project / "requirements.txt").read_text()
    make_smaller(project)
    params = project / "params.yaml"
    text = params.read_text().replace("lineages: 2", "lineages: 1").replace("import: [theirs, own]", "import: [own]")
    start, end = text.index("  first:"), text.index("controls:")
    params.write_text(text[:start] + BRANCHES.removeprefix("\n") + text[end:].replace("[second]", "[]"))
    terminal.type("dvc", "repro")
    members = {name: lock(project)[f"train@{name}"]["outs"] for name in ("mine", "other", "theirs")}

    def trained_anew():
        """Return the generations that a run of DVC concerned, all of whose members are others."""
        stages, now = ran(terminal.type("dvc", "repro")), lock(project)
        assert "study" in stages
        anew = {name for name, outs in members.items() if now[f"train@{name}"]["outs"] != outs}
        assert {stage.partition("@")[2] for stage in stages if "@" in stage} == anew
        members.update({name: now[f"train@{name}"]["outs"] for name in members})
        return anew

    def edit(name, old, new):
        path = project / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    edit("own/mine.py", "9.8", "9.8  # m/s²")
    assert trained_anew() == set()
    edit("own/mine.py", "9.8", "9.9")
    assert trained_anew() == {"mine"}
    edit("own/scaled.py", "1.0", "0.9")
    assert trained_anew() == {"mine"}
    edit("own/shifted.py", "0.0", "0.1")
    assert trained_anew() == {"other"}
    terminal.type(*pip, their_wheel(tmp_path, "2.0"))
    edit("requirements.txt", "theirs==1.0", "theirs==2.0")
    assert trained_anew() == {"theirs"}


def test_a_project_moves_to_a_newer_wheel_and_what_was_said_runs_again(installed, wheel, tmp_path):
    """The last one here, though in the end the environment has again what it had."""
    source, built, project = tmp_path / "source", tmp_path / "built", tmp_path / "project"
    subprocess.run(["git", "clone", "--quiet", CHECKOUT, source], check=True)
    for name, old, new in (
        ("pyproject.toml", 'version = "', 'version = "9.'),
        ("stages/gate.py", "\n\n\ndef main(", "\n\nNEWER = 1\n\n\ndef main("),
    ):
        text = (source / name).read_text()
        assert old in text
        (source / name).write_text(text.replace(old, new, 1))
    subprocess.run([installed / "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", built, source], check=True)
    (newer,) = built.iterdir()
    terminal = Terminal(tmp_path, installed)
    terminal.type("heredity", "init", "project", "--no-scm")
    make_smaller(project)
    (project / "stages" / "report.py").write_text((project / "stages" / "report.py").read_text() + "# mine\n")
    terminal.type("dvc", "repro", at="project")

    pip = (installed / "pip", "install", "--quiet", "--no-deps", "--force-reinstall")
    terminal.type(*pip, newer)
    said = terminal.type("heredity", "upgrade", at="project").splitlines()
    assert re.search(r": moved to heredity 9\.", said[0])
    assert "written anew: stages/gate.py" in said
    assert newer.name in (project / "requirements.txt").read_text()
    assert "runs again because of the code: gate@first, gate@second" in said
    assert ran(terminal.type("dvc", "repro", at="project")) == {"study", "gate@first", "gate@second"}
    assert ran(terminal.type("dvc", "repro", at="project")) == set()
    assert "nothing to upgrade" in terminal.type("heredity", "upgrade", at="project")

    terminal.type(*pip, wheel)
    refusal = terminal.type("heredity", "upgrade", at="project", code=2)
    expected = r"error: .*: expected a project of heredity .* or older, got one of 9\..*; type: pip .*"
    assert re.fullmatch(expected, refusal.splitlines()[-1])
