"""Several members play their trials in one batch: a single forward of stacked weights acts for all of them.

On a GPU all members are one batch, and acting and environments are one program.
A member's episodes do not depend on who shares the batch: its environments, its noise and its part of every product are
its own. A member whose environment misbehaves fails alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import gymnasium
import numpy as np
from stable_baselines3 import PPO

from heredity.agents.agent import Agent, read_algorithm, unpack
from heredity.agents.boundary.endings import refused_for
from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.spaces import SpacesOnly
from heredity.agents.twins.policy import Policy
from heredity.agents.twins.support import why_not
from heredity.errors import HeredityError, TaskError, named
from heredity.evaluation.episodes import EpisodeRunner, run_trial
from heredity.evaluation.failures import Failure
from heredity.evaluation.returns import MEMBER_SPLITS, Returns
from heredity.evaluation.trial import Trial
from heredity.study.sections import Device, on_cpu
from heredity.worker import Death, acting

Array = np.ndarray[Any, Any]

MEMBERS_PER_BATCH = 4
"""Fixed, and few, because environments take most of the time and batches run side by side."""


@dataclass(frozen=True)
class Batch:
    """Picklable work: trials that are played together. lost: of those whose environments ended their process."""

    trials: tuple[Trial, ...]
    lost: Mapping[str, Failure] = field(default_factory=dict)

    @property
    def member(self) -> str:
        """Return who plays."""
        return named([trial.member for trial in self.trials])

    @property
    def device(self) -> Device:
        """Return where they are played, which is where the first is: all play one task."""
        return self.trials[0].device

    def blaming(self, death: Death) -> "Batch":
        """Return the batch with the member failed that acted. Raises TaskError where none did that can fail."""
        trial = next((each for each in self.trials if each.member == death.actor), self.trials[0])
        if trial.member != death.actor or trial.member in self.lost or trial.split not in MEMBER_SPLITS:
            trial.blaming(death)
        failure = Failure(trial.member, death.seed, str(refused_for(death, trial.task.id)))
        return replace(self, lost={**self.lost, trial.member: failure})


def batches(trials: Sequence[Trial]) -> list[Batch]:
    """Deal trials into batches: members by MEMBERS_PER_BATCH, whoever they are compared with one by one, in order."""
    groups: list[list[Trial]] = []
    for trial in trials:
        last = groups[-1] if groups else []
        room = len(last) < MEMBERS_PER_BATCH or not on_cpu(trial.task.device)
        if last and room and trial.split in MEMBER_SPLITS and trial.split == last[0].split:
            last.append(trial)
        else:
            groups.append([trial])
    return [Batch(tuple(group)) for group in groups]


def play_batch(batch: Batch) -> list[Returns | Failure]:
    """Play a batch: as one where the cohort engine knows the policies and they have one shape, else one by one.

    Raises a HeredityError naming generation and member for whatever is not the doing of a member's environment, and for
    a player that is no member.
    """
    trials = [trial for trial in batch.trials if trial.member not in batch.lost]
    with process_kept():
        if _is_tile(trials):
            played = iter(_as_tile(trials))
        else:
            models = _stackable(trials)
            played = iter([_alone(trial) for trial in trials] if models is None else _together(trials, models))
    return [batch.lost.get(trial.member) or next(played) for trial in batch.trials]


def _is_tile(trials: Sequence[Trial]) -> bool:
    """Whether trials are those of members on a GPU, whose policies the cohort engine knows."""
    agents = [trial.agent for trial in trials]
    if not trials or on_cpu(trials[0].task.device) or not all(isinstance(agent, Agent) for agent in agents):
        return False
    algorithm = trials[0].algorithm or read_algorithm(cast(Agent, agents[0]))
    return all(trial.split in MEMBER_SPLITS for trial in trials) and why_not(algorithm, trials[0].task) is None


def _as_tile(trials: Sequence[Trial]) -> list[Returns | Failure]:
    from heredity.evaluation.tile_plays import play_trials  # which loads JAX

    played = zip(trials, play_trials(trials), strict=True)
    return [_failure(trial, each) if isinstance(each, TaskError) else each for trial, each in played]


def _alone(trial: Trial) -> Returns | Failure:
    try:
        return run_trial(trial)
    except TaskError as error:
        if trial.split not in MEMBER_SPLITS:
            raise
        return _failure(trial, error)


def _failure(trial: Trial, error: TaskError) -> Failure:
    return Failure(trial.member, error.seed, str(error).removeprefix(f"{trial.place}: "))


def _stackable(trials: Sequence[Trial]) -> list[PPO] | None:
    """Return the models of a batch, or None where they cannot act as one."""
    models: list[PPO] = []
    for trial in trials:
        alone = trial.task.twin or trial.task.at_once
        if not isinstance(trial.agent, Agent) or trial.split not in MEMBER_SPLITS or alone:
            return None
        acting(trial.member)
        try:
            algorithm = trial.algorithm or read_algorithm(trial.agent)
            if why_not(algorithm, trial.task):
                return None
            envs = SpacesOnly(trial.task, algorithm.n_envs)
            models.append(cast(PPO, unpack(trial.agent, algorithm, trial.task, trial.seed, trial.seed, envs)))
        except TaskError:
            return None  # whoever plays alone fails alone
        except HeredityError as error:
            raise error.saying(f"{trial.place}: {error}") from error
    architectures = {_architecture(model) for model in models}
    return models if len(architectures) == 1 else None


def _architecture(model: PPO) -> tuple[Any, ...]:
    shapes = [(name, tuple(value.shape)) for name, value in model.policy.named_parameters()]
    return model.policy.activation_fn.__name__, *shapes


def _together(trials: Sequence[Trial], models: Sequence[PPO]) -> list[Returns | Failure]:
    policy = Policy.of(models[0].action_space, models[0].policy.activation_fn.__name__)
    players: list[_Player] = []
    try:
        for trial, model in zip(trials, models, strict=True):
            players.append(_Player(trial, model, policy))
        acting: list[_Player] = []
        while playing := [player for player in players if player.playing]:
            if playing != acting:  # somebody is done: stack anew only then, for it copies all the weights
                acting, weights = playing, _stacked([player.weights for player in playing])
            inputs, noise = (np.stack(rows) for rows in zip(*(player.inputs() for player in playing), strict=True))
            for player, actions in zip(playing, policy.act(weights, inputs, noise), strict=True):
                player.step(actions)
    finally:
        for player in players:
            player.close()
    return [player.result() for player in players]


def _stacked(each: Sequence[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.stack([weights[name] for weights in each]) for name in each[0]}


class _Player:
    """One member in a batch."""

    def __init__(self, trial: Trial, model: PPO, policy: Policy) -> None:
        self.trial, self.space, self.normalizer = trial, model.action_space, model.get_vec_normalize_env()
        self.weights = {name: value.detach().numpy().copy() for name, value in model.policy.named_parameters()}
        self.width = sum(policy.choices) or int(np.prod(cast(Any, self.space.shape)))
        # Noise of its own for each block of episodes: a race, which plays them in rounds, keeps no state between them.
        rng = np.random.default_rng([trial.seed, trial.first])
        self.draw = rng.gumbel if policy.choices else rng.standard_normal
        self.runner: EpisodeRunner | None = None
        self.failure: Failure | None = None
        acting(trial.member)
        try:
            self.runner = EpisodeRunner(trial)
        except TaskError as error:
            self.failure = _failure(trial, error)

    @property
    def playing(self) -> bool:
        return self.failure is None and self.runner is not None and self.runner.playing

    def inputs(self) -> tuple[Array, Array]:
        """Return what the policy takes: float32[environments, size], normalised, and the noise of their actions."""
        observations = cast(EpisodeRunner, self.runner).observations()
        if self.normalizer:
            observations = self.normalizer.normalize_obs(observations)
        size = (len(observations), self.width)
        noise = np.zeros(size) if self.trial.deterministic else self.draw(size=size)
        return np.asarray(observations, np.float32).reshape(len(observations), -1), np.asarray(noise, np.float32)

    def step(self, actions: Array) -> None:
        if isinstance(self.space, gymnasium.spaces.Box):
            actions = np.clip(actions.reshape(-1, *self.space.shape), self.space.low, self.space.high)
        acting(self.trial.member)
        try:
            cast(EpisodeRunner, self.runner).step(actions)
        except TaskError as error:
            self.failure = _failure(self.trial, error)

    def result(self) -> Returns | Failure:
        return self.failure or cast(EpisodeRunner, self.runner).returns()

    def close(self) -> None:
        if self.runner is None:
            return
        acting(self.trial.member)
        try:
            self.runner.close()
        except TaskError as error:
            self.failure = self.failure or _failure(self.trial, error)
