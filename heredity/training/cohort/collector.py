"""The members of a shard while they train: models, environments, and the rollouts that they collect together."""

from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import gymnasium
import numpy as np
from stable_baselines3 import PPO

from heredity.agents.agent import unpack
from heredity.agents.spaces import SpacesOnly
from heredity.agents.twins.policy import Policy, Weights
from heredity.training.cohort.environments import make_envs
from heredity.training.cohort.normalizers import Normalizers
from heredity.training.cohort.stepping import Ended, Envs, SteppedEnvs
from heredity.training.cohort.update import Rollout
from heredity.training.shard import Shard
from heredity.training.snapshot import Snapshot, restore, segment_seeds
from heredity.worker import acting

Array = np.ndarray[Any, Any]


class Collector:
    """What changes from step to step, members on the first axis.

    observations: float32[M, E, size], normalised, of the next step. starts: bool[M, E], whether it begins an episode.
    active: the members that still train.
    """

    def __init__(self, shard: Shard, snapshots: Sequence[Snapshot], env_steps: int) -> None:
        """Build every member's model as it was after `env_steps`, and begin or go on with an episode in every copy."""
        self.shard = shard
        self.models: list[PPO] = []
        seeds = [segment_seeds(member.seed, 0) for member in shard.members]  # of all segments: they leave no trace
        self.seeds = [model_seed for model_seed, _ in seeds]
        self.active = [m for m, snapshot in enumerate(snapshots) if not snapshot.done]
        for member, snapshot, each in zip(shard.members, snapshots, seeds, strict=True):
            acting(member.name)
            spaces = SpacesOnly(shard.task, shard.algorithm.n_envs)
            model = cast(PPO, unpack(snapshot.agent, shard.algorithm_of(member), shard.task, *each, spaces))
            model._last_obs = np.zeros(0)  # else these environments are reset, and their zeros counted as observations
            model._setup_learn(shard.budget_steps, reset_num_timesteps=False)
            restore(model, snapshot, shard)
            self.models.append(model)
        # Members that are done keep their rows, and their environments are begun though nobody steps them.
        self.envs: Envs = make_envs(shard, env_steps, [snapshot.carried for snapshot in snapshots])
        self.observations = self.envs.reset()
        replayed = [self.envs.replayed(m) for m in range(len(snapshots))]
        self.starts = np.array([[not rewards for rewards in copies] for copies in replayed])
        self._returns = np.array([[sum(map(float, rewards), 0.0) for rewards in copies] for copies in replayed])
        self._lengths = np.array([[len(rewards) for rewards in copies] for copies in replayed])
        normalizers = [envs for m in self.active if (envs := self.models[m].get_vec_normalize_env())]
        self.normalizers = Normalizers(normalizers) if normalizers else None
        if self.normalizers:
            self.normalizers.resume([replayed[m] for m in self.active])
            observations = self.observations[self.active]
            going_on = all(snapshots[m].carried for m in self.active)  # its observation is counted already
            self.observations[self.active] = self.normalizers.see(observations, count=not going_on)

    def collect(self, weights: Weights, policy: Policy, index: int) -> dict[int, Rollout]:
        """Let every active member take its steps of rollout `index`; return what each collected, by its place.

        One forward pass per environment step acts for every active member and copy. weights: of the active members,
        stacked on the first axis.
        """
        _, copies, size = self.observations.shape
        steps, action, count = self.models[0].n_steps, self.models[0].action_space, len(self.active)
        noise, orders = self._draws(policy, index)
        observations = np.zeros((count, steps, copies, size), np.float32)
        actions = np.zeros((count, steps, copies, *action.shape), np.int32 if policy.choices else np.float32)
        rewards, starts = np.zeros((count, steps, copies), np.float32), np.zeros((count, steps, copies), bool)
        truncated = []
        for t in range(steps):
            observations[:, t], starts[:, t] = self.observations[self.active], self.starts[self.active]
            actions[:, t] = chosen = policy.act(weights, observations[:, t], noise[t])
            rewards[:, t], ended = self.step(chosen)
            truncated += [(t, end) for end in ended if end.truncated]
        self._bootstrap(weights, policy, rewards, truncated)
        last = self.observations[self.active], self.starts[self.active]
        parts = observations, actions, rewards, starts, *last, orders
        return {m: Rollout(*(part[row] for part in parts)) for row, m in enumerate(self.active)}

    def step(self, actions: Array) -> tuple[Array, list[Ended]]:
        """Step the active members by actions [A, E(, k)]; return rewards float32[A, E] and the ends, normalised."""
        space = self.models[0].action_space
        sent = np.clip(actions, space.low, space.high) if isinstance(space, gymnasium.spaces.Box) else actions
        observations, rewards, ended = cast(SteppedEnvs, self.envs).step(sent, self.active)
        self._count(rewards, ended)
        self.starts[self.active] = False
        for end in ended:
            self.starts[end.member, end.copy] = True
        if normalizers := self.normalizers:
            observations, rewards = normalizers.see(observations), normalizers.pay(rewards, self.starts[self.active])
            rows = {m: row for row, m in enumerate(self.active)}
            ended = [
                end._replace(last_observation=normalizers.scale(rows[end.member], end.last_observation))
                for end in ended
            ]
        self.observations[self.active] = observations
        return rewards, ended

    def stop(self, m: int) -> str | None:
        """Leave a member as it is from now on, its normalizer up to date; return what it failed of, if it did."""
        if self.normalizers:
            self.normalizers.release(self.active.index(m))
        self.active.remove(m)
        return self.envs.release(m)

    def pop_failed(self) -> list[tuple[int, str]]:
        """Stop the members whose environments have failed since the last call, and return them with the reasons."""
        failed = [(m, self.envs.failures[m]) for m in self.active if m in self.envs.failures]
        for m, _ in failed:
            self.stop(m)
        return failed

    def close(self) -> None:
        """Let go of the environments."""
        self.envs.close()

    def _count(self, rewards: Array, ended: list[Ended]) -> None:
        """Keep the books that Stable-Baselines3 keeps of finished episodes, in the models' own buffers."""
        self._returns[self.active] += rewards
        self._lengths[self.active] += 1
        for end in ended:
            place, model = end[:2], self.models[end.member]
            paid = self._returns[place] if end.unshaped is None else end.unshaped
            episode = {"r": float(paid), "l": int(self._lengths[place])}
            cast(deque[Any], model.ep_info_buffer).append(episode)
            if end.success is not None:
                cast(deque[Any], model.ep_success_buffer).append(end.success)
            self._returns[place], self._lengths[place] = 0.0, 0

    def _bootstrap(self, weights: Weights, policy: Policy, rewards: Array, truncated: list[tuple[int, Ended]]) -> None:
        """Add the discounted value of a truncated episode's last observation to its last reward."""
        for row, m in enumerate(self.active):
            ends = [(t, end) for t, end in truncated if end.member == m]
            if not ends:
                continue
            mine = {name: leaf[row] for name, leaf in weights.items()}
            values = policy.value(mine, np.stack([end.last_observation for _, end in ends]))
            for (t, end), value in zip(ends, values, strict=True):
                rewards[row, t, end.copy] += self.models[m].gamma * value

    def _draws(self, policy: Policy, index: int) -> tuple[Array, Array]:
        """Draw each active member's noise [T, A, E, k] and orders [A, epochs, T·E] from its seed and `index`.

        A generator per member and rollout, so that no draw depends on who else trains, nor on where it was interrupted.
        """
        model, copies, count = self.models[0], self.observations.shape[1], len(self.active)
        width = sum(policy.choices) or int(np.prod(model.action_space.shape))
        noise = np.zeros((model.n_steps, count, copies, width), np.float32)
        orders = np.zeros((count, model.n_epochs, model.n_steps * copies), np.int32)
        for row, m in enumerate(self.active):
            rng = np.random.default_rng([self.seeds[m], index])
            draw = rng.gumbel if policy.choices else rng.standard_normal
            noise[:, row] = draw(size=(model.n_steps, copies, width))
            orders[row] = [rng.permutation(model.n_steps * copies) for _ in range(model.n_epochs)]
        return noise, orders
