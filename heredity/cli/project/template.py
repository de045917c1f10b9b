"""What a project is made from: this repository's own recipes, and templates of what is each project's own.

A wheel carries both in heredity/template; in a checkout they lie where git has them.
"""

from collections.abc import Iterator
from pathlib import Path

from heredity.errors import HeredityError
from heredity.layout import GRAPH

LIBRARY = Path(__file__).parents[2]
"""The folder that `heredity` is imported from."""

PACKED, OWN = LIBRARY / "template", LIBRARY.parent / "template"
"""All of it in a wheel; of a checkout what is no recipe."""

RECIPES = ("approvals.yaml", "dvc.yaml", "prefect.yaml", "stages", "flows")
"""What a project has as this repository has it, dvc.yaml but for its `vars`."""

DOTTED = {"gitignore": ".gitignore", "dvcignore": ".dvcignore"}
"""Files that would act where the templates lie."""


def checkout() -> Path | None:
    """Return the directory of the checkout that the library is imported from, None where it is installed."""
    return LIBRARY.parent if (LIBRARY.parent / "pyproject.toml").is_file() and OWN.is_dir() else None


def template() -> dict[str, bytes]:
    """Return the content of every template by its path in a project, as POSIX writes it.

    Raises HeredityError where the library was installed without them.
    """
    root = checkout()
    places = [PACKED] if root is None else [OWN, *(root / name for name in RECIPES)]
    files: dict[str, bytes] = {}
    for place in places:
        start = place if place in (PACKED, OWN) else place.parent
        files |= {_name(path.relative_to(start)): path.read_bytes() for path in _files(place)}
    if GRAPH.name not in files:
        raise HeredityError(f"expected the templates of a project in {PACKED}, got none; install heredity once more")
    return files


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    yield from (path for path in sorted(place.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)


def _name(path: Path) -> str:
    return DOTTED.get(path.name, path.as_posix())
