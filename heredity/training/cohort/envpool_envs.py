"""The environment copies of a whole shard from EnvPool, stepped by one call."""

import warnings
from typing import Any

import numpy as np

from heredity.agents.task import Task
from heredity.agents.wrappers import MINIGRID_SCALE
from heredity.training.cohort.stepping import Array, Ended, Stepped


class EnvPoolEnvs:
    """One EnvPool for the whole shard."""

    def __init__(self, task: Task, seeds: list[list[int]]) -> None:
        """Build copy e of member m from `seeds[m][e]`, all stepped by one thread."""
        import envpool

        self.id, self.members, self.each = task.id, len(seeds), len(seeds[0])
        self.failures: dict[int, str] = {}
        flat = [seed for row in seeds for seed in row]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the precision of EnvPool's own spaces, which are not used
            config = envpool.make_spec(task.id).config
            self.is_minigrid = "mission_bytes" in config._fields
            self.limit = config.max_episode_steps
            # EnvPool calls every end at its limit a truncation, so the limit is kept here where nothing else reads it.
            own_limit = {} if self.is_minigrid else {"max_episode_steps": self.limit + 1}
            self.pool = envpool.make_gymnasium(task.id, num_envs=len(flat), num_threads=1, env_seed=flat, **own_limit)
            _ = self.pool.observation_space, self.pool.action_space  # made, and complained about, once
        self.ids = np.arange(len(flat), dtype=np.int32).reshape(self.members, self.each)

    def reset(self) -> Array:
        """Begin an episode in every copy."""
        return self._observations(*self.pool.reset()).reshape(self.members, self.each, -1)

    def replayed(self, m: int) -> list[list[np.float32]]:  # noqa: ARG002
        """Return nothing, for every episode begins."""
        return [[]] * self.each

    def longest(self) -> int:
        """Return the limit of an episode."""
        return int(self.limit)

    def carried(self, m: int) -> None:
        """Return nothing."""

    def release(self, m: int) -> str | None:
        """Return what a member failed of; its copies are the pool's."""
        return self.failures.get(m)

    def step(self, actions: Array, active: list[int]) -> Stepped:
        """Step every active copy in one call, then begin the next episode of those that are done."""
        ids = self.ids[active]
        raw, rewards, terminated, truncated, info = self.pool.step(
            actions.reshape(ids.size, *actions.shape[2:]), ids.ravel()
        )
        # EnvPool answers in the order in which its environments happen to finish, not in that of the actions, and says
        # whose row each is. Sorted by that, row k is again the k-th of the copies asked for, whose ids ascend.
        order = np.argsort(info["env_id"])
        observations = self._observations(raw, info)
        over, cut = (flags[order] for flags in self._ends(rewards, terminated, truncated, info["elapsed_step"]))
        done = np.flatnonzero(over | cut)
        ended: list[Ended] = []
        if len(done):
            places = [(active[k // self.each], int(k % self.each)) for k in done]
            ended = [
                Ended(*place, observations[k].copy(), bool(cut[k]), None) for place, k in zip(places, done, strict=True)
            ]
            observations[done] = self._observations(*self.pool.reset(ids.ravel()[done]))
        shape = len(active), self.each
        observations, paid = observations.reshape(*shape, -1), rewards[order].astype(np.float32).reshape(shape)
        self._fail_infinite(observations, paid, active)
        return Stepped(observations, paid, [end for end in ended if end.member not in self.failures])

    def _fail_infinite(self, observations: Array, rewards: Array, active: list[int]) -> None:
        """Let a member fail whose copies answer with NaN or infinity, and show and pay it zeros from then on."""
        if np.isfinite(observations).all() and np.isfinite(rewards).all():
            return
        for row, m in enumerate(active):
            for what, numbers in (("observations", observations[row]), ("rewards", rewards[row])):
                if not np.isfinite(numbers).all():
                    self.failures.setdefault(m, f"{self.id}: expected finite {what} of EnvPool, got NaN or infinity")
            if m in self.failures:
                observations[row], rewards[row] = 0, 0

    def close(self) -> None:
        """Stop EnvPool's thread."""
        self.pool.close()

    def _ends(self, rewards: Array, terminated: Array, truncated: Array, elapsed_steps: Array) -> tuple[Array, Array]:
        """Return which episodes ended by themselves, at their limit too, and which were cut off by it.

        MiniGrid needs to know its limit for its reward; there an end at the limit that pays is one of its own.
        """
        over = terminated | (truncated & (rewards != 0)) if self.is_minigrid else terminated | truncated
        return over, ~over & (truncated | (elapsed_steps == self.limit))

    def _observations(self, raw: Any, info: Any) -> Array:
        """Return float32[copies, size] in the copies' order; MiniGrid's image as FlatView shows it."""
        order = np.argsort(info["env_id"])
        if isinstance(raw, dict):
            return np.asarray(raw["image"][order].reshape(len(order), -1) / np.float32(MINIGRID_SCALE), np.float32)
        return np.asarray(raw, np.float32)[order].reshape(len(order), -1)
