"""The collector of members whose environment has a twin: a rollout is one call for a tile of them."""

from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from heredity.agents.twins.policy import Policy, Weights
from heredity.training.cohort.collector import Collector
from heredity.training.cohort.fused import Collected
from heredity.training.cohort.twin_envs import TwinEnvs
from heredity.training.cohort.update import Rollout
from heredity.training.shard import Shard
from heredity.training.snapshot import Snapshot

Array = np.ndarray[Any, Any]


class FusedCollector(Collector):
    """Draws what a Collector draws, in the same order, so that only who plays the environment differs."""

    def __init__(self, shard: Shard, snapshots: Sequence[Snapshot], env_steps: int) -> None:
        """Go on from what members saw last, to the bit; who begins has seen it now."""
        super().__init__(shard, snapshots, env_steps)
        envs = cast(TwinEnvs, self.envs)
        for m in self.active if self.normalizers else ():
            if (carried := envs.playing[m].scaled) is not None:
                self.observations[m] = carried
            envs.playing[m] = envs.playing[m]._replace(scaled=self.observations[m].copy())

    def collect(self, weights: Weights, policy: Policy, index: int) -> dict[int, Rollout]:
        """Let every active member take its steps of rollout `index`; return what each collected, by its place."""
        noise, orders = self._draws(policy, index)
        envs, active = cast(TwinEnvs, self.envs), self.active
        collected = envs.rollout(policy, weights, noise, index, active, self.normalizers)
        gammas = np.array([self.models[m].gamma for m in active], np.float32)[:, None]
        rewards, starts = collected.paid + gammas * collected.cut, np.roll(collected.over, 1, axis=0)
        starts[0] = self.starts[active]
        self._count_rollout(collected, active)
        self.starts[active] = collected.over[-1]
        playing = [envs.playing[m] for m in active]
        self.observations[active] = [each.observations if each.scaled is None else each.scaled for each in playing]
        last = self.observations[active], self.starts[active], orders
        parts = collected.observations, collected.actions, rewards, starts
        return {
            m: Rollout(*(part[:, row] for part in parts), *(part[row] for part in last)) for row, m in enumerate(active)
        }

    def _count_rollout(self, collected: Collected, active: Sequence[int]) -> None:
        """Keep the books of finished episodes in the models' own buffers, in the order in which they ended."""
        for row, m in enumerate(active):
            books, begun = cast(deque[Any], self.models[m].ep_info_buffer), [0] * self.starts.shape[1]
            for t, copy in np.argwhere(collected.over[:, row]).tolist():
                self._pay(m, copy, collected.rewards[begun[copy] : t + 1, row, copy])
                books.append({"r": float(self._returns[m, copy]), "l": int(self._lengths[m, copy])})
                self._returns[m, copy], self._lengths[m, copy], begun[copy] = 0, 0, t + 1
            for copy, first in enumerate(begun):
                self._pay(m, copy, collected.rewards[first:, row, copy])

    def _pay(self, m: int, copy: int, rewards: Array) -> None:
        """Add rewards one by one, so that a sum does not depend on where a rollout ended."""
        self._returns[m, copy] = np.cumsum([self._returns[m, copy], *rewards.tolist()])[-1]
        self._lengths[m, copy] += len(rewards)
