"""What the library needs, what is an extra of it, and what somebody who lacks one is told."""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pytest

from heredity.errors import HeredityError
from heredity.extras import EXTRAS, Gpus, exit_without, missing_extras_named, require, visible_gpus
from tests.examples import CHECKOUT
from tests.test_structure import imported, modules

DISTRIBUTIONS = {
    "altair", "distributed", "dvc", "envpool", "gymnasium", "jax", "jinja2", "lazy-loader", "minigrid",
    "numpy", "optax", "prefect", "psutil", "pydantic", "ray", "rich", "ruamel.yaml", "sb3-contrib", "scipy",
    "stable-baselines3", "torch", "typer", "vl-convert-python", "wandb", "wandb-workspaces",
}  # fmt: skip
"""Whose packages the library imports."""

PACKAGES = {"lazy-loader": "lazy_loader", "ruamel.yaml": "ruamel", "sb3-contrib": "sb3_contrib", "stable-baselines3": "stable_baselines3", "vl-convert-python": "vl_convert", "wandb-workspaces": "wandb_workspaces"}  # fmt: skip  # noqa: E501
BROUGHT_ALONG = {
    "Box2D": "gymnasium", "networkx": "dvc", "omegaconf": "dvc", "httpx": "prefect", "starlette": "prefect",
    "uvicorn": "prefect", "jax_cuda13_plugin": "jax",
}  # fmt: skip
"""Packages that come with a distribution of another name."""

FOREIGN = {"gymnax", "brax"}
"""Libraries of environments that ask for other versions of packages than we do, imported where their ids are named."""


def project():
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(requirements):
    """Return the distributions that requirements name, those of this project's extras left out."""
    return {re.match(r"[\w.-]+", line)[0] for line in requirements} - {"heredity"}


def without(packages, code):
    """Run code where packages are not installed: Python takes None in the place of a module for that.

    It is told so wherever it starts, in the workers of the code as well.
    """
    with tempfile.TemporaryDirectory() as directory:
        absent = f"import sys; sys.modules.update(dict.fromkeys({sorted(packages)}))"
        Path(directory, "sitecustomize.py").write_text(absent)
        places = os.pathsep.join([directory, *filter(None, [os.environ.get("PYTHONPATH")])])
        return subprocess.run(
            [sys.executable, "-c", f"import sys\n{code}"], cwd=CHECKOUT, env={**os.environ, "PYTHONPATH": places},
            capture_output=True, text=True, check=False,
        )  # fmt: skip


def test_whatever_the_library_imports_is_required_or_an_extra():
    stated = names(project()["dependencies"]) | set(chain.from_iterable(map(names, (
        requirements for extra, requirements in project()["optional-dependencies"].items() if extra in EXTRAS
    ))))  # fmt: skip
    assert stated >= DISTRIBUTIONS
    packages = {PACKAGES.get(name, name) for name in stated} | BROUGHT_ALONG.keys()
    used = {name.partition(".")[0] for module in modules() for name in imported(module)}
    assert {"altair", "jax", "torch"} <= used
    assert used - sys.stdlib_module_names - {"heredity"} - packages == FOREIGN


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_brings_what_it_says(extra):
    brought = names(project()["optional-dependencies"][extra])
    for package in EXTRAS[extra]:
        distribution = BROUGHT_ALONG.get(package, next((d for d, p in PACKAGES.items() if p == package), package))
        assert distribution in brought


def test_all_is_every_extra_that_a_study_can_use():
    optional = project()["optional-dependencies"]
    (line,) = optional["all"]
    own = {extra for extra in optional if extra not in ("all", "bench", "cuda", "dev", "nightly")}  # cuda: gigabytes
    assert set(re.search(r"\[(.*)\]", line)[1].split(",")) == own


@pytest.mark.study
def test_the_public_surface_needs_no_extra():
    absent = chain.from_iterable(EXTRAS.values())
    done = without(absent, "import heredity\nfor name in heredity.__all__: getattr(heredity, name)")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.study
@pytest.mark.parametrize(
    ("package", "code", "extra"),
    [
        ("altair", "import runpy; sys.argv[1:] = []; runpy.run_module('stages.study', run_name='__main__')", "report"),
        pytest.param(
            "prefect",
            "import runpy; runpy.run_module('flows.study', run_name='__main__')",
            "prefect",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "wandb",
            "sys.argv = ['heredity', 'publish']; from heredity.cli.main import main; main()",
            "wandb",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_each_door_says_in_one_line_what_to_install(package, code, extra):
    done = without([package], code)
    assert done.stderr == f"error: expected the package {package}, got none; type: pip install 'heredity[{extra}]'\n"
    assert done.returncode == 2


def test_a_missing_package_is_named_with_its_extra():
    with (
        pytest.raises(
            HeredityError, match=r"^expected the package jax, got none; type: pip install 'heredity\[cohort\]'$"
        ),
        missing_extras_named(),
    ):
        raise ModuleNotFoundError("No module named 'jax.numpy'", name="jax.numpy")


def test_a_package_of_somebody_else_is_left_alone():
    with pytest.raises(ModuleNotFoundError, match="their_package"), missing_extras_named():
        raise ModuleNotFoundError("No module named 'their_package'", name="their_package")


def test_what_is_required_and_missing_is_refused_before_anything_is_imported(monkeypatch, capsys):
    monkeypatch.setitem(EXTRAS, "dream", ("no_such_package",))
    with pytest.raises(
        HeredityError, match=r"the package no_such_package, got none; type: pip install 'heredity\[dream\]'"
    ):
        require("dream")
    with pytest.raises(SystemExit, match="2"):
        exit_without("dream")
    assert capsys.readouterr().err.startswith("error: expected the package no_such_package")


@pytest.mark.slow
def test_a_study_for_the_cohort_engine_is_refused_before_it_trains_without_it():
    code = "sys.argv = ['heredity', 'check']; from heredity.cli.main import main; main()"
    done = without(["jax"], code)
    assert done.stderr.startswith("error: params.yaml: generations.small: engine cohort: expected the package jax, got")


@pytest.mark.parametrize(
    ("variable", "listed", "in_kernel", "gpus"),
    [
        (None, 2, 0, ("0", "1")),
        (None, 0, 3, ("0", "1", "2")),  # where nvidia-smi is not installed
        (None, 0, 0, ()),
        ("3, GPU-5ec2", 2, 0, ("3", "GPU-5ec2")),
        ("", 2, 2, ()),
        ("-1", 2, 2, ()),
        ("1,-1,0", 2, 2, ("1",)),  # CUDA reads no further
    ],
)
def test_gpus_are_those_that_a_variable_names_or_the_driver_lists(
    variable, listed, in_kernel, gpus, monkeypatch, tmp_path
):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\n" + "echo 'GPU 0: NVIDIA (UUID: GPU-0)'\n  echo '  MIG 1g'\n" * listed)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin" if listed else "/nowhere")
    for number in range(in_kernel):
        (tmp_path / "gpus" / str(number)).mkdir(parents=True)
    monkeypatch.setattr("heredity.extras.KERNEL_GPUS", tmp_path / "gpus")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if variable is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    assert visible_gpus() == gpus


def test_a_gpu_is_lent_to_one_at_a_time_and_one_that_nobody_names_is_lent_as_it_is(monkeypatch):
    work = SimpleNamespace(device="cuda")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    gpus = Gpus()
    with gpus.lent_to(work) as first, gpus.lent_to(work) as second, gpus.lent_to(7) as none:
        assert ({first, second}, none) == ({"4", "7"}, None)
    with gpus.lent_to(work) as again:
        assert again in {first, second}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with Gpus().lent_to(work) as unnamed:
        assert unnamed == ""
