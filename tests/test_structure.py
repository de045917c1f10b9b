"""One graph, three floors: imports never point upwards, dvc.yaml lists what its stages use, the lock fits the code."""

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "heredity": {"stages", "flows", "prefect", "dvc"},
    "stages": {"flows", "prefect", "dvc"},
    "flows": set(),
}

PLUMBING = {
    "heredity/__init__.py", "heredity/check.py", "heredity/complaints.py", "heredity/contradictions.py",
    "heredity/errors.py", "heredity/files.py", "heredity/memory.py", "heredity/params.py", "heredity/paths.py",
    "heredity/pedigree.py", "heredity/progress.py", "heredity/reading.py", "heredity/settled.py",
    "heredity/stored.py", "heredity/timings.py", "heredity/tracking.py", "heredity/workers.py",
    "stages/__init__.py", "stages/common.py", "stages/models.py",
}  # fmt: skip
"""Modules that refuse, read, show or move things, and change no result of a stage that uses them."""


def modules(floor):
    return sorted((ROOT / floor).rglob("*.py"))


def imports(path):
    """Return every module that a file imports when it runs, wherever in the file."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def as_file(module):
    path = ROOT.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.exists():
            return candidate
    return None


def used_by(path, seen=None):
    """Return the files of this project that a file uses, directly or through others."""
    seen = seen if seen is not None else set()
    for module in imports(path):
        file = as_file(module)
        if file and file not in seen:
            seen.add(file)
            if file.relative_to(ROOT).as_posix() not in PLUMBING:
                used_by(file, seen)
    return seen


def stage_templates():
    return YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


@pytest.mark.parametrize("floor", FORBIDDEN)
def test_an_import_never_points_upwards(floor):
    for path in modules(floor):
        upwards = {name for name in imports(path) if name.split(".")[0] in FORBIDDEN[floor]}
        assert not upwards, f"{path.relative_to(ROOT)} imports {upwards}"


@pytest.mark.parametrize("stage", stage_templates())
def test_a_stage_depends_on_its_script_and_on_every_module_that_can_change_its_result(stage):
    template = stage_templates()[stage]
    deps = {dep for dep in template.get("do", template)["deps"] if dep.startswith(("stages/", "heredity/"))}
    script = ROOT / "stages" / f"{stage}.py"
    assert f"stages/{stage}.py" in deps
    for file in used_by(script):
        name = file.relative_to(ROOT).as_posix()
        covered = name in deps or any(name.startswith(f"{dep}/") for dep in deps)
        assert covered or name in PLUMBING, f"{stage} uses {name}, which dvc.yaml does not list"


def test_the_lock_is_of_this_code():
    locked = YAML(typ="safe", pure=True).load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for name, stage in locked.items():
        for dep in stage["deps"]:
            if dep["path"] in tracked:
                digest = hashlib.md5((ROOT / dep["path"]).read_bytes()).hexdigest()
                assert digest == dep["md5"], f"{name}: {dep['path']} has changed since; type: dvc repro"


def test_reading_a_study_loads_neither_torch_nor_prefect():
    code = "import sys, heredity, heredity.params; print({'torch', 'prefect', 'jax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"


def test_the_public_surface_is_what_it_says():
    import heredity

    assert heredity.__all__ == sorted(heredity.__all__)
    for name in heredity.__all__:
        assert getattr(heredity, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = heredity.nothing
