"""The dvc.yaml of a project: this repository's, depending on the project's own packages and environment."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from heredity.errors import HeredityError
from heredity.layout import GRAPH
from heredity.study.dialect import parse_alike
from heredity.study.yaml_edit import edited

VARS = "vars: [{code: heredity, packages: constraints.txt}]"
DEPS = 'deps: [params.yaml, "${code}", "${packages}", stages]'
"""The lines that are written otherwise, as the template has them."""

EVERYWHERE = ("params.yaml", "${code}", "${packages}", "stages")
"""What `study` depends on in every project."""


def graph(template: str, requirements: str, sources: Iterable[str]) -> str:
    """Return the template with `study` depending on a file of requirements, and on what an environment consists of."""
    named = "".join(f", {_quoted(source)}" for source in sources)
    text = template
    for line, written in (
        (VARS, f"vars: [{{code: {requirements}, packages: {requirements}}}]"),
        (DEPS, f"{DEPS.removesuffix(']')}{named}]"),
    ):
        if text.count(line) != 1:
            raise HeredityError(f"{GRAPH}: expected {line!r} in heredity's template, got none; install heredity anew")
        text = text.replace(line, written)
    return text


def own_dependencies(text: str) -> list[str]:
    """Return what `study` depends on in this project besides, as its dvc.yaml writes it.

    Raises ValueError for a text that is no dvc.yaml, or where `study` does not depend on what it does in every project.
    """
    named = _named_by_study(parse_alike(text))
    if missing := [each for each in EVERYWHERE if each not in named]:
        raise ValueError(f"expected study to depend on {', '.join(missing)}")
    return [each for each in named if each not in EVERYWHERE]


def with_dependencies(text: str, paths: Iterable[str]) -> str:
    """Return a dvc.yaml where `study` depends on these besides, all else as it was.

    Raises ValueError for a text that is no dvc.yaml, and where a remark would be lost.
    """
    content = parse_alike(text)
    _named_by_study(content)[:] = [*EVERYWHERE, *paths]
    changed = edited(text, content)
    if changed.count("#") < text.count("#"):
        raise ValueError("expected no remark among the dependencies of study")
    return changed


def _named_by_study(content: Any) -> list[str]:
    with suppress(TypeError, LookupError):
        named = content["stages"]["study"]["deps"]
        if isinstance(named, list) and all(isinstance(each, str) for each in named):
            return named
    raise ValueError("expected the stage study with its dependencies")


def dependencies(sources: Iterable[Path], project: Path, repository: Path | None) -> list[str]:
    """Return what `study` depends on of an environment's source, as dvc.yaml names it from the project.

    A package that lies in the project is named as a folder, data and modules to come included. Of the repository around
    it single files are, because what else lies there (bytecode) is not the project's to leave out. Source from anywhere
    else has no name that holds on another machine, and is left out.
    """
    named = {_named(source.resolve(), project.resolve(), repository) for source in sources} - {""}
    return sorted(name for name in named if not any(name.startswith(f"{other}/") for other in named))


def _named(source: Path, project: Path, repository: Path | None) -> str:
    if source.is_relative_to(project):
        return _outermost_package(source, project).relative_to(project).as_posix()
    if repository is not None and source.is_relative_to(repository.resolve()):
        up = next(levels for levels, parent in enumerate(project.parents, 1) if source.is_relative_to(parent))
        return "../" * up + source.relative_to(project.parents[up - 1]).as_posix()
    return ""


def _outermost_package(source: Path, project: Path) -> Path:
    """Return the folder of the outermost package below the project that a file is part of, or the file itself."""
    place = source
    for parent in source.parents:
        if parent == project or not (parent / "__init__.py").is_file():
            break
        place = parent
    return place


def _quoted(path: str) -> str:
    """Return a path as a text of YAML in quotes, in which DVC fills in no variable."""
    return json.dumps(path.replace("${", "\\${"), ensure_ascii=False)
