"""What an algorithm does that a study says nothing of, read from the library's source: importing it loads torch."""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from heredity.study.sections import Algorithm

LIBRARIES = ("stable_baselines3", "sb3_contrib")

UNTOLD = {
    *("self", "policy", "env", "tensorboard_log", "verbose", "seed", "device", "_init_setup_model"),
    *("monitor_wrapper", "stats_window_size"),
}
"""Arguments that heredity sets itself, and those that change nothing of what is learned."""


def default_settings(algorithm: Algorithm) -> dict[str, Any]:
    """Return the library's own values of the hyperparameters that a study does not set, as far as they are plain.

    Empty for an algorithm whose source is not there.
    """
    defaults = _defaults(algorithm.name)
    return {name: value for name, value in defaults.items() if name not in algorithm.hyperparameters}


@cache
def _defaults(algorithm: str) -> dict[str, Any]:
    """Return the plain defaults of the class of that name, in the order of its constructor's arguments."""
    constructor = _constructor(algorithm)
    if constructor is None:
        return {}
    named = constructor.args[len(constructor.args) - len(constructor.defaults) :]
    defaults = zip([*named, *constructor.kwonlyargs], [*constructor.defaults, *constructor.kw_defaults], strict=True)
    values = {each.arg: _plain(default) for each, default in defaults if each.arg not in UNTOLD}
    return {name: value for name, value in values.items() if value is not None}


def _constructor(algorithm: str) -> ast.arguments | None:
    """Return the arguments of the constructor of the class of that name."""
    for path in _sources():
        text = path.read_text(encoding="utf-8")
        if f"\nclass {algorithm}(" not in text:
            continue
        classes = [each for each in ast.parse(text).body if isinstance(each, ast.ClassDef) and each.name == algorithm]
        for each in (statement for written in classes for statement in written.body):
            if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                return each.args
    return None


def _sources() -> list[Path]:
    specs = (find_spec(name) for name in LIBRARIES)
    folders = (Path(place) for spec in specs if spec for place in spec.submodule_search_locations or ())
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]


def _plain(default: ast.expr | None) -> Any:
    """Return a number, a text or a switch that is written as such, None for all else."""
    try:
        value = ast.literal_eval(default) if default is not None else None
    except ValueError:
        return None
    return value if isinstance(value, bool | int | float | str) else None
