"""A first study as text: the template of params.yaml, filled in with what is known of an environment."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from heredity.agents.algorithms import algorithm_class, rollout_steps
from heredity.agents.task import Task
from heredity.agents.twins.support import why_not
from heredity.cli.project.environment import Played
from heredity.reading import parse_yaml
from heredity.study.sections import Algorithm

SIZES = ((40_000, 20), (20_000, 20), (10_000, 10), (5_000, 10), (2_000, 10))
"""Environment steps of a member and episodes of an evaluation, of which the first that are quick enough are taken."""

ENOUGH_SECONDS, STARTING_SECONDS = 200, 50
"""Of all cores, of a study's learning and playing; and what its stages take to load, before which nobody is done."""

LEARNING_SECONDS = {"cohort": 2e-5, "MlpPolicy": 2e-4, "MultiInputPolicy": 5e-4, "CnnPolicy": 6e-3, "replay": 2e-3}
"""Of a step, by the engine, the policy or the buffer that is learned from; playing one takes a tenth."""


ENOUGH_COPIES = 4
"""Of an environment, with which a step of all of them takes hardly longer than of one."""

WORD = re.compile(r"[\w.+-]+")
"""Text that needs no quotes inside of {} and []."""


@dataclass(frozen=True)
class Shape:
    """How large a first study is, which its template says.

    trained: how many members' budgets are spent in all. evaluated: how many members' evaluations are played.
    """

    template: str
    trained: int
    evaluated: int


FROM_NOTHING = Shape("params.yaml", trained=12 * (1 + 1 + 2), evaluated=12 * (2 + 2) + 12)
FROM_A_MODEL = Shape("founders.yaml", trained=8 + 8, evaluated=8 * 2 + 4)


@dataclass(frozen=True)
class Size:
    """Steps per member, episodes per evaluation, and seconds that all of it takes on two cores."""

    budget: int
    episodes: int
    seconds: float


def size_of(shape: Shape, played: Played, algorithm: Algorithm) -> Size:
    """Return the largest size whose first run is over in about two minutes; the smallest where none is."""
    learning, size = _learning_seconds(played.task, algorithm), Size(0, 0, 0.0)
    for budget, episodes in SIZES:
        steps = max(budget, rollout_steps(algorithm))
        work = shape.trained * steps * (played.seconds + learning)
        work += shape.evaluated * episodes * played.longest * (played.seconds + learning / 10)
        size = Size(steps, episodes, STARTING_SECONDS + work / 2)
        if work <= ENOUGH_SECONDS:
            break
    return size


def _learning_seconds(task: Task, algorithm: Algorithm) -> float:
    """Return what learning takes of a step; with fewer copies at once each takes longer."""
    if issubclass(algorithm_class(algorithm.name), OffPolicyAlgorithm):
        return LEARNING_SECONDS["replay"]
    engine = "cohort" if why_not(algorithm, task) is None else algorithm.policy
    usual = LEARNING_SECONDS.get(engine, LEARNING_SECONDS["MultiInputPolicy"])
    return usual * max(1.0, ENOUGH_COPIES / algorithm.n_envs)


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
    normalize = algorithm.normalize.model_dump()
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
