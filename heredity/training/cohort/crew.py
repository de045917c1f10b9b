"""The members of a shard while they train: models, environments, and where their episodes stand."""

from collections import deque
from typing import Any, cast

import gymnasium
import numpy as np
from stable_baselines3 import PPO

from heredity.agent import unpack
from heredity.seeds import seed_integers
from heredity.training import Shard
from heredity.training.cohort.environments import Ended, make_envs
from heredity.training.cohort.normalizers import Normalizers
from heredity.training.cohort.still import StillEnvs
from heredity.training.recorder import failures_named

Array = np.ndarray[Any, Any]


class Crew:
    """What changes from step to step, members on the first axis.

    observations: float32[M, E, size], normalised, of the next step. starts: bool[M, E], whether it begins an episode.
    active: the members that still train.
    """

    def __init__(self, shard: Shard) -> None:
        """Build every member's model from its initial agent, and begin an episode in every copy."""
        self.shard = shard
        self.models: list[PPO] = []
        self.seeds: list[int] = []
        env_seeds = []
        for member in shard.members:
            model_seed, env_seed, _ = seed_integers(member.seed, 3)
            with failures_named(shard, member):
                still = StillEnvs(shard.task, shard.algorithm.n_envs)  # its own: a model seeds its action space
                model = cast(
                    PPO, unpack(member.initial, shard.algorithm_of(member), shard.task, model_seed, env_seed, still)
                )
            model._setup_learn(shard.budget_steps)
            self.models.append(model)
            self.seeds.append(model_seed)
            env_seeds.append(env_seed)
        self.envs = make_envs(shard, env_seeds)
        self.active = list(range(len(self.models)))
        first = self.envs.reset()
        self.starts = np.ones(first.shape[:2], bool)
        normalizers = [own for model in self.models if (own := model.get_vec_normalize_env())]
        self.normalizers = Normalizers(normalizers) if normalizers else None
        self.observations = self.normalizers.see(first) if self.normalizers else first
        self._returns, self._lengths = np.zeros(first.shape[:2]), np.zeros(first.shape[:2], np.int64)

    def padded(self) -> Array:
        """Return the active members as int32[M]; what follows them is not looked at."""
        return np.array(self.active + [0] * (len(self.models) - len(self.active)), np.int32)

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
