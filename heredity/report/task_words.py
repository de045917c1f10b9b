"""A task in words: its id with all that makes it another task, its arguments and its wrappers."""

import json
from collections.abc import Mapping
from typing import Any

from heredity.study.sections import Environment, Wrapper

LONGEST = 60
"""Characters of an argument's value, the middle of which is left out where it has more."""


def task_text(env: Environment, *, paths: bool = False) -> str:
    """Return "LunarLander-v3 with enable_wind true in TimeLimit(max_episode_steps 200)", wrappers innermost first.

    paths: name wrappers by where they are imported from, and not by their class alone.
    """
    arguments = f" with {_arguments(env.kwargs)}" if env.kwargs else ""
    worn = " and ".join(_worn(wrapper, paths=paths) for wrapper in env.wrappers)
    return f"{env.id}{arguments}{f' in {worn}' if worn else ''}"


def setting_text(value: Any) -> str:
    """Write a value as params.yaml has it, the middle of a long one left out."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}…{text[-half:]}"


def _worn(wrapper: Wrapper, *, paths: bool) -> str:
    name = wrapper.name if paths else wrapper.name.rpartition(".")[2]
    return f"{name}({_arguments(wrapper.kwargs)})" if wrapper.kwargs else name


def _arguments(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {setting_text(value)}" for name, value in arguments.items())
