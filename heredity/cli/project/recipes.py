"""Which files of a project are heredity's recipes, and which of these its owner has changed: recipes.json.

A recipe is known by the digest of what heredity has of it: without the project's own title in its README, and without
its own dependencies of `study` in dvc.yaml.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from string import Template
from typing import Annotated

from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, TypeAdapter

from heredity.cli.project.graph import own_dependencies, with_dependencies
from heredity.errors import HeredityError
from heredity.layout import APPROVALS, GRAPH, PARAMS
from heredity.reading import is_there, read_json

RECORD, README = "recipes.json", "README.md"

STUDIES = ("founders.yaml",)
"""Templates of another params.yaml than the usual one."""

OWNERS = (PARAMS.name, APPROVALS.name, *STUDIES)
"""Templates of what is its owner's from the first day: numbers, and answers at gates."""

TITLE = re.compile(rb"# ([^\n]*)\n")
UNTITLED = b"# \n"

PUT_BACK = "; put it back as git has it: git checkout HEAD -- recipes.json"


def _version(text: str) -> str:
    with suppress(InvalidVersion):
        return str(Version(text))
    raise ValueError("expected a version")


def _inside(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or not path.parts or ".." in path.parts or path.as_posix() != text:
        raise ValueError("expected a path in the project")
    return text


Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class Record(BaseModel):
    """The version of heredity that wrote a project's recipes, and the digest of each by its path."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    heredity: Annotated[str, AfterValidator(_version)]
    recipes: Mapping[Annotated[str, AfterValidator(_inside)], Digest]

    def written(self) -> bytes:
        """Return the content of a recipes.json."""
        ordered = self.model_copy(update={"recipes": dict(sorted(self.recipes.items()))})
        return f"{ordered.model_dump_json(indent=2)}\n".encode()


def recorded(version: str, files: Mapping[str, bytes]) -> Record:
    """Return the record of a project with these files, of which not all are recipes."""
    return Record(heredity=version, recipes={name: digest(name, files[name]) for name in recipes(files)})


def read_record(project: Path) -> Record:
    """Return what recipes.json says. Raises HeredityError where there is none, and for one that is damaged."""
    path = project / RECORD
    if not is_there(path):
        raise HeredityError(
            f"{project}: expected a project that heredity init has made, got no {RECORD}; "
            "type this where one is, or make one: heredity init"
        )
    return read_json(path, TypeAdapter(Record), HeredityError, "what heredity has written", PUT_BACK)


def recipes(names: Mapping[str, bytes]) -> Iterator[str]:
    """Yield which of the templates are recipes."""
    return (name for name in names if name not in OWNERS)


def digest(name: str, content: bytes) -> str:
    """Return the digest of what a recipe has in common with other projects', whatever ends its lines."""
    return sha256(_in_common(name, content.replace(b"\r\n", b"\n"))).hexdigest()


def _in_common(name: str, content: bytes) -> bytes:
    if name == README and (title := TITLE.match(content)):
        return UNTITLED + content[title.end() :]
    return _without_own(content) if name == GRAPH.name else content


@lru_cache(maxsize=8)
def _without_own(graph: bytes) -> bytes:
    """Return a dvc.yaml without this project's own dependencies; as it is where nobody but its owner wrote it so."""
    with suppress(ValueError):
        own_dependencies(text := graph.decode())
        return with_dependencies(text, ()).encode()
    return graph


def titled(template: bytes, title: str) -> bytes:
    """Return a README under a project's title."""
    return Template(template.decode()).substitute(study=title).encode()


def with_its_own(name: str, recipe: bytes, before: bytes) -> bytes:
    """Return a recipe with what is the project's own of the one before, as far as that can be told."""
    if name == README:
        title = TITLE.match(before)
        return titled(recipe, title[1].decode(errors="replace").strip() if title else "A study")
    if name == GRAPH.name:
        with suppress(ValueError):
            return with_dependencies(recipe.decode(), own_dependencies(before.decode())).encode()
    return recipe
