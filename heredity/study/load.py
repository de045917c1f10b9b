"""params.yaml to a `Study`; `load_study` is the only reader."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from heredity.errors import StudyError
from heredity.reading import YAML_BYTES, read_text
from heredity.study.consistency import refuse_contradictions
from heredity.study.dialect import parse_alike
from heredity.study.messages import first_complaint
from heredity.study.spelling import spelled
from heredity.study.study import SCRATCH, Study

SECTIONS = ("algorithm", "train", "evaluate", "gate", "inherit")


def _filled_in(raw: Any) -> Any:
    """Complete every generation's sections from the study's, so that each reader finds them resolved."""
    if not isinstance(raw, dict) or not isinstance(raw.get("generations"), dict):
        return raw
    shared = {section: raw.get(section, {}) for section in SECTIONS}
    shared |= {"train": _written(shared["train"], _with_wrappers), "evaluate": _written(shared["evaluate"], _with_env)}
    raw, imports = {**raw, **{name: shared[name] for name in SECTIONS if name in raw}}, raw.get("import", [])
    generations = {
        name: {"import": imports, **_filled_in_generation(node, shared)} if isinstance(node, dict) else node
        for name, node in raw["generations"].items()
    }
    if written := [name for name, node in generations.items() if isinstance(node, dict) and "controls" in node]:
        raise StudyError(f"generations.{written[0]}.controls: unknown key; write controls beside generations")
    for name, node in generations.items():
        if isinstance(node, dict) and "known_returns" in node:
            raise StudyError(f"generations.{name}.known_returns: unknown key; write evaluate: {{floor: …}}")
    generations = _donors_limited(generations)
    arms = {name: {**node, "controls": _controls(raw, name, node)} if isinstance(node, dict) else node
            for name, node in generations.items()}  # fmt: skip
    return {**raw, "generations": arms}


def _controls(raw: dict[str, Any], generation: str, node: dict[str, Any]) -> dict[str, Any]:
    """Return the controls of one generation by name, those of `control` and `controls` alike."""
    old, named = raw.get("control"), raw.get("controls")
    asked = dict(named) if isinstance(named, dict) else {}
    if isinstance(old, dict):
        kind = old.get("budget", "lineage")
        asked = {SCRATCH: {**old, "budget": "ancestors" if kind == "lineage" else kind}, **asked}
    return {
        name: {
            "budget": control.get("budget", "matched"),
            "select": control.get("select", False),
            "algorithm": _overridden(node["algorithm"], control.get("algorithm") or {}),
            "train": node["train"],
        }
        for name, control in asked.items()
        if isinstance(control, dict) and _names(control.get("generations"), generation)
    }


def _donors_limited(generations: dict[str, Any]) -> dict[str, Any]:
    """Read a gate's `at_most` as that of those who inherit from it, but where its rule is made of it."""
    limits, limited = {}, {}
    for name, node in generations.items():
        gate = node.get("gate") if isinstance(node, dict) else None
        most = gate.get("at_most") if isinstance(gate, dict) and gate.get("rule") != "top" else None
        if isinstance(gate, dict) and type(most) is int and most >= 1:
            limits[name], limited[name] = most, {key: value for key, value in gate.items() if key != "at_most"}
    return {
        name: {**node, "gate": limited.get(name, node["gate"]), "inherit": _limited(node, limits)}
        if isinstance(node, dict)
        else node
        for name, node in generations.items()
    }


def _limited(node: dict[str, Any], limits: dict[str, int]) -> Any:
    """Return a generation's `inherit` with the limit of the gate before it, where it says none itself."""
    rule, after = node["inherit"], node.get("after")
    if not isinstance(rule, dict) or not isinstance(after, str) or after not in limits:
        return rule
    return {"at_most": limits[after], **rule}


def _names(generations: Any, name: str) -> bool:
    return isinstance(generations, list) and name in generations


def _filled_in_generation(node: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Resolve the sections of one generation, and write out the short forms of `env` and its wrappers."""
    sections = {key: _overridden(section, node.get(key, {})) for key, section in shared.items()}
    sections |= {"train": _written(sections["train"], _with_wrappers)}
    sections |= {"evaluate": _written(sections["evaluate"], _with_env)}
    return _with_env({**node, **sections})


def _written(section: Any, out: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Write out a section that is a mapping; anything else is refused where it is validated."""
    return out(section) if isinstance(section, dict) else section


def _with_env(section: dict[str, Any]) -> dict[str, Any]:
    """Write out the short form of an environment."""
    env = {"id": section["env"]} if isinstance(section.get("env"), str) else section.get("env")
    return {**section, "env": _with_wrappers(env) if isinstance(env, dict) else env} if "env" in section else section


def _with_wrappers(section: dict[str, Any]) -> dict[str, Any]:
    """Write out the short form of wrappers."""
    if not isinstance(section.get("wrappers"), list):
        return section
    return {**section, "wrappers": [{"name": each} if isinstance(each, str) else each for each in section["wrappers"]]}


def _overridden(section: Any, override: Any) -> Any:
    """Lay a generation's section over the study's; another algorithm starts from empty hyperparameters."""
    if not isinstance(section, dict) or not isinstance(override, dict):
        return override or section
    if override.get("name", section.get("name")) != section.get("name"):
        section = {key: value for key, value in section.items() if key != "hyperparameters"}
    nested = {
        key: _overridden(section[key], value)
        for key, value in override.items()
        if isinstance(section.get(key), dict) and key != "env"  # which is another one, and keeps nothing of the first
    }
    return {**section, **override, **nested}


def load_study(path: str | Path = "params.yaml") -> Study:
    """Read a study, refusing with one line what contradicts itself. Nothing is built: `check_study` does that.

    What DVC would read otherwise is refused as well: the graph is made of the same file.
    Raises StudyError naming file, key, value received and what to write instead.
    """
    return parse_study(read_params(path), path)


def read_params(path: str | Path) -> str:
    """Return the text of a params.yaml. Raises StudyError for a file that cannot be read."""
    try:
        return read_text(path, YAML_BYTES)
    except FileNotFoundError:
        raise StudyError(f"{path}: no such file; write one, or name another with --params") from None
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise StudyError(f"{path}: {error}") from None


def parse_study(text: str, path: str | Path = "params.yaml") -> Study:
    """Return the text of a params.yaml as a study. Raises StudyError as `load_study` does."""
    try:
        raw = spelled(parse_alike(text), Study)
        study = Study.model_validate_json(json.dumps(_filled_in(raw)), strict=True)
        refuse_contradictions(study)
    except ValidationError as error:
        raise StudyError(f"{path}: {first_complaint(error, Study)}") from None
    except (StudyError, ValueError) as error:
        raise StudyError(f"{path}: {error}") from None
    return study
