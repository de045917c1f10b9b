"""Playing episodes with a finished agent: every episode on a seed of its own, nothing learned, nothing updated."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from heredity.agents.acting import Act, Actor
from heredity.agents.agent import Agent, read_algorithm, unpack
from heredity.agents.boundary.closing import close_all, closed_after
from heredity.agents.boundary.places import of_too_many
from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.holders import HasAgent, agent_of
from heredity.agents.masks import Mask, action_mask
from heredity.agents.spaces import SpacesOnly
from heredity.agents.task import Task, task_spaces
from heredity.agents.twins.support import why_not
from heredity.errors import HeredityError, TaskError
from heredity.evaluation.null_policies import NULL_POLICIES, NullPolicy, null_policy
from heredity.evaluation.returns import Returns
from heredity.evaluation.trial import Trial
from heredity.seeds import seed_integers
from heredity.study.sections import Algorithm
from heredity.worker import acting

COPIES = 16
"""Environments played side by side; fixed, so that a result does not depend on the machine."""


def run_trial(trial: Trial) -> Returns:
    """Play one trial. Raises a HeredityError naming generation, member and seed."""
    if trial.member:
        acting(trial.member)
    try:
        return _played(trial)
    except HeredityError as error:
        raise error.saying(f"{trial.place}: {error}") from error


def evaluate(
    agent: Agent | HasAgent | NullPolicy,
    task: Task,
    *,
    episodes: int,
    seed: int,
    deterministic: bool = True,
    algorithm: Algorithm | None = None,
) -> Returns:
    """Play `episodes` episodes of a task, episode k on the k-th seed that `seed` splits into.

    agent: an agent, what has one (an heir, a member that `train` returned), or a policy that has learned nothing:
    "random" or "constant". The returned value is what `decide` takes of a member.

    Agents compared on the same `seed` therefore meet the same episodes. Normalizer statistics are applied and frozen;
    what else the policy gets is what it gets in training (`heredity.agents.acting`).
    Raises TaskError when the environment raises, returns a reward that is not finite, or does not end an episode
    within STEP_LIMIT steps, and AgentError for what has no agent.
    """
    player: Agent | NullPolicy = agent if isinstance(agent, str) else agent_of(agent)
    if isinstance(player, str) and player not in NULL_POLICIES:
        raise TaskError(f"expected an agent, or one of {', '.join(NULL_POLICIES)}, got {player!r}")
    return _played(Trial("", player, task, episodes, seed, deterministic, algorithm=algorithm))


@process_kept()
def _played(trial: Trial) -> Returns:
    agent, task, seed = trial.agent, trial.task, trial.noise_seed
    if not isinstance(agent, Agent):
        if task.twin:
            return _on_twin(trial, None)
        return _play(null_policy(agent, task_spaces(task)[1], seed), trial, masked=trial.masked)
    algorithm = trial.algorithm or read_algorithm(agent)
    model = unpack(agent, algorithm, task, seed, seed, SpacesOnly(task, algorithm.n_envs))
    if task.twin and not why_not(algorithm, task):
        return _on_twin(trial, model)
    actor, normalizer = Actor(model, deterministic=trial.deterministic), model.get_vec_normalize_env()

    def act(observations: Any, starts: Any, masks: Mask | None) -> Any:
        return actor(normalizer.normalize_obs(observations) if normalizer else observations, starts, masks)

    return _play(act, trial, masked=actor.masked)


def _on_twin(trial: Trial, model: Any) -> Returns:
    """Play a trial on the task's twin, by a model or, where that is None, by what has learned nothing."""
    from heredity.agents.twins.compiling import computing_on
    from heredity.evaluation.on_twin import play_nothing, play_policy  # which loads JAX

    task, limit, seeds = trial.task, trial.step_limit, trial.seeds
    with computing_on("cpu"):  # whatever this process has computed elsewhere: on a GPU members play by the hundred
        if model is None:
            played = play_nothing(task, seeds, sampled=trial.agent == "random", step_limit=limit)
        else:
            played = play_policy(model, task, seeds, deterministic=trial.deterministic, step_limit=limit)
    return Returns(seeds, played.returns, played.lengths, trial.succeeded(played.returns))


def _play(act: Act, trial: Trial, *, masked: bool) -> Returns:
    runner = EpisodeRunner(trial)
    with closed_after(runner.close):
        while runner.playing:
            masks = runner.masks() if masked else None
            runner.step(act(runner.observations(), runner.starts(), masks))
        return runner.returns()


class EpisodeRunner:
    """One trial played on COPIES environments, or `at_once`; one whose episode is over takes the next seed."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.seeds = seed_integers(trial.seed, trial.first + trial.episodes)[trial.first :]
        waiting = iter(self.seeds)  # one for all, so that an environment with short episodes plays more of them
        self.envs: list[_Env] = []
        try:
            for _ in range(min(trial.task.at_once or COPIES, COPIES, len(self.seeds))):
                self.envs.append(_Env(trial.task, waiting, trial.step_limit))
        except TaskError as error:
            with suppress(TaskError):
                self.close()
            raise of_too_many(error, len(self.envs)) from None

    @property
    def playing(self) -> bool:
        """Whether an episode is not over yet."""
        return any(env.playing for env in self.envs)

    def observations(self) -> Any:
        """Return what the environments show, stacked along a first axis; those at rest show their last observation."""
        return _stacked([env.observation for env in self.envs])

    def starts(self) -> Any:
        """Return bool[environments], which of them begin an episode."""
        return np.array([env.length == 0 for env in self.envs])

    def masks(self) -> Mask:
        """Return bool[environments, choices], which actions are allowed. Raises TaskError."""
        return np.stack([env.mask() for env in self.envs])

    def step(self, actions: Any) -> None:
        """Step every environment. Raises TaskError where one misbehaves, or does not end its episode."""
        with self.envs[0].env.turn():
            for env, action in zip(self.envs, actions, strict=True):
                env.step(action)

    def returns(self) -> Returns:
        """Return the finished episodes in the order of their seeds."""
        finished = {seed: episode for env in self.envs for seed, episode in env.finished.items()}
        rows = zip(*(finished[seed] for seed in self.seeds), strict=True)
        returns, lengths, success = (np.array(values) for values in rows)
        if self.trial.success_return is not None:
            success = (returns >= self.trial.success_return).astype(np.float64)
        return Returns(np.array(self.seeds, np.int64), returns, lengths.astype(np.int64), success)

    def close(self) -> None:
        """Close the environments. Raises TaskError."""
        close_all(self.envs)


class _Env:
    """One environment that plays the seeds it draws from `waiting`; without one it rests on its last observation.

    It rests rather than leaves, so that observations keep their shape and a recurrent policy its states.
    """

    def __init__(self, task: Task, waiting: Iterator[int], step_limit: int) -> None:
        self.task, self.waiting, self.step_limit = task, waiting, step_limit
        self.env = task.make()
        self.finished: dict[int, tuple[float, int, float]] = {}
        self._begin()

    def _begin(self) -> None:
        self.seed = next(self.waiting, None)
        self.playing = self.seed is not None
        self.total, self.length = 0.0, 0
        if self.seed is not None:
            self.observation, _ = self.env.reset(seed=self.seed)

    def mask(self) -> Mask:
        """Return which actions are allowed; at rest, those that were so last."""
        if self.seed is not None:
            self.allowed = action_mask(self.env)
        return self.allowed

    def step(self, action: Any) -> None:
        if self.seed is None:
            return
        self.observation, reward, terminated, truncated, info = self.env.step(action)
        self.total += float(reward)
        self.length += 1
        if terminated or truncated:
            self.finished[self.seed] = (self.total, self.length, float(info.get("is_success", np.nan)))
            self._begin()
        elif self.length >= self.step_limit:
            raise TaskError(
                f"{self.task.id}: expected an episode that ends within {self.step_limit} steps, got none on seed "
                f"{self.seed}; raise evaluate.step_limit, or give the environment a time limit",
                seed=self.seed,
            )

    def close(self) -> None:
        self.env.close()


def _stacked(observations: list[Any]) -> Any:
    """Stack observations along a first axis, key by key where they are dictionaries."""
    first = observations[0]
    if isinstance(first, dict):
        return {key: np.stack([observation[key] for observation in observations]) for key in first}
    return np.stack(observations)
