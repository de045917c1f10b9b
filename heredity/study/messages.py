"""Turns the first of pydantic's errors into one line: key, what was expected, what came, what to write."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from heredity.errors import shortened


def first_complaint(error: ValidationError, model: type[BaseModel]) -> str:
    """Describe the first error of a file against its `model` in one line, without the file's name."""
    # A generation is given what the study says for all: the shortest path is where it is written. Of several there, one
    # that nobody knows comes first, because what is missing may be meant by it.
    first = min(error.errors(include_url=False), key=lambda each: (len(each["loc"]), each["type"] != "extra_forbidden"))
    path = [part for part in first["loc"] if not str(part).startswith("function-")]
    if path[-1:] in (["float"], ["constrained-float"]):  # pydantic names the branch of `float | …` that it tried
        path = path[:-1]
    key = ".".join(str(part) for part in path) or "the file"
    kind = first["type"]
    if kind == "extra_forbidden":
        return f"{key}: unknown key; {suggestion(str(path[-1]), fields_at(model, path[:-1]))}"
    field = _field_at(model, path)
    fallback = "a mapping" if kind == "model_type" else first["msg"][0].lower() + first["msg"][1:]
    expected = (field.description if field else None) or fallback
    if limit := [first["ctx"][bound] for bound in ("le", "max_length") if bound in first.get("ctx", {})]:
        expected += f", at most {limit[0]}"
    example = f"; write for example {field.examples[0]}" if field and field.examples else ""
    got = "nothing" if kind == "missing" else shortened(first["input"])
    return f"{key}: expected {expected}, got {got}{example}"


def suggestion(unknown: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, or all of them."""
    names = list(known)
    close = get_close_matches(unknown, names, n=1)
    return f"did you mean {close[0]}?" if close else f"the known ones are {', '.join(sorted(names))}"


def written_env(id: str, settings: str) -> str:
    """Return what to write for an environment with more settings than its id, inside of which DVC reads no colon."""
    module, _, bare = id.rpartition(":")
    return f"{f'import: [{module}] beside ' if module else ''}env: {{id: {bare}, {settings}}}"


def fields_at(model: type[BaseModel], path: list[Any]) -> list[str]:
    """Return the keys that the section at `path` knows."""
    section = _model_at(model, path)
    return list(_fields_by_key(section)) if section else []


def _field_at(model: type[BaseModel], path: list[Any]) -> FieldInfo | None:
    """Return the deepest field that `path` names; a list index or a mapping's key keeps the field it lies in."""
    for length in range(len(path), 0, -1):
        section = _model_at(model, path[: length - 1])
        if section and (field := _fields_by_key(section).get(path[length - 1])):
            return field
    return None


def _model_at(model: type[BaseModel], path: list[Any]) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    inside: Any = None
    for part in path:
        if current and (field := _fields_by_key(current).get(part)):
            inside = field.annotation
        current = next(_models_in(inside), None)
    return current


def _fields_by_key(model: type[BaseModel]) -> dict[Any, FieldInfo]:
    """Return a section's fields by the keys of params.yaml; `import` is no name that Python would take."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
