"""Where the source of a module lies, found without importing it, and whether it counts: installed packages do not."""

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from sysconfig import get_paths

LIBRARY = "heredity"
"""Counts by its source wherever it is installed."""

OURS = (LIBRARY, "stages", "flows")
"""All else that counts by its source is the project's own."""

INSTALLED = tuple(Path(get_paths()[name]).resolve() for name in ("purelib", "platlib", "stdlib", "platstdlib"))


def is_within(module: str, packages: tuple[str, ...]) -> bool:
    """Whether a module is one of some packages, or lies in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def text_of(module: str) -> bytes:
    """Return a module's text. Raises ModuleNotFoundError where it has no source that counts."""
    path = source_of(module)
    if path is None:
        raise ModuleNotFoundError(f"expected the source of {module}, got none")
    return path.read_bytes()


@cache
def source_of(module: str) -> Path | None:
    """Return the file of a module whose source counts, without importing it; None for an installed or built-in one."""
    top, *parts = module.split(".")
    base = top_level(top)
    if base is None or (not parts and not base.is_dir()):
        return base if base and base.suffix == ".py" else None
    place = base.joinpath(*parts)
    candidates = (place / "__init__.py", place.with_suffix(".py")) if parts else (place / "__init__.py",)
    return next((path for path in candidates if path.is_file()), None)


@cache
def top_level(name: str) -> Path | None:
    """Return the folder of a package, or the file of a module, that is no installed distribution's."""
    if name in sys.builtin_module_names or name in sys.stdlib_module_names:
        return None
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    places = list(spec.submodule_search_locations or []) or ([spec.origin] if spec.origin else [])
    place = Path(places[0]).resolve() if places else None
    if place is None or (name != LIBRARY and any(place.is_relative_to(folder) for folder in INSTALLED)):
        return None
    return place


def is_package(module: str) -> bool:
    """Whether a module is the face of a package."""
    path = source_of(module)
    return path is not None and path.name == "__init__.py"


def packages_of(module: str) -> list[str]:
    """Return the packages that a module lies in, outermost first."""
    parts = module.split(".")
    return [name for size in range(1, len(parts)) if source_of(name := ".".join(parts[:size]))]


def data_beside(module: str) -> list[Path]:
    """Return the files beside a project's own package that are no source: maps, meshes, tables."""
    path = source_of(module)
    if path is None or is_within(module, OURS) or path.name != "__init__.py":
        return []
    inside = (each for each in path.parent.rglob("*") if each.is_file() and each.suffix not in (".py", ".pyc"))
    return sorted(
        each for each in inside if not any(part.startswith(".") for part in each.relative_to(path.parent).parts)
    )
