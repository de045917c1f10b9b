"""The wheel as it is installed: `heredity` and nothing beside it, into an environment that has nothing else."""

import subprocess
import sys
import zipfile
from pathlib import PurePosixPath

import pytest

from tests.examples import CHECKOUT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

TEMPLATE = "heredity/template/"

SURFACE = """
import sys
import heredity

assert "site-packages" in heredity.__file__
for name in heredity.__all__:
    assert getattr(heredity, name).__doc__, name
decision = heredity.decide(
    {"m00": [9.0, 11.0, 10.0, 10.0], "m01": [1.0, 2.0, 3.0, 2.0]},
    heredity.GateRule(rule="lower_bound", when_none="best"),
    threshold=5.0,
)
assert decision.survivors == ("m00",), decision
assert not {"jax", "dvc", "prefect", "wandb", "altair"} & sys.modules.keys()
print("ok")
"""


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """Install the wheel without extras into an empty environment, and return its Python."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    pip = [place / "bin/pip", "install", "--quiet", "--constraint", CHECKOUT / "constraints.txt", wheel]
    subprocess.run(pip, check=True)
    return place / "bin/python"


def test_the_wheel_holds_heredity_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [PurePosixPath(name) for name in archive.namelist()]
    assert {name.parts[0].partition("-")[0] for name in names} == {"heredity"}
    assert {"py.typed", "__init__.pyi"} <= {name.name for name in names}
    assert not [name for name in names if "__pycache__" in name.parts or name.parts[1] == "tests"]


def test_the_template_is_this_repositorys_own_recipes_and_the_templates_of_the_rest(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "stages", "flows", "dvc.yaml", "prefect.yaml", "approvals.yaml", "template"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    sources = {name.removeprefix("template/"): CHECKOUT / name for name in tracked}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix(TEMPLATE): archive.read(name) for name in archive.namelist() if TEMPLATE in name}
    assert packed.keys() == sources.keys()
    assert all(content == sources[name].read_bytes() for name, content in packed.items())


def test_every_public_name_imports_and_a_gate_decides(python, tmp_path):
    done = subprocess.run([python, "-c", SURFACE], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("ok\n", "")


def test_the_command_is_there_and_names_what_it_lacks(python, tmp_path):
    command = [python.parent / "heredity", "serve"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: expected the package httpx, got none; type: pip install 'heredity[prefect]'\n"
