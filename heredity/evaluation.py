"""Playing episodes with a finished agent: every episode on a seed of its own, nothing learned, nothing updated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agent import Agent, read_algorithm, unpack
from heredity.curves import Returns
from heredity.errors import TaskError
from heredity.params import Algorithm
from heredity.seeds import seed_integers
from heredity.task import Task, one_line

COPIES = 16
"""Environments played side by side; fixed, so that a result does not depend on the machine."""


@dataclass(frozen=True)
class Trial:
    """Picklable work: the episodes of one member."""

    member: str
    agent: Agent
    task: Task
    episodes: int
    seed: int
    deterministic: bool


def run_trial(trial: Trial) -> Returns:
    """Play one member's episodes. Raises TaskError naming the member."""
    try:
        return evaluate(
            trial.agent, trial.task, episodes=trial.episodes, seed=trial.seed, deterministic=trial.deterministic
        )
    except TaskError as error:
        raise TaskError(f"{trial.member}: {error}") from error


def evaluate(
    agent: Agent,
    task: Task,
    *,
    episodes: int,
    seed: int,
    deterministic: bool = True,
    algorithm: Algorithm | None = None,
) -> Returns:
    """Play `episodes` episodes of a task, episode k on the k-th seed that `seed` splits into.

    Agents compared on the same `seed` therefore meet the same episodes. Normalizer statistics are applied and frozen.
    Raises TaskError when the environment raises or returns a reward that is not finite.
    """
    model = unpack(agent, algorithm or read_algorithm(agent), task, seed, seed)
    envs = model.get_env()
    try:
        return _play(model, task, seed_integers(seed, episodes), deterministic)
    finally:
        if envs is not None:
            envs.close()


def _play(model: BaseAlgorithm, task: Task, seeds: list[int], deterministic: bool) -> Returns:
    """Play every seed once on at most COPIES environments; a copy whose episode is over takes the next seed."""
    waiting = iter(seeds)
    copies = [_Copy(task, waiting) for _ in range(min(COPIES, len(seeds)))]
    normalizer = model.get_vec_normalize_env()
    state = None
    while any(copy.playing for copy in copies):
        observations = _stacked([copy.observation for copy in copies])
        observations = normalizer.normalize_obs(observations) if normalizer else observations
        starts = np.array([copy.length == 0 for copy in copies])
        actions, state = model.predict(observations, state=state, episode_start=starts, deterministic=deterministic)
        for copy, action in zip(copies, actions, strict=True):
            copy.step(action)
    for copy in copies:
        copy.env.close()
    finished = {seed: episode for copy in copies for seed, episode in copy.finished.items()}
    returns, lengths, success = zip(*(finished[seed] for seed in seeds), strict=True)
    return Returns(np.array(seeds, np.int64), np.array(returns), np.array(lengths, np.int64), np.array(success))


class _Copy:
    """One environment that plays the seeds it draws from `waiting`; without one it rests on its last observation."""

    def __init__(self, task: Task, waiting: Iterator[int]) -> None:
        self.task, self.waiting = task, waiting
        self.env = task.make()
        self.finished: dict[int, tuple[float, int, float]] = {}
        self._begin()

    def _begin(self) -> None:
        self.seed = next(self.waiting, None)
        self.playing = self.seed is not None
        self.total, self.length = 0.0, 0
        if self.seed is not None:
            with self._named():
                self.observation, _ = self.env.reset(seed=self.seed)

    def step(self, action: Any) -> None:
        if self.seed is None:
            return
        with self._named():
            self.observation, reward, terminated, truncated, info = self.env.step(action)
        if not np.isfinite(reward):
            raise TaskError(f"{self.task.id}: expected a finite reward, got {reward} on seed {self.seed}")
        self.total += float(reward)
        self.length += 1
        if terminated or truncated:
            self.finished[self.seed] = (self.total, self.length, float(info.get("is_success", np.nan)))
            self._begin()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Turn whatever the environment raises into one line that names it and the seed."""
        try:
            yield
        except Exception as error:
            reason = f"{type(error).__name__}: {one_line(error)}"
            raise TaskError(
                f"{self.task.id}: expected an environment that steps, got {reason} on seed {self.seed}"
            ) from error


def _stacked(observations: list[Any]) -> Any:
    """Stack observations along a first axis, key by key where they are dictionaries."""
    first = observations[0]
    if isinstance(first, dict):
        return {key: np.stack([observation[key] for observation in observations]) for key in first}
    return np.stack(observations)
