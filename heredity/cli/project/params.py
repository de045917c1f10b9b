"""A first study as text: a template of params.yaml, filled in with what is known of an environment."""

import json
import re
from collections.abc import Mapping
from string import Template
from typing import Any

from heredity.agents.task import Task
from heredity.cli.project.sizing import Size
from heredity.reading import parse_yaml
from heredity.study.sections import Algorithm

WORD = re.compile(r"[\w.+-]+")
"""Text that needs no quotes inside of {} and []."""


def filled_in(
    template: str, name: str, task: Task, threshold: float, algorithm: Algorithm, size: Size, **more: str
) -> str:
    """Return the text of a params.yaml."""
    values = {
        "study": name,
        "imports": f"import: [{', '.join(task.imports)}]" if task.imports else "",
        "algorithm": _algorithm(algorithm),
        "episodes": str(size.episodes),
        "threshold": _number(threshold),
        "margin": _number(size.margin),
        "budget": str(size.budget),
        "env": _env(task),
    }
    lines = [_filled_in(line, values | more) for line in template.splitlines()]
    return "".join(f"{line}\n" for line in lines if line)


def _filled_in(line: str, values: Mapping[str, str]) -> str:
    """Return one line of a template, its comment where it stood."""
    content, mark, comment = line.partition("  # ")
    text = Template(content.rstrip()).substitute(values)
    place = len(content) + 2 if mark else 0
    comment = Template(comment).substitute(values)
    return f"{text:<{place}}# {comment}" if mark else text


def scalar(text: str) -> str:
    """Return a text as YAML holds it on a line of its own: plain where that is read as the same text, else quoted."""
    try:
        plain = parse_yaml(f"- {text}\n") == [text]
    except ValueError:
        plain = False
    return text if plain else json.dumps(text, ensure_ascii=False)


def _algorithm(algorithm: Algorithm) -> str:
    normalize = algorithm.normalize.model_dump(mode="json")
    values = {
        "name": algorithm.name,
        "policy": algorithm.policy,
        "n_envs": algorithm.n_envs,
        "normalize": normalize,
        "hyperparameters": algorithm.hyperparameters,
    }
    comments = {"name": "a class of stable_baselines3 or sb3_contrib", "n_envs": "copies that a member learns on"}
    lines = []
    for key, value in values.items():
        line = f"  {key}: {_flow(value)}"
        lines.append(f"{line:<34} # {comments[key]}" if key in comments else line)
    return "\n".join(lines)


def _env(task: Task) -> str:
    """Return an environment behind `env:`, on one line where nothing but its id is said."""
    if not task.wrappers:
        return scalar(task.id)
    names = ", ".join(wrapper.name for wrapper in task.wrappers)
    return f"\n      id: {scalar(task.id)}\n      wrappers: [{names}]"


def _flow(value: Any) -> str:
    """Return a value as YAML writes it inside of {} and []."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and WORD.fullmatch(value):
        return scalar(value)
    return repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
