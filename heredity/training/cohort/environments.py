"""The environment copies of a whole shard, stepped by one call: from Gymnasium one by one, or from EnvPool at once.

A copy that is done is reset within the step, and its last observation is handed over, so truncation can be treated as
truncation. Gymnasium's own vectorised CartPole is not used: it resets by a step of its own, which would leave
transitions in the rollout that nobody chose. Every copy has a seed of its own, whoever else is in the shard.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec as find_package
from typing import Any, TypeVar

import numpy as np

from heredity.agents.task import Task, task_spaces
from heredity.agents.wrappers import FLAT_VIEW, MINIGRID_SCALE
from heredity.errors import StudyError, TaskError
from heredity.seeds import seed_integers
from heredity.study.sections import Wrapper
from heredity.training.cohort.stepping import Array, Ended, Envs, Stepped
from heredity.training.copies import Carried, Copies
from heredity.training.shard import Shard
from heredity.training.snapshot import failure_of, segment_seeds
from heredity.worker import acting

R = TypeVar("R")


def make_envs(shard: Shard, env_steps: int, carried: Sequence[Carried | None]) -> Envs:
    """Build the copies of every member, for the segment that begins after `env_steps`, as `train.environments` says.

    carried: by member, what the segment before left; EnvPool cannot go on with it, and begins its episodes anew.

    Raises StudyError when EnvPool is asked for and cannot be used.
    """
    kind = shard.train.environments
    reason = "gymnasium is asked for" if kind == "gymnasium" else why_not_envpool(shard.task)
    if kind == "envpool" and reason:
        raise StudyError(f"train.environments: envpool cannot make {shard.task.id}: {reason}; write gymnasium")
    n, members = shard.algorithm.n_envs, shard.members
    if reason:
        seeds = {member.name: segment_seeds(member.seed, 0)[1] for member in members}
        return GymnasiumEnvs(shard.task, n, seeds, carried)
    return EnvPoolEnvs(shard.task, [seed_integers(segment_seeds(each.seed, env_steps)[1], n) for each in members])


def why_not_envpool(task: Task) -> str | None:
    """Return why EnvPool cannot stand in for a task, or None when it can: MiniGrid's it shows as one wrapper does."""
    if task.kwargs:
        return "it takes no arguments"
    is_minigrid = task.id.startswith("MiniGrid-")
    if task.wrappers != ((Wrapper(name=FLAT_VIEW),) if is_minigrid else ()):
        return f"it takes MiniGrid with the one wrapper {FLAT_VIEW}" if is_minigrid else "it takes no wrappers"
    if find_package("envpool") is None:
        return "it is not installed (pip install 'heredity[envpool]')"
    import envpool

    return None if task.id in envpool.list_all_envs() else "it does not have it"


class GymnasiumEnvs:
    """Gymnasium's own environments, one by one."""

    def __init__(self, task: Task, n: int, seeds: Mapping[str, int], carried: Sequence[Carried | None]) -> None:
        """Build `n` copies for each member, on seeds that the one by its name splits into."""
        self.failures: dict[int, str] = {}
        self.names = list(seeds)
        self._released: set[int] = set()
        self.nothing = np.zeros((n, int(np.prod(task_spaces(task)[0].shape or ()))), np.float32)
        self.members: dict[int, Copies] = {}  # but for those that cannot be made
        for m, each in enumerate(zip(seeds.values(), carried, strict=True)):
            self._tried(m, partial(self._make_member, task, n, *each), None)
        self.size = len(seeds)

    def reset(self) -> Array:
        """Begin an episode in every copy, or go on with the one that is carried."""
        return np.array([self._tried(m, self._reset_member, self.nothing) for m in range(self.size)], np.float32)

    def replayed(self, m: int) -> list[list[np.float32]]:
        """Return each copy's."""
        return [copy.replayed for copy in self.members[m].each] if m in self.members else [[]] * len(self.nothing)

    def longest(self) -> int:
        """Return it over all members."""
        return max((copies.longest() for copies in self.members.values()), default=0)

    def carried(self, m: int) -> bytes:
        """Return what the next segment of a member needs to know."""
        return self.members[m].carried().pack()

    def step(self, actions: Array, active: list[int]) -> Stepped:
        """Step copy after copy."""
        at_rest: tuple[Array, Array, list[Ended]] = self.nothing, np.zeros(len(self.nothing), np.float32), []
        each = [
            self._tried(m, partial(self._step_member, row), at_rest) for m, row in zip(active, actions, strict=True)
        ]
        observations, rewards, ended = zip(*each, strict=True)
        ends = [end for of_member in ended for end in of_member]
        return Stepped(np.array(observations, np.float32), np.array(rewards, np.float32), ends)

    def close(self) -> None:
        """Close the copies that are left: of members that have failed, or were done before."""
        for m in range(self.size):
            self.release(m)

    def release(self, m: int) -> str | None:
        """Close a member's copies, which nobody steps any more; return why it failed, of that or before, if it did."""
        if m in self.members and m not in self._released:
            self._released.add(m)
            acting(self.names[m])
            try:
                self.members[m].close()
            except TaskError as error:
                self.failures.setdefault(m, failure_of(error))
        return self.failures.get(m)

    def _tried(self, m: int, call: Callable[[int], R], otherwise: R) -> R:
        """Return call(m), or `otherwise` where a copy of that member fails or has failed."""
        if m in self.failures:  # until the rollout is over: rows cannot leave in the middle of its arrays
            return otherwise
        acting(self.names[m])
        try:
            return call(m)
        except Exception as error:
            self.failures[m] = failure_of(error)
            return otherwise

    def _make_member(self, task: Task, n: int, seed: int, carried: Carried | None, m: int) -> None:
        self.members[m] = Copies(task, n, seed, carried)

    def _reset_member(self, m: int) -> Array:
        return np.array([_flat(copy.reset()[0]) for copy in self.members[m].each])

    def _step_member(self, actions: Array, m: int) -> tuple[Array, Array, list[Ended]]:
        with self.members[m].each[0].env.turn():
            steps = [self._step(m, e, action) for e, action in enumerate(actions)]
        observations, rewards, ends = zip(*steps, strict=True)
        rows = np.array(observations, np.float32).reshape(len(steps), -1)
        return rows, np.array(rewards), [end for end in ends if end is not None]

    def _step(self, m: int, e: int, action: Any) -> tuple[Any, float, Ended | None]:
        copy = self.members[m].each[e]
        observation, reward, terminated, truncated, info = copy.step(action)
        if not (terminated or truncated):
            return observation, float(reward), None
        success = info.get("is_success")
        end = Ended(m, e, _flat(observation), truncated and not terminated, None if success is None else bool(success))
        return copy.reset()[0], float(reward), end


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


def _flat(observation: Any) -> Array:
    return np.asarray(observation, np.float32).ravel()
