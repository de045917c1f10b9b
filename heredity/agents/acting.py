"""What a policy gets besides observations, wherever it plays: which actions are allowed, its memory, its own noise.

Every evaluation and every demonstration acts by this, so that a policy plays as it does in training. What an algorithm
adds around its policy while it trains (DQN's epsilon, the action noise of TD3, DDPG and SAC, the random steps before
learning starts) is no part of the policy, and nobody plays it: DQN, QRDQN, TD3 and DDPG have nothing to sample.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.type_aliases import TrainFrequencyUnit

from heredity.agents.masks import Mask
from heredity.study.sections import MASKED

Starts = np.ndarray[Any, np.dtype[np.bool_]]

Act = Callable[[Any, Starts, Mask | None], Any]
"""From observations, stacked along a first axis, which of them begin an episode, and bool[copies, choices], which
actions are allowed (None where nobody is told), to one action each."""


class Actor:
    """A model that acts on copies of its task, by observations as the policy takes them (normalised).

    A recurrent policy keeps its state between calls and begins anew where an episode does. One with gSDE draws a noise
    matrix for every copy and episode, and as often within an episode as in training. `masked`: whether it is to be
    given the allowed actions.
    """

    def __init__(self, model: BaseAlgorithm, *, deterministic: bool) -> None:
        self.model, self.deterministic = model, deterministic
        self.masked = type(model).__name__ in MASKED
        self.state: Any = None
        self._noise = None if deterministic or not model.use_sde else _Noise(model)

    def __call__(self, observations: Any, starts: Starts, masks: Mask | None = None) -> Any:
        """Return one action each."""
        if self._noise:
            self._noise.renew(starts)
        actions, self.state = self._predicted(observations, starts, masks, self.deterministic)
        return actions

    def best(self, observations: Any, starts: Starts, masks: Mask | None = None) -> Any:
        """Return the action that it thinks best of each, without acting: its state stays."""
        return self._predicted(observations, starts, masks, deterministic=True)[0]

    def _predicted(self, observations: Any, starts: Starts, masks: Mask | None, deterministic: bool) -> tuple[Any, Any]:
        told = {"action_masks": masks} if self.masked else {}
        return self.model.predict(
            observations, state=self.state, episode_start=starts, deterministic=deterministic, **told
        )


class _Noise:
    """The noise matrices of generalized state-dependent exploration (Raffin et al. 2021), one for each copy.

    Stable-Baselines3 draws them at the beginning of a rollout and every `sde_sample_freq` steps, and nowhere else:
    a model that was only built still has those of its initial weights.
    """

    def __init__(self, model: Any) -> None:
        self.policy, self.every_steps = model.policy, _steps_per_noise(model)
        self.distribution = getattr(self.policy, "actor", self.policy).action_dist
        self.ages: Any = 0

    def renew(self, starts: Starts) -> None:
        """Draw anew for the copies that begin an episode, or have played on the same noise for long enough."""
        self.ages = np.where(starts, 0, self.ages)
        due = starts | (self.ages % self.every_steps == 0) if self.every_steps else starts
        self.ages = self.ages + 1
        if not due.any():
            return
        before = self.distribution.exploration_matrices
        self.policy.reset_noise(len(due))
        if len(before) == len(due):
            # Of one copy Stable-Baselines3 takes a matrix of its own, which is drawn with the others.
            keep = torch.as_tensor(~due)
            self.distribution.exploration_matrices = torch.where(
                keep[:, None, None], before, self.distribution.exploration_matrices
            )


def _steps_per_noise(model: Any) -> int:
    """Return after how many steps training draws new noise; 0 where it does so at the end of an episode."""
    if model.sde_sample_freq > 0:
        return int(model.sde_sample_freq)
    if isinstance(model, OnPolicyAlgorithm):
        return int(model.n_steps)
    every = model.train_freq
    return int(every.frequency) if every.unit == TrainFrequencyUnit.STEP else 0
