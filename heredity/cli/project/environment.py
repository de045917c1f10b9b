"""An environment looked up: how a study writes it, what it shows and takes, and how fast it is."""

import math
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import gymnasium
import numpy as np

from heredity.agents.boundary.closing import closed_after
from heredity.agents.boundary.guard import Guard
from heredity.agents.masks import action_mask, offers_masks
from heredity.agents.task import Spaces, Task, find_spec, import_modules, near_ids
from heredity.errors import HeredityError, TaskError
from heredity.evaluation.null_policies import null_policy
from heredity.study.sections import Wrapper
from heredity.worker import acting

HOW_TO_IMPORT = (
    "make the project in the directory that it lies in, or install it (pip install -e . where its pyproject.toml is)"
)

WAY_OUT = re.compile(r"; write (?:import: \[[^]]*\] beside )?env: \{id: [^,]*, wrappers: \[([\w.]+)\]\}$")
"""How a refusal ends that knows a wrapper with which an environment can be played."""

MOST_WRAPPERS = 3
"""Of these, one on another."""

DISPLAY = re.compile(
    r"video device|display|cannot connect to|GLFW|\bEGL\b|\bX11\b|\bxcb\b|OpenGL platform", re.IGNORECASE
)
"""In what pygame, tkinter, pyglet, GLFW, MuJoCo and Qt say where there is no screen."""

PLAY_SECONDS, MOST_SECONDS, FEWEST_STEPS, MOST_STEPS = 0.3, 3.0, 3, 20_000
"""How long an environment is played at random to learn how fast it is, and how long until an episode has ended."""

ENDLESS = 1000
"""Steps of an episode of an environment that says none, and whose episodes have not ended."""


@dataclass(frozen=True)
class Played:
    """An environment as a study writes it, its wrappers chosen and its threshold as registered.

    masked: whether it says which actions are allowed. seconds: of one step, resets shared among steps. longest: steps
    that an episode may take. random: what an episode of random actions returned on average, NaN where none ended.
    """

    task: Task
    spaces: Spaces
    masked: bool
    seconds: float
    longest: int
    random: float = math.nan

    def is_beaten(self, threshold: float) -> bool:
        """Whether random play is known to return less than a threshold."""
        return self.random < threshold


def play(id: str, imports: Sequence[str]) -> Played:
    """Make an environment, with the wrappers that it cannot be played without, and play it for a moment.

    Raises TaskError of one line for a module that cannot be imported, an id that nobody registers, and whatever the
    environment does that no study can use.
    """
    acting(f"--env: {id}")
    _import(imports)
    spec = _spec(id, imports)
    with displays_named():
        task, env = _playable(Task(id, imports=tuple(imports), threshold=spec.reward_threshold))
        with closed_after(env.close):
            seconds, longest, random = _paced(env)
            spaces = env.observation_space, env.action_space
            return Played(task, spaces, offers_masks(env), seconds, spec.max_episode_steps or longest, random)


@contextmanager
def displays_named() -> Iterator[None]:
    """Say in a refusal of the block what to do without a screen, where it sounds as if one were missing."""
    try:
        yield
    except HeredityError as error:
        if not DISPLAY.search(str(error)):
            raise
        remedy = "type xvfb-run -a before each command (for pygame alone: export SDL_VIDEODRIVER=dummy)"
        raise TaskError(f"{error}; an environment that needs a display has none here: {remedy}") from None


def _import(names: Sequence[str]) -> None:
    try:
        import_modules(names)
    except TaskError as error:
        reason = str(error).partition(", got ")[2].rpartition("; ")[0]
        expected = "--import: expected modules that Python can import from the project"
        raise TaskError(f"{expected}, got {reason}; {HOW_TO_IMPORT}") from None


def _spec(id: str, imports: Sequence[str]) -> Any:
    """Return what is registered of an id."""
    try:
        return find_spec(id, imports)
    except TaskError as error:
        if "needs the package" in str(error):
            raise TaskError(f"--env: {error}") from None
    expected = "--env: expected the id of a registered Gymnasium environment, got"
    for name in imports:
        value = getattr(sys.modules[name], id, None)
        if isinstance(value, type) and issubclass(value, gymnasium.Env):
            line = f'gymnasium.register("{id}-v0", entry_point="{name}:{id}")'
            raise TaskError(f"{expected} the class {id}; write {line} in {name}, and type --env {name}:{id}-v0")
    own = "" if imports else "; for one of your own type --env package.module:Id, with the module that registers it"
    raise TaskError(f"{expected} {id!r}; {near_ids(id, *imports[:1])}{own}")


def _playable(task: Task) -> tuple[Task, Guard]:
    """Return a task and its environment with the wrappers that its refusals ask for."""
    while True:
        try:
            return task, task.make()
        except TaskError as error:
            way_out = WAY_OUT.search(str(error))
            if way_out is None or len(task.wrappers) == MOST_WRAPPERS:
                raise
        task = replace(task, wrappers=(*task.wrappers, Wrapper(name=way_out[1])))


def _paced(env: Guard) -> tuple[float, int, float]:
    """Play at random; return seconds per step, the longest episode that was seen, and what one returned on average."""
    act, masked = null_policy("random", env.action_space, 0), offers_masks(env)
    steps, resets, lengths, returns = list[float](), list[float](), list[int](), list[float]()
    begun, over = perf_counter(), True
    while _goes_on(perf_counter() - begun, len(steps), len(resets)):
        before = perf_counter()
        if over:
            env.reset(seed=len(resets))
            resets.append(perf_counter() - before)
            lengths.append(0)
            returns.append(0.0)
        masks = action_mask(env)[None] if masked else None
        action, before = np.asarray(act(None, np.zeros(1, np.bool_), masks))[0], perf_counter()
        _, reward, terminated, truncated, _ = env.step(action)
        steps.append(perf_counter() - before)
        lengths[-1] += 1
        returns[-1] += float(reward)
        over = terminated or truncated
    ended = returns if over else returns[:-1]
    longest = max(lengths) if ended else ENDLESS
    pace = _usual(steps) + _usual(resets) * len(resets) / len(steps)
    return pace, longest, sum(ended) / len(ended) if ended else math.nan


def _goes_on(seconds: float, steps: int, episodes: int) -> bool:
    """Whether to play on: for a moment, or until an episode has ended, but for no longer than a few moments."""
    patience = PLAY_SECONDS if episodes > 1 else MOST_SECONDS
    return steps < FEWEST_STEPS or (steps < MOST_STEPS and seconds < patience)


def _usual(seconds: list[float]) -> float:
    """Return the lower quartile: what takes longer than usual waits for others on this machine."""
    return float(np.quantile(seconds, 0.25))
