"""Members that learn with the same hyperparameters: one model says what these come to, and how all of them pack."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from stable_baselines3 import PPO

from heredity.agents.agent import Agent, pack, unpack
from heredity.agents.spaces import SpacesOnly
from heredity.training.cohort.learner import hyperparameters
from heredity.training.cohort.update import Hyperparameters
from heredity.training.shard import Member, Shard
from heredity.training.snapshot import Snapshot, restore, segment_seeds

COUNTED = ("num_timesteps", "_n_updates", "_current_progress_remaining", "seed")
"""What of an agent's account is each member's own."""


@dataclass(eq=False)
class Kind:
    """model: that of the first of the members, at its beginning."""

    shard: Shard
    first: Member
    model: PPO

    @classmethod
    def of(cls, shard: Shard, member: Member) -> "Kind":
        """Build a member's model. Raises AgentError where its agent is not one of the shard's algorithm."""
        seeds, spaces = segment_seeds(member.seed, 0), SpacesOnly(shard.task, shard.algorithm.n_envs)
        model = cast(PPO, unpack(member.initial, shard.algorithm_of(member), shard.task, *seeds, spaces))
        model._last_obs = np.zeros(0)  # else its environments are reset, and their zeros are counted
        model._setup_learn(shard.budget_steps, reset_num_timesteps=False)
        restore(model, Snapshot.first(member), shard)
        return cls(shard, member, model)

    @property
    def rollout_steps(self) -> int:
        """Environment steps of a rollout."""
        return self.model.n_steps * self.model.n_envs

    @cached_property
    def _known(self) -> dict[int, Hyperparameters]:
        return {}

    def at(self, rollout: int) -> Hyperparameters:
        """Return hyperparameters at the update of a rollout, the first of which is 1."""
        if rollout not in self._known:
            self._clock(rollout)
            self._known[rollout] = hyperparameters(self.model)
        return self._known[rollout]

    @cached_property
    def template(self) -> Agent:
        """The first member as it began, as an agent of this training."""
        return pack(self.model, self.shard.algorithm_of(self.first))

    def account(self, member: Member, rollouts: int) -> dict[str, Any]:
        """Return what of a member's account is its own after so many rollouts."""
        self._clock(rollouts)
        own = self.model._current_progress_remaining, segment_seeds(member.seed, 0)[0]
        numbers = rollouts * self.rollout_steps, rollouts * self.model.n_epochs, *own
        return dict(zip(COUNTED, numbers, strict=True))

    def _clock(self, rollouts: int) -> None:
        self.model._update_current_progress_remaining(rollouts * self.rollout_steps, self.shard.budget_steps)


def kinds_of(shard: Shard) -> list[Kind]:
    """Return each member's kind."""
    kinds: dict[str, Kind] = {}
    for member in shard.members:
        own = repr(sorted(member.hyperparameters.items()))
        if own not in kinds:
            kinds[own] = Kind.of(shard, member)
    return [kinds[repr(sorted(member.hyperparameters.items()))] for member in shard.members]


def settings_of(kinds: Sequence[Kind], rollouts: Sequence[int], iterations: int) -> Hyperparameters:
    """Return hyperparameters float32[K, M] of the next iterations, of members with so many rollouts behind them."""
    each = [
        [kind.at(behind + k + 1)[:-1] for kind, behind in zip(kinds, rollouts, strict=True)] for k in range(iterations)
    ]
    return Hyperparameters(*np.moveaxis(np.array(each, np.float32), -1, 0))
