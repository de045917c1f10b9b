"""The house: who may import whom, what a face holds, one home for a name, and the recipes' size."""

import ast
import re
import subprocess
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from heredity.pipeline.sources import source_of

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "heredity"

LAYERS = (
    ("cli",),
    ("orchestration",),
    ("report",),
    ("pipeline",),
    ("transfer",),
    ("training",),
    ("evaluation", "inheritance"),
    ("gate",),
    ("agents",),
    ("study",),
    ("errors", "extras", "files", "layout", "lifetime", "reading", "seeds", "worker", "workers", "wrappers"),
)
"""Rooms, and last the files on the landing; an import goes down this list or stays in its room."""

SURFACE = {"", "wrappers"}
"""The public faces, which hand names on from any room; no room imports them."""

HEAVY = {"study": {"torch", "jax", "gymnasium", "stable_baselines3"}}
DOORS = {"prefect", "dvc"}
"""Known to orchestration and to what it is called from."""


def modules(root=LIBRARY):
    """Return the dotted names of all modules below a folder."""
    files = (path.relative_to(root.parent).with_suffix("") for path in root.rglob("*.py"))
    return sorted(".".join(file.parts).removesuffix(".__init__") for file in files)


def room_of(module):
    return module.split(".")[1] if "." in module else ""


def imported(module):
    """Return the modules that one imports anywhere in it, for its types as well: what `from` takes is looked up."""
    source = source_of(module)
    tree = ast.parse(source.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if source_of(name) else node.module for name in names}
    return found


def upward(module, imports, layers=LAYERS):
    """Return the imports of a module that go up, or sideways into another room of its layer."""
    height = {room: len(layers) - level for level, rooms in enumerate(layers) for room in rooms}
    own, ours = room_of(module), {name for name in imports if name.startswith("heredity.")}
    if own in SURFACE:
        return set()
    if height[own] == 1:  # files on the landing use one another
        return {name for name in ours if height[room_of(name)] > 1}
    return {name for name in ours if room_of(name) != own and height[room_of(name)] >= height[own]}


def circle(graph):
    """Return the modules of one circle of imports, none where there is none."""
    left = {name: set(targets) & graph.keys() - {name} for name, targets in graph.items()}
    while free := [name for name, targets in left.items() if not targets]:
        for name in free:
            del left[name]
        left = {name: targets - set(free) for name, targets in left.items()}
    return sorted(left)


def definitions(tree):
    """Return what a face defines: all but its docstring and the names that it hands on."""
    handed = (ast.Import, ast.ImportFrom)
    return [
        node
        for node in tree.body
        if not isinstance(node, handed) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]


def public_names(module):
    tree = ast.parse(source_of(module).read_text(encoding="utf-8"))
    named = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return [node.name for node in named if not node.name.startswith("_")]


def test_every_room_has_a_layer():
    rooms = {path.stem for path in LIBRARY.iterdir() if path.name[0] not in "_." and path.name != "py.typed"}
    assert rooms == set(chain.from_iterable(LAYERS))


@pytest.mark.parametrize("module", modules())
def test_an_import_goes_down_or_stays_in_its_room(module):
    assert not upward(module, imported(module))


def test_contributing_draws_the_layers():
    """Every line of a floor's picture names its rooms."""
    picture = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("┌")[1].split("└")[0]
    floors = (tuple(re.findall(r"│ (\w+)/ ", floor)) for floor in picture.split("├"))
    assert tuple(floors) == LAYERS[:-1]


def test_an_upward_import_would_be_seen():
    assert upward("heredity.gate.bounds", {"heredity.training.shard"})
    assert upward("heredity.evaluation.episodes", {"heredity.inheritance.heirs"})
    assert not upward("heredity.training.shard", {"heredity.gate.bounds", "heredity.errors", "numpy"})


def test_no_room_imports_the_public_faces():
    faces = {"heredity", "heredity.wrappers"}
    assert not [name for name in modules() if room_of(name) not in SURFACE and imported(name) & faces]


def test_there_is_no_circle_types_counted():
    graph = {name: imported(name) for name in modules()}
    assert circle(graph) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("face", sorted(LIBRARY.rglob("*/__init__.py")), ids=lambda path: path.parent.name)
def test_a_face_defines_nothing(face):
    assert not definitions(ast.parse(face.read_text(encoding="utf-8")))


def test_a_definition_in_a_face_would_be_seen():
    assert definitions(ast.parse("'''Words.'''\nfrom a import b\ndef c(): ...\n"))


def test_a_name_has_one_home():
    counts = Counter(name for module in modules() if room_of(module) != "cli" for name in public_names(module))
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("module", [name for name in modules() if room_of(name) not in ("orchestration", "cli")])
def test_only_orchestration_knows_the_doors(module):
    assert not {name.split(".")[0] for name in imported(module)} & DOORS


@pytest.mark.parametrize("module", [name for name in modules() if room_of(name) in HEAVY])
def test_a_study_is_read_without_what_computes(module):
    assert not {name.split(".")[0] for name in imported(module)} & HEAVY[room_of(module)]


@pytest.mark.parametrize("module", modules())
def test_imports_can_be_followed(module):
    """A fingerprint sees no import whose name is computed; agents load what a study names, which it names itself."""
    calls = {node.func.id for node in ast.walk(ast.parse(source_of(module).read_text())) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip  # noqa: E501
    allowed = module in ("heredity.agents.task", "heredity.orchestration.stage")
    assert allowed or not {"import_module", "__import__"} & calls


def test_a_room_is_small_and_so_is_what_is_in_it():
    entries = [path for path in LIBRARY.iterdir() if path.name != "__pycache__"]
    assert sum(path.is_dir() for path in entries) <= 11
    assert sum(path.is_file() and path.name not in ("__init__.py", "py.typed") for path in entries) <= 11
    for path in LIBRARY.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 260, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno - node.lineno < 45, f"{path}: {node.name}"
                assert len(node.args.args) + len(node.args.kwonlyargs) <= 7, f"{path}: {node.name}"


def test_recipes_are_short_enough_to_be_owned():
    recipes = [*ROOT.glob("stages/*.py"), *ROOT.glob("flows/*.py")]
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in recipes}
    assert sum(lines.values()) < 500
    assert max(count for path, count in lines.items() if path.parent.name == "stages") <= 40
    assert (ROOT / "dvc.yaml").read_text(encoding="utf-8").count("\n") <= 95


BEHAVIOURS = {
    "agents/twins/registry_classic", "agents/twins/trained", "cli/check", "cli/tree", "inheritance/births",
    "orchestration/strangers", "orchestration/study_flow", "orchestration/ui", "report/browser", "report/contracts",
    "transfer/recomputed",
}  # fmt: skip
"""Of several modules of a room at once."""


@pytest.mark.parametrize("room", sorted(set(chain.from_iterable(LAYERS[:-1]))))
def test_tests_mirror_the_rooms(room):
    """So that whoever changes a module finds its tests by name."""
    tests = (ROOT / "tests" / room).rglob("test_*.py")
    tested = {(path.parent / path.stem.removeprefix("test_")).relative_to(ROOT / "tests") for path in tests}
    strays = {name for name in tested if not any((LIBRARY / name).with_suffix(end).exists() for end in (".py", ""))}
    assert tested
    assert {name.as_posix() for name in strays} <= BEHAVIOURS


def test_the_library_imports_neither_door():
    for module in modules():
        assert not {name.split(".")[0] for name in imported(module)} & {"stages", "flows"}


def test_wrappers_load_neither_torch_nor_a_study():
    """Whoever plays a model elsewhere imports them."""
    names = "{'torch', 'stable_baselines3', 'jax', 'minigrid', 'pydantic', 'heredity.study'}"
    code = f"import sys, heredity.wrappers; print({names} & set(sys.modules), heredity.wrappers.__all__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (
        done.stdout
        == "set() ['ChannelStack', 'FlatView', 'MaskFromKey', 'ObservationNoise', 'ObservationOffset', 'ZeroBased']\n"
    )


def test_reading_a_study_loads_nothing_heavy():
    code = (
        "import sys, heredity; heredity.load_study; print({'torch', 'prefect', 'jax', 'gymnasium'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"


def test_the_public_surface_is_what_it_says():
    import heredity

    assert heredity.__all__ == sorted(heredity.__all__)
    for name in heredity.__all__:
        assert getattr(heredity, name).__doc__
    with pytest.raises(AttributeError, match="No heredity attribute nothing"):
        _ = heredity.nothing
