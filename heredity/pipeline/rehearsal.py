"""A generation's task played for a moment, so that what every member would fail of is said before anything trains.

One environment plays an episode at random, and the same one once more: whatever a guard refuses (answers of odd types,
draws from everybody's generators, masks that allow nothing) it refuses here, and what merely spoils a study is a
warning. Then all copies take a few steps at random and a few of the policy's.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from gymnasium.utils.env_checker import data_equivalence
from sb3_contrib.common.maskable.utils import get_action_masks
from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agents.acting import Actor
from heredity.agents.agent import pack
from heredity.agents.boundary.calls import error_text
from heredity.agents.boundary.guard import Guard
from heredity.agents.masks import METHOD, action_mask, offers_masks
from heredity.agents.replay_buffer import replay_step_bytes
from heredity.errors import HeredityError, TaskError
from heredity.evaluation.null_policies import null_policy
from heredity.study.messages import written_env
from heredity.study.sections import MASKED, Algorithm
from heredity.study.study import Study
from heredity.training.copies import time_limit

SEED = 0
"""Of everything that is played here."""

FEWEST_STEPS, MOST_STEPS, PLAY_SECONDS = 3, 1000, 0.1
"""Of an episode: it is left after so many or so long, but not before the fewest."""

OF_ALL_COPIES = 3
"""Steps at random, and as many of the policy."""

RAISED = "a step that returns, got "
"""In what a guard says of an environment that raises in a step."""

COMPARED_STEPS = 100
"""Of an episode, whose answers are kept for the second."""


@dataclass(frozen=True)
class Rehearsal:
    """What playing a task showed.

    warnings: lines without generation. steps: of the episode that was played. ended: whether it was over then. limit:
    the steps after which a time limit ends one, 0 where none does. step_seconds: what one step of one copy takes.
    agent_bytes, replay_bytes: of an untrained agent, and of one step in a replay buffer, 0 without one.
    """

    warnings: tuple[str, ...]
    steps: int
    ended: bool
    limit: int
    step_seconds: float
    agent_bytes: int
    replay_bytes: int


class _Answer(NamedTuple):
    observation: Any
    reward: float
    over: bool


class _Episode(NamedTuple):
    """One that was played at random: its first answers, that of the reset before all, and what is wrong with one."""

    answers: list[_Answer]
    seconds: list[float]
    outside: str

    @property
    def ended(self) -> bool:
        return self.answers[-1].over


def rehearsed(model: BaseAlgorithm, algorithm: Algorithm, task_id: str) -> Rehearsal:
    """Play the environments of an untrained model, which it has afterwards in the midst of episodes.

    Raises TaskError for what an environment, or what wraps its copies, refuses or does.
    """
    envs: Any = model.get_env()
    guard, masked = envs.unwrapped.envs[0], type(model).__name__ in MASKED
    try:
        first = _episode(guard, MOST_STEPS, masked=masked)
    except TaskError as error:
        if masked or RAISED not in str(error) or not offers_masks(guard):
            raise
        told = f"write name: MaskablePPO, which alone is told what its {METHOD}() allows"
        raise error.saying(f"{error}; {told}") from None
    steps, agent = len(first.seconds), pack(model, algorithm)
    second = _episode(guard, min(steps, COMPARED_STEPS), masked=masked, seconds=np.inf)
    play_copies(model, task_id)
    odd = filter(None, (_difference(first, second), first.outside))
    return Rehearsal(
        warnings=tuple(f"{task_id}: {line}" for line in odd),
        steps=steps,
        ended=first.ended,
        limit=time_limit(guard),
        step_seconds=_usual(first.seconds),
        agent_bytes=len(agent.model) + len(agent.normalizer or b""),
        replay_bytes=replay_step_bytes(model),
    )


def play_copies(model: BaseAlgorithm, task_id: str) -> None:
    """Let all copies of a model's task take a few steps at random and some of its policy. Raises TaskError."""
    envs: Any = model.get_env()
    act, actor = null_policy("random", envs.action_space, SEED), Actor(model, deterministic=False)
    try:
        observations, starts = envs.reset(), np.ones(envs.num_envs, np.bool_)
        for step in range(2 * OF_ALL_COPIES):
            masks = get_action_masks(envs) if actor.masked else None
            actions = act(None, starts, masks) if step < OF_ALL_COPIES else actor(observations, starts, masks)
            observations, _, starts, _ = envs.step(np.array(actions))
    except (HeredityError, OSError, MemoryError):
        raise
    except Exception as error:  # of Stable-Baselines3's own wrappers, which no guard stands before
        name = type(model).__name__
        raise TaskError(f"{task_id}: expected {name} to play it, got {error_text(error, named=True)}") from None


def rehearsal_advice(study: Study, rehearsals: Mapping[str, Rehearsal]) -> list[str]:
    """Return one line for each thing to know of the tasks and how long they are played; rehearsals: by generation."""
    told: dict[str, list[str]] = {}
    for name, rehearsal in rehearsals.items():
        for line in (*rehearsal.warnings, *_short(study, name, rehearsal), *_endless(study, name, rehearsal)):
            told.setdefault(line, []).append(name)
    return [f"{', '.join(names)}: {line}" for line, names in told.items()]


def _short(study: Study, generation: str, played: Rehearsal) -> list[str]:
    """Say that a budget may end before an episode does, which leaves a learning curve without a point."""
    node = study.generations[generation]
    copies = node.algorithm.n_envs
    longest, each = played.steps if played.ended else played.limit, node.budget // copies
    if longest <= each:
        return []
    return [
        f"budget: {node.budget:,} steps are {each:,} in each of {copies} environments, and an episode of "
        f"{node.env.id} takes {'' if played.ended else 'up to '}{longest:,}, so that none may end while a member "
        f"learns; write budget: {longest * copies}, or more"
    ]


def _endless(study: Study, generation: str, played: Rehearsal) -> list[str]:
    """Say that nothing may ever end an episode, of which an evaluation would fail after hours."""
    node = study.generations[generation]
    if played.ended or played.limit or played.steps < MOST_STEPS:
        return []
    return [
        f"{node.env.id} registers no time limit, and {played.steps:,} random steps ended no episode: where none of its "
        f"own does, a member fails at evaluate.step_limit, which is {node.evaluate.step_limit:,}; write "
        f"{written_env(node.env.id, 'kwargs: {max_episode_steps: …}')}"
    ]


def _episode(guard: Guard, most_steps: int, *, masked: bool, seconds: float = PLAY_SECONDS) -> _Episode:
    """Play at random until an episode is over, but no longer than so many steps or, after the fewest, seconds."""
    act, start, begun = null_policy("random", guard.action_space, SEED), np.ones(1, np.bool_), perf_counter()
    observation, _ = guard.reset(seed=SEED)
    answers, taken = [_Answer(deepcopy(observation), 0.0, over=False)], list[float]()
    outside = _outside(observation, guard.observation_space)
    while not answers[-1].over and len(taken) < most_steps:
        if len(taken) >= FEWEST_STEPS and perf_counter() - begun > seconds:
            break
        action, before = act(None, start, action_mask(guard)[None] if masked else None)[0], perf_counter()
        observation, reward, terminated, truncated, _ = guard.step(action)
        taken.append(perf_counter() - before)
        outside = outside or _outside(observation, guard.observation_space)
        answer = _Answer(deepcopy(observation), float(reward), bool(terminated or truncated))
        answers[COMPARED_STEPS:] = [answer]
    return _Episode(answers, taken, outside)


def _difference(first: _Episode, second: _Episode) -> str:
    """Say where two episodes on one seed and with the same actions differ; empty where they do not."""
    pairs = zip(first.answers[:COMPARED_STEPS], second.answers[:COMPARED_STEPS], strict=False)
    step = next((step for step, (one, other) in enumerate(pairs) if not _alike(one, other)), None)
    if step is None:
        return ""
    differ = f"two episodes on seed {SEED} with the same actions differ at step {step}"
    return (
        f"{f'two resets on seed {SEED} begin otherwise' if step == 0 else differ}, so that no result of it can be had "
        "again; let it draw from self.np_random alone, after super().reset(seed=seed), and keep nothing from the "
        "episode before"
    )


def _alike(one: _Answer, other: _Answer) -> bool:
    return one[1:] == other[1:] and data_equivalence(one.observation, other.observation, exact=True)


def _outside(observation: Any, space: spaces.Space[Any], key: str = "") -> str:
    """Say which number of an observation lies outside of its Box; empty where none does."""
    if isinstance(space, spaces.Dict):
        told = (_outside(observation[name], part, f" of {name!r}") for name, part in space.spaces.items())
        return next(filter(None, told), "")
    if not isinstance(space, spaces.Box):
        return ""
    shown = np.asarray(observation, space.dtype)
    for beyond, bounds, side in ((shown > space.high, space.high, "high"), (shown < space.low, space.low, "low")):
        if beyond.any():
            return (
                f"expected observations{key} within their space, got {shown[beyond][0]:g} beyond its {side} "
                f"{bounds[beyond][0]:g}; give the Box the low and high that there are, or -inf and inf"
            )
    return ""


def _usual(seconds: list[float]) -> float:
    """Return the lower quartile: what takes longer than usual waits for others on this machine."""
    return float(np.quantile(seconds, 0.25))
