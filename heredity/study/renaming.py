"""A generation called otherwise: in params.yaml, wherever it is named; its seeds, and so its members, stay."""

from typing import Any

from heredity.errors import StudyError
from heredity.study.dialect import parse_alike
from heredity.study.load import parse_study
from heredity.study.yaml_edit import edited, with_key_renamed


def renamed(text: str, old: str, new: str, path: str = "params.yaml") -> str:
    """Return the text of a params.yaml in which the generation `old` is called `new`, all else as it is written.

    It keeps the seeds that it drew by its old name (`seed_name`). Raises StudyError where there is no such generation,
    or a study can have none of the new name.
    """
    study = parse_study(text, path)
    study.known(old)
    if new in study.generations:
        raise StudyError(f"{path}: expected a name that no generation has, got {new!r}")
    try:
        text = with_key_renamed(text, ("generations", old), new)
        text = edited(text, _named(parse_alike(text), old, new, study.seed_name(old)))
    except (ValueError, LookupError) as error:
        raise StudyError(f"{path}: generations.{old}: {error}") from None
    parse_study(text, path)
    return text


def _named(values: dict[str, Any], old: str, new: str, seed_name: str) -> dict[str, Any]:
    """Return a study's values with a generation's new name wherever another part names it."""

    def name(value: Any) -> Any:
        return new if value == old else [name(each) for each in value] if isinstance(value, list) else value

    for each in values["generations"].values():
        each["after"] = name(each["after"])
    node = values["generations"][new]
    node.pop("seed_name", None)
    if seed_name != new:
        node["seed_name"] = seed_name
    for control in [values.get("control"), *(values.get("controls") or {}).values()]:
        if control and "generations" in control:
            control["generations"] = name(control["generations"])
    if "compare" in values:
        values["compare"] = name(values["compare"])
    return values
