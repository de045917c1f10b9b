"""Several members play their trials in one pass: a single forward of stacked weights acts for all of their copies.

A member's episodes do not depend on who shares the pass: its environments, its noise and its part of every product are
its own. A member whose environment misbehaves fails alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import gymnasium
import numpy as np
from stable_baselines3 import PPO

from heredity.agent import Agent, read_algorithm, unpack
from heredity.curves import Returns
from heredity.errors import HeredityError, TaskError
from heredity.evaluation import Sitting, Trial, run_trial
from heredity.failures import Failure
from heredity.training.cohort import why_not
from heredity.training.cohort.policy import Policy
from heredity.training.cohort.still import StillEnvs

Array = np.ndarray[Any, Any]

MEMBERS = 4
"""Members of one pass; fixed, and few, because environments take most of the time and passes run side by side."""

MEMBERS_SPLITS = ("report", "select")
"""Splits whose players are members, each of which may fail alone."""


@dataclass(frozen=True)
class Pass:
    """Picklable work: trials that are played together."""

    trials: tuple[Trial, ...]

    @property
    def member(self) -> str:
        """Return who plays."""
        return ", ".join(trial.member for trial in self.trials)


def passes(planned: Sequence[Trial]) -> list[Pass]:
    """Deal trials into passes: members by MEMBERS, whoever they are compared with one by one. Order is kept."""
    dealt: list[list[Trial]] = []
    for trial in planned:
        last = dealt[-1] if dealt else []
        shared = last and trial.split in MEMBERS_SPLITS and trial.split == last[0].split and len(last) < MEMBERS
        if shared:
            last.append(trial)
        else:
            dealt.append([trial])
    return [Pass(tuple(trials)) for trials in dealt]


def play_pass(work: Pass) -> list[Returns | Failure]:
    """Play a pass: in one where the cohort engine knows the policies and they have one shape, else one by one.

    Raises a HeredityError naming generation and member for whatever is not the doing of a member's environment, and for
    a player that is no member.
    """
    models = _stackable(work.trials)
    return [_alone(trial) for trial in work.trials] if models is None else _together(work.trials, models)


def _alone(trial: Trial) -> Returns | Failure:
    try:
        return run_trial(trial)
    except TaskError as error:
        if trial.split not in MEMBERS_SPLITS:
            raise
        return _failure(trial, error)


def _failure(trial: Trial, error: TaskError) -> Failure:
    return Failure(trial.member, error.seed, str(error).removeprefix(f"{trial.generation}: {trial.member}: "))


def _stackable(trials: Sequence[Trial]) -> list[PPO] | None:
    """Return the models of a pass, or None where they cannot act as one."""
    models: list[PPO] = []
    for trial in trials:
        if not isinstance(trial.agent, Agent) or trial.split not in MEMBERS_SPLITS:
            return None
        try:
            algorithm = trial.algorithm or read_algorithm(trial.agent)
            if why_not(algorithm, trial.task):
                return None
            envs = StillEnvs(trial.task, algorithm.n_envs)
            models.append(cast(PPO, unpack(trial.agent, algorithm, trial.task, trial.seed, trial.seed, envs)))
        except TaskError:
            return None  # whoever plays alone fails alone
        except HeredityError as error:
            raise type(error)(f"{trial.generation}: {trial.member}: {error}") from error
    kinds = {tuple(_kind(model)) for model in models}
    return models if len(kinds) == 1 else None


def _kind(model: PPO) -> list[Any]:
    shapes = [(name, tuple(value.shape)) for name, value in model.policy.named_parameters()]
    return [model.policy.activation_fn.__name__, *shapes]


def _together(trials: Sequence[Trial], models: Sequence[PPO]) -> list[Returns | Failure]:
    policy = Policy.of(models[0].action_space, models[0].policy.activation_fn.__name__)
    played: list[_Player] = []
    try:
        played += [_Player(trial, model, policy) for trial, model in zip(trials, models, strict=True)]
        acting: list[_Player] = []
        while now := [player for player in played if player.playing]:
            if now != acting:
                acting, weights = now, _stacked([player.weights for player in now])
            seen, noise = (np.stack(rows) for rows in zip(*(player.faces() for player in now), strict=True))
            for player, actions in zip(now, policy.act(weights, seen, noise), strict=True):
                player.step(actions)
        return [player.result() for player in played]
    finally:
        for player in played:
            player.close()


def _stacked(each: Sequence[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.stack([weights[name] for weights in each]) for name in each[0]}


class _Player:
    """One member in a pass."""

    def __init__(self, trial: Trial, model: PPO, policy: Policy) -> None:
        self.trial, self.space, self.normalizer = trial, model.action_space, model.get_vec_normalize_env()
        self.weights = {name: value.detach().numpy().copy() for name, value in model.policy.named_parameters()}
        width = sum(policy.choices) or int(np.prod(cast(Any, self.space.shape)))
        rng = np.random.default_rng([trial.seed, trial.first])
        self.draw, self.width = rng.gumbel if policy.choices else rng.standard_normal, width
        self.sitting: Sitting | None = None
        self.failure: Failure | None = None
        try:
            self.sitting = Sitting(trial)
        except TaskError as error:
            self.failure = _failure(trial, error)

    @property
    def playing(self) -> bool:
        return self.failure is None and self.sitting is not None and self.sitting.playing

    def faces(self) -> tuple[Array, Array]:
        """Return what the copies see, float32[copies, size], normalised, and the noise of their actions."""
        seen = cast(Sitting, self.sitting).observations()
        if self.normalizer:
            seen = self.normalizer.normalize_obs(seen)
        size = (len(seen), self.width)
        noise = np.zeros(size) if self.trial.deterministic else self.draw(size=size)
        return np.asarray(seen, np.float32).reshape(len(seen), -1), np.asarray(noise, np.float32)

    def step(self, actions: Array) -> None:
        if isinstance(self.space, gymnasium.spaces.Box):
            actions = np.clip(actions.reshape(-1, *self.space.shape), self.space.low, self.space.high)
        try:
            cast(Sitting, self.sitting).step(actions)
        except TaskError as error:
            self.failure = _failure(self.trial, error)

    def result(self) -> Returns | Failure:
        return self.failure or cast(Sitting, self.sitting).returns()

    def close(self) -> None:
        if self.sitting:
            self.sitting.__exit__()
