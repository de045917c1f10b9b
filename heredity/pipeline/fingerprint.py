"""Which code a result depends on, as one digest: a module, all that it imports, and so on, but for what changes none.

What counts are syntax trees, serialised here so that every Python writes them alike; comments, docstrings and layout do
not. Of this library and of the project every module counts by its source; of an installed distribution its version.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path

from heredity.pipeline.sources import (
    LIBRARY,
    OURS,
    data_beside,
    is_package,
    is_within,
    packages_of,
    source_of,
    text_of,
    top_level,
)

NEUTRAL = (
    "heredity.cli", "heredity.errors", "heredity.extras", "heredity.files", "heredity.layout", "heredity.lifetime",
    "heredity.orchestration", "heredity.pipeline.check", "heredity.pipeline.checked", "heredity.pipeline.claims",
    "heredity.pipeline.device_advice", "heredity.pipeline.fingerprint", "heredity.pipeline.handouts",
    "heredity.pipeline.resolve", "heredity.pipeline.runner", "heredity.pipeline.shortages",
    "heredity.pipeline.sources", "heredity.pipeline.stamp", "heredity.pipeline.surroundings", "heredity.reading",
    "heredity.report", "heredity.study", "heredity.worker", "heredity.workers",
)  # fmt: skip
"""What refuses, reads, shows or moves values, and changes none: whatever `study` decides stands in a stage's file."""

COMPUTING = {
    "gymnasium": ("gymnasium",), "jax": ("jax", "jaxlib"), "numpy": ("numpy",), "optax": ("optax",),
    "sb3_contrib": ("sb3-contrib",), "scipy": ("scipy",), "stable_baselines3": ("stable-baselines3",),
    "torch": ("torch",),
}  # fmt: skip
"""Distributions that compute, by the name that they are imported by; what else the library imports only carries."""

SIMULATORS = {"gymnasium.envs.mujoco": "mujoco", "gymnasium.envs.box2d": "Box2D"}
"""What steps Gymnasium's own environments, by the package that imports it: Gymnasium requires neither."""

REQUIRED = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Fingerprint:
    """16 hexadecimal digits over source, and versions of installed distributions by name, without their local parts."""

    code: str
    packages: dict[str, str]


def fingerprint(
    module: str, *, named: frozenset[str] = frozenset(), without: frozenset[str] = frozenset(NEUTRAL)
) -> Fingerprint:
    """Return the fingerprint of what a module computes.

    named: modules besides that are found by what a study names, environments and wrappers. without: packages and
    modules that change no result. Raises SyntaxError for source that is none.
    """
    closure = _Closure(without)
    for root in (module, *sorted(named)):
        closure.add(root)
    digests = sorted(f"{name} {digest}" for name, digest in closure.digests().items())
    return Fingerprint(sha256("\n".join(digests).encode()).hexdigest()[:16], closure.versions())


def forget_sources() -> None:
    """Read every file anew from now on: a flow lives for hours, in which somebody may edit what its workers load.

    What was worked out of a text is kept, by the text.
    """
    remembering = (imports_of, handed_on, module_digest, installed_version, installed_packages, source_of, top_level)
    for remembered in remembering:
        remembered.cache_clear()


def source_files(named: frozenset[str]) -> list[Path]:
    """Return the files of the project's own code that named modules consist of, data beside them included."""
    closure = _Closure(frozenset(NEUTRAL))
    for root in sorted(named):
        closure.add(root)
    ours = [name for name in closure.modules if not is_within(name, (LIBRARY,))]
    return sorted({path for name in ours for path in (source_of(name), *data_beside(name)) if path})


class _Closure:
    """Modules of ours that are reached, and packages of others."""

    def __init__(self, left_out: frozenset[str]) -> None:
        self.left_out = tuple(left_out)
        self.modules: set[str] = set()
        self.carried: set[str] = set()
        self.named: set[str] = set()

    def add(self, root: str) -> None:
        """Reach a module that is named."""
        self._reach(root, self.named)

    def digests(self) -> Mapping[str, str]:
        """Return a digest per module, and per file of data beside those of the project."""
        trees = {name: module_digest(name) for name in self.modules}
        data = {
            f"{name}/{path.relative_to(package.parent).as_posix()}": sha256(path.read_bytes()).hexdigest()
            for name in self.modules
            if (package := source_of(name))
            for path in data_beside(name)
        }
        return {**trees, **data}

    def versions(self) -> dict[str, str]:
        """Return the versions of what computes, and of what study or project name, with all that it requires."""
        counted = {each for name in self.carried | self.named for each in COMPUTING.get(name, ())}
        if others := self.named - COMPUTING.keys() - sys.stdlib_module_names:
            distributions = installed_packages()
            named = {each for name in others for each in distributions.get(name, ())}
            counted |= named | {each for distribution in named for each in required_by(distribution)}
        versions = {name: installed_version(name) for name in sorted(counted)}
        return {name: number for name, number in versions.items() if number}

    def _reach(self, module: str, importers: set[str]) -> None:
        """Reach a module; one that is installed joins what `importers`, the library or the project, import."""
        if module in self.modules or is_within(module, self.left_out):
            return
        if source_of(module) is None:
            importers.add(module.split(".")[0])
            self.named.update(engine for package, engine in SIMULATORS.items() if is_within(module, (package,)))
            return
        self.modules.add(module)
        # Importing a module runs every `__init__` above it, so these count too.
        for package in packages_of(module):
            if not is_within(package, self.left_out) and package not in self.modules:
                self.modules.add(package)
                if not is_within(package, (LIBRARY,)):  # the library's faces run nothing: names alone are followed
                    self._follow(package)
        if not (is_within(module, (LIBRARY,)) and is_package(module)):
            self._follow(module)

    def _follow(self, module: str) -> None:
        importers = self.carried if is_within(module, OURS) else self.named
        for imported, names in imports_of(module):
            # `import package` may use any of the names that a face hands on; `from package import name` that one.
            everything = [name for _, handed in handed_on(imported) for name in handed] if not names else ()
            if not names:
                self._reach(imported, importers)
            for name in names or everything:
                self._reach(_home(imported, name), importers)


def _home(module: str, name: str) -> str:
    """Return the module that defines a name which another one hands on: a submodule, or where a face has it from."""
    if source_of(f"{module}.{name}"):
        return f"{module}.{name}"
    for imported, names in handed_on(module):
        if name in names:
            return _home(imported, name)
    return module


@cache
def handed_on(module: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the names that a face of the library hands on, and from where; they may stand in a stub beside it."""
    source = source_of(module)
    if source is None or not is_within(module, (LIBRARY,)) or not is_package(module):
        return ()
    stub = source.with_suffix(".pyi")
    text = stub.read_bytes() if stub.is_file() else text_of(module)
    return tuple((imported, names) for imported, names in _imports_in(text, module) if names)


@cache
def imports_of(module: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what a module imports when it runs, wherever in it: (module, names taken), relative names made whole."""
    package = module if is_package(module) else module.rpartition(".")[0]
    return _imports_in(text_of(module), package)


@cache
def _imports_in(text: bytes, package: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(_imports(ast.parse(text), package))


def _imports(node: ast.AST, package: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, ()) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - child.level + 1] if child.level else []
            name = ".".join([*above, *([child.module] if child.module else [])])
            yield name, tuple(alias.name for alias in child.names)
        yield from _imports(child, package)


@cache
def module_digest(module: str) -> str:
    """Return a digest of a module's syntax tree; of the library's faces the imports, which are followed, are not."""
    return _digest_of(text_of(module), is_face=is_within(module, (LIBRARY,)) and is_package(module))


@cache
def _digest_of(text: bytes, *, is_face: bool) -> str:
    tree = ast.parse(text)
    if is_face:
        tree.body = [node for node in tree.body if not isinstance(node, ast.ImportFrom | ast.Assign)]
    return sha256(serialised(tree).encode()).hexdigest()


def serialised(node: object) -> str:
    """Write a syntax tree as text that is the same under every Python: node names and the fields that are not empty.

    Texts that stand alone (docstrings) and contexts (whether a name is read or written, which its place tells) are left
    out; so are fields that only some versions know, because they are empty wherever code runs under all of them.
    """
    if isinstance(node, ast.JoinedStr):  # Python 3.12 adds an empty text behind what follows a colon in braces
        node = ast.JoinedStr(
            [part for part in node.values if not (isinstance(part, ast.Constant) and part.value == "")]
        )
    if isinstance(node, ast.AST):
        fields = ((name, getattr(node, name, None)) for name in sorted(node._fields) if name not in ("ctx", "kind"))
        written = (f"{name}={serialised(value)}" for name, value in fields if value not in (None, []))
        return f"{type(node).__name__}({','.join(written)})"
    if isinstance(node, list):
        return f"[{','.join(serialised(item) for item in node if not _is_text(item))}]"
    return repr(node)


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def installed_version(distribution: str) -> str | None:
    """Return an installed distribution's version without its local part (2.13.0+cpu is 2.13.0), or None."""
    try:
        return version(distribution).split("+")[0]
    except PackageNotFoundError:
        return None


@cache
def installed_packages() -> Mapping[str, list[str]]:
    """Return the distributions that bring each package, by the name that it is imported by; reading them takes long."""
    return packages_distributions()


def required_by(distribution: str) -> list[str]:
    """Return the names of what an installed distribution requires, its extras left out."""
    lines = [line for line in requires(distribution) or [] if "extra" not in line.partition(";")[2]]
    return [name[0] for line in lines if (name := REQUIRED.match(line))]
