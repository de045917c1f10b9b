"""What a digest of code counts, and what it does not."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from heredity.pipeline import fingerprint as module
from heredity.pipeline.fingerprint import NEUTRAL, _Closure, fingerprint, installed_version, serialised, source_files

OTHERS = [
    path for minor in ("3.12", "3.13", "3.14") for path in Path.home().glob(f".pyenv/versions/{minor}.*/bin/python3")
]

SAMPLE = '''
from __future__ import annotations
import os as system
from . import near
async def go(first, /, second: int = 1, *rest, named=None, **others) -> "text":
    """Words."""
    async with a as b: yield b
    return [x async for x in y if not z]
class Thing(Base, metaclass=Meta):
    """More words."""
    size: int = 3
    "After it."
    def one(self): return f"{self!r:>{width}} of {1_000:,}" + b"bytes".decode() + "\\n"
    two = lambda self, *, k: (yield)
match point:
    case {"x": 0, **rest} | [1, *_] if rest: pass
    case Thing(size=3) as found: raise ValueError from None
try: x = y = 1e-3 + 2j + 0x10
except* (KeyError, OSError) as group: del x[1:2, ...], y
else: x @= (z := ~y) if x < y <= z else not z
while True: break
both = {**a, 1: {2, 3}}
print(*a, sep="", **{"end": ""})
'''
SAMPLE_DIGEST = "842c3070a832155c"

DIGEST = """
import ast, hashlib, sys
tree = ast.parse(open(sys.argv[2]).read())
wanted = [node for node in tree.body if getattr(node, "name", "") in ("serialised", "_is_text")]
names = {"ast": ast}
exec(compile(ast.Module(wanted, []), "fingerprint", "exec"), names)
print(hashlib.sha256(names["serialised"](ast.parse(open(sys.argv[1]).read())).encode()).hexdigest()[:16])
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a function that writes a module of a package of the project's own, and forgets what was known of it."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        module.forget_sources()
        return path

    write("__init__.py", "")
    write("envs.py", "from .parts import SIZE\n\ndef make():\n    return SIZE\n")
    write("parts.py", "SIZE = 3\n")
    write("aside.py", "SIZE = 4\n")
    return write


def code():
    return fingerprint("mine.envs").code


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("parts.py", "SIZE = 4\n", True),
        ("parts.py", '"""Words."""\n\nSIZE = 3  # a comment\n"""What it is."""\n', False),
        ("envs.py", 'from .parts import SIZE\ndef make():\n    """Make one."""\n    return (SIZE)\n', False),
        ("aside.py", "SIZE = 5\n", False),
        ("__init__.py", "from .aside import SIZE\n", True),
        ("__init__.py", "import os\nos.environ['A'] = 'b'\n", True),
        ("map.txt", "#.#\n", True),
    ],
)
def test_code_counts_by_what_it_does(package, name, text, changes):
    before = code()
    package(name, text)
    assert (code() != before) is changes


def test_what_a_package_imports_as_a_whole_is_followed(package):
    package("__init__.py", "from .aside import SIZE\n")
    before = code()
    package("aside.py", "SIZE = 5\n")
    assert code() != before


def test_of_a_project_every_file_can_be_named(package):
    package("map.txt", "#.#\n")
    names = {path.name for path in source_files(frozenset({"mine.envs"}))}
    assert names == {"__init__.py", "envs.py", "parts.py", "map.txt"}


@pytest.mark.parametrize(
    ("named", "engine"), [("gymnasium.envs.mujoco.ant_v5", "mujoco"), ("gymnasium.envs.box2d.lunar_lander", "box2d")]
)
def test_a_simulator_counts_for_the_environments_that_it_steps(monkeypatch, named, engine):
    monkeypatch.setattr(module, "packages_distributions", lambda: {"mujoco": ["mujoco"], "Box2D": ["box2d"]})
    monkeypatch.setattr(module, "requires", lambda name: ["numpy>=2", 'pillow; extra == "pictures"'])
    monkeypatch.setattr(module, "installed_version", lambda name: "3.1")
    assert {engine, "numpy"} <= fingerprint("stages.gate", named=frozenset({named})).packages.keys()
    assert "pillow" not in fingerprint("stages.gate", named=frozenset({named})).packages


def test_files_of_one_name_in_two_folders_count_each(package):
    package("easy/map.txt", "#.#\n")
    package("hard/map.txt", "###\n")
    before = code()
    package("easy/map.txt", "#..\n")
    assert code() != before


def reached(root):
    closure = _Closure(frozenset(NEUTRAL))
    closure.add(root)
    return closure.modules


def test_a_public_name_of_the_library_leads_to_what_defines_it(package):
    package("envs.py", "from heredity import decide\n")
    assert {"heredity.gate.decision", "heredity.gate.bounds"} <= reached("mine.envs")
    assert "heredity.training.engines" not in reached("mine.envs")
    package("envs.py", "import heredity\n")
    assert "heredity.training.engines" in reached("mine.envs")


def test_of_installed_packages_those_that_compute_count_by_their_version(package, monkeypatch):
    package("parts.py", "import numpy, json\nSIZE = 3\n")
    assert fingerprint("mine.envs").packages == {"numpy": installed_version("numpy")}
    packages = fingerprint("mine.envs", named=frozenset({"minigrid.envs"})).packages
    assert {"numpy", "minigrid", "gymnasium"} <= packages.keys()  # what minigrid requires counts with it
    package("parts.py", "import psutil\nSIZE = 3\n")
    assert fingerprint("mine.envs").packages == {"psutil": installed_version("psutil")}
    assert "psutil" not in fingerprint("stages.train").packages  # the library measures with it, and computes nothing
    monkeypatch.setattr(module, "version", lambda name: "2.13.0+cpu" if name == "torch" else "2.13.0")
    installed_version.cache_clear()
    assert installed_version("torch") == installed_version("numpy") == "2.13.0"
    installed_version.cache_clear()


def test_every_stage_counts_what_computes_it_and_nothing_that_shows_it():
    stages = {stage: reached(f"stages.{stage}") for stage in ("inherit", "train", "evaluate", "gate", "control")}
    for stage, modules in stages.items():
        assert f"stages.{stage}" in modules
        assert not [name for name in modules if name.startswith(("heredity.report", "heredity.study"))]
    engines = {"heredity.training.cohort.update", "heredity.training.sb3", "heredity.agents.boundary.guard"}
    assert engines <= stages["train"]
    assert engines <= stages["control"]
    assert "heredity.inheritance.parents" in stages["inherit"]
    assert {"heredity.pipeline.players", "heredity.evaluation.batched"} <= stages["evaluate"]
    others = {"heredity.inheritance.parents", "heredity.inheritance.heirs", "heredity.pipeline.players"}
    assert not others & stages["train"]
    assert "heredity.inheritance.parents" not in stages["control"] | stages["evaluate"] | stages["gate"]
    assert not {"heredity.agents.task", "heredity.training.shard"} & stages["gate"]


def test_a_syntax_tree_is_written_alike_by_every_python(tmp_path):
    (tmp_path / "sample.py").write_text(SAMPLE)
    for python in (sys.executable, *OTHERS):
        command = [python, "-c", DIGEST, tmp_path / "sample.py", module.__file__]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == SAMPLE_DIGEST, python


def test_words_and_contexts_are_no_part_of_a_tree():
    plain = serialised(ast.parse("x = 1\ndef f(): return x\n"))
    assert "ctx" not in plain
    assert plain == serialised(ast.parse("'words'\nx = 1\n'of x'\ndef f():\n    'of f'\n    return x\n"))
    assert plain != serialised(ast.parse("x = 1.0\ndef f(): return x\n"))
    assert serialised(ast.parse("x = ['']")) != serialised(ast.parse("x = []"))
