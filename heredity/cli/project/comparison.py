"""How the recipes of a project stand to those of the installed heredity."""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from heredity.cli.project.graph import graph
from heredity.cli.project.recipes import Record, digest, recipes, with_its_own
from heredity.cli.project.requirements import REQUIREMENTS
from heredity.cli.project.template import template
from heredity.errors import HeredityError
from heredity.layout import GRAPH
from heredity.reading import TEXT_BYTES, is_there, read_bytes, readable


class State(Enum):
    """What a recipe is in a project.

    NEW: in no project of the version before. WRITTEN: as heredity wrote it. CURRENT: as heredity has it now. CHANGED
    and REMOVED: by its owner. OBSOLETE and ABANDONED: as heredity wrote it, and changed by its owner, where heredity
    has none of that name now.
    """

    NEW = auto()
    WRITTEN = auto()
    CURRENT = auto()
    CHANGED = auto()
    REMOVED = auto()
    OBSOLETE = auto()
    ABANDONED = auto()


@dataclass(frozen=True)
class Recipe:
    """One recipe: its content in the project, and as heredity has it now; None where there is none."""

    state: State
    before: bytes | None
    after: bytes | None
    is_news: bool
    """Whether heredity has it otherwise than when this project was last compared."""


def compared(project: Path, record: Record) -> dict[str, Recipe]:
    """Return every recipe, by its path, that heredity has now or has written into a project.

    Raises HeredityError for one that cannot be read.
    """
    files = template()
    after = {name: files[name] for name in recipes(files)}
    gone = sorted(record.recipes.keys() - after)
    return {name: _recipe(project, name, record, after.get(name)) for name in (*after, *gone)}


def content(path: Path) -> bytes | None:
    """Return what a file holds, None where there is none. Raises HeredityError for one that cannot be read."""
    if not is_there(path):
        return None
    with readable(path, HeredityError):
        return read_bytes(path, TEXT_BYTES)


def leads_elsewhere(project: Path, name: str) -> bool:
    """Whether a path of a project goes through a link, behind which a file may be others' as well."""
    return any((project / each).is_symlink() for each in (Path(name), *Path(name).parents[:-1]))


def _recipe(project: Path, name: str, record: Record, offered: bytes | None) -> Recipe:
    before, digest_then = content(project / name), record.recipes.get(name)
    after = None if offered is None else _filled_in(name, offered, before)
    is_owners = leads_elsewhere(project, name) or (before is not None and digest(name, before) != digest_then)
    if after is None:
        state = State.ABANDONED if is_owners else State.OBSOLETE
        return Recipe(State.REMOVED if before is None else state, before, after, False)
    if before is None:
        state = State.CHANGED if is_owners else State.REMOVED if digest_then else State.NEW
    elif digest(name, before) == digest(name, after):
        state = State.CURRENT
    else:
        state = State.CHANGED if is_owners else State.WRITTEN
    return Recipe(state, before, after, digest(name, after) != digest_then)


def _filled_in(name: str, offered: bytes, before: bytes | None) -> bytes:
    """Return a recipe as heredity would write it into a project, which had this one before."""
    if name == GRAPH.name:
        offered = graph(offered.decode(), REQUIREMENTS, ()).encode()
    return with_its_own(name, offered, before or b"")
