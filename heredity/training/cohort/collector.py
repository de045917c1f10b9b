"""The members of a shard while they train: models, environments, and where their episodes stand."""

from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import gymnasium
import numpy as np
from stable_baselines3 import PPO

from heredity.agent import unpack
from heredity.training import Shard
from heredity.training.cohort.environments import Ended, make_envs
from heredity.training.cohort.normalizers import Normalizers
from heredity.training.cohort.still import StillEnvs
from heredity.training.snapshot import Snapshot, restore, segment_seeds

Array = np.ndarray[Any, Any]


class Crew:
    """What changes from step to step, members on the first axis.

    observations: float32[M, E, size], normalised, of the next step. starts: bool[M, E], whether it begins an episode.
    active: the members that still train.
    """

    def __init__(self, shard: Shard, snapshots: Sequence[Snapshot], env_steps: int) -> None:
        """Build every member's model as it was after `env_steps`, and begin an episode in every copy."""
        self.shard = shard
        self.models: list[PPO] = []
        self.seeds = [segment_seeds(member.seed, 0)[0] for member in shard.members]
        self.active = [m for m, snapshot in enumerate(snapshots) if not snapshot.done]
        seeds = [segment_seeds(member.seed, env_steps) for member in shard.members]
        for member, snapshot, of_segment in zip(shard.members, snapshots, seeds, strict=True):
            still = StillEnvs(shard.task, shard.algorithm.n_envs)  # its own: a model seeds its action space
            model = cast(PPO, unpack(snapshot.agent, shard.algorithm_of(member), shard.task, *of_segment, still))
            model._setup_learn(shard.budget_steps)
            restore(model, snapshot, shard.budget_steps)
            self.models.append(model)
        self.envs = make_envs(shard, [env_seed for _, env_seed in seeds])
        self.observations = self.envs.reset()
        shape = self.observations.shape[:2]
        self.starts = np.ones(shape, bool)
        normalizers = [own for m in self.active if (own := self.models[m].get_vec_normalize_env())]
        self.normalizers = Normalizers(normalizers) if normalizers else None
        if self.normalizers:
            self.observations[self.active] = self.normalizers.see(self.observations[self.active])
        self._returns, self._lengths = np.zeros(shape), np.zeros(shape, np.int64)

    def padded(self, members: list[int]) -> Array:
        """Return some members as int32[M]; what follows them is not looked at."""
        return np.array(members + [0] * (len(self.models) - len(members)), np.int32)

    def step(self, actions: Array) -> tuple[Array, list[Ended]]:
        """Step the active members by actions [A, E(, k)]; return rewards float32[A, E] and the ends, normalised."""
        space = self.models[0].action_space
        sent = np.clip(actions, space.low, space.high) if isinstance(space, gymnasium.spaces.Box) else actions
        observations, rewards, ended = self.envs.step(sent, self.active)
        self._count(rewards, ended)
        self.starts[self.active] = False
        for end in ended:
            self.starts[end.member, end.copy] = True
        if own := self.normalizers:
            observations, rewards = own.see(observations), own.pay(rewards, self.starts[self.active])
            rows = {m: row for row, m in enumerate(self.active)}
            ended = [end._replace(last_observation=own.scale(rows[end.member], end.last_observation)) for end in ended]
        self.observations[self.active] = observations
        return rewards, ended

    def stop(self, m: int) -> None:
        """Leave a member as it is from now on, its model's normalizer up to date."""
        if self.normalizers:
            self.normalizers.release(self.active.index(m))
        self.active.remove(m)

    def fallen(self) -> list[tuple[int, str]]:
        """Stop the members whose environments have failed since the last call, and return them with the reasons."""
        failed = [(m, self.envs.failures[m]) for m in self.active if m in self.envs.failures]
        for m, _ in failed:
            self.stop(m)
        return failed

    def _count(self, rewards: Array, ended: list[Ended]) -> None:
        """Keep the books that Stable-Baselines3 keeps of finished episodes, in the models' own buffers."""
        self._returns[self.active] += rewards
        self._lengths[self.active] += 1
        for end in ended:
            place, model = end[:2], self.models[end.member]
            episode = {"r": float(self._returns[place]), "l": int(self._lengths[place])}
            cast(deque[Any], model.ep_info_buffer).append(episode)
            if end.success is not None:
                cast(deque[Any], model.ep_success_buffer).append(end.success)
            self._returns[place], self._lengths[place] = 0.0, 0
