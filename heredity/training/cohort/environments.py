"""The environment copies of a whole shard: Gymnasium's, one by one, or who else steps them as `train` says.

A copy that is done is reset within the step, and its last observation is handed over, so truncation can be treated as
truncation. Gymnasium's own vectorised CartPole is not used: it resets by a step of its own, which would leave
transitions in the rollout that nobody chose. Every copy has a seed of its own, whoever else is in the shard.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec as find_package
from typing import Any, TypeVar

import numpy as np

from heredity.agents.shaping import unshaped_return
from heredity.agents.task import Task, task_spaces
from heredity.agents.twins.registry import why_no_twin
from heredity.agents.wrappers import FLAT_VIEW
from heredity.errors import StudyError, TaskError
from heredity.seeds import seed_integers
from heredity.study.sections import Wrapper
from heredity.training.cohort.envpool_envs import EnvPoolEnvs
from heredity.training.cohort.stepping import Array, Ended, Envs, Stepped
from heredity.training.copies import Carried, Copies
from heredity.training.shard import Shard
from heredity.training.snapshot import failure_of, segment_seeds
from heredity.worker import acting

R = TypeVar("R")


def make_envs(shard: Shard, env_steps: int, carried: Sequence[bytes | None]) -> Envs:
    """Build the copies of every member, for the segment that begins after `env_steps`, as `train.environments` says.

    carried: by member, what the segment before left; EnvPool cannot go on with it, and begins its episodes anew.

    Raises StudyError when EnvPool or a twin is asked for and there is none.
    """
    kind = shard.train.environments
    if kind == "jax":
        return _twin_envs(shard, carried)
    reason = "gymnasium is asked for" if kind == "gymnasium" else why_not_envpool(shard.task)
    if kind == "envpool" and reason:
        raise StudyError(f"train.environments: envpool cannot make {shard.task.id}: {reason}; write gymnasium")
    n, members = shard.algorithm.n_envs, shard.members
    if reason:
        seeds = {member.name: segment_seeds(member.seed, 0)[1] for member in members}
        return GymnasiumEnvs(shard.task, n, seeds, [Carried.unpack(each) for each in carried])
    return EnvPoolEnvs(shard.task, [seed_integers(segment_seeds(each.seed, env_steps)[1], n) for each in members])


def _twin_envs(shard: Shard, carried: Sequence[bytes | None]) -> Envs:
    from heredity.training.cohort.twin_envs import TwinEnvs

    if reason := why_no_twin(shard.task):
        raise StudyError(f"train.environments: jax cannot play {shard.task.id}: {reason}; write auto")
    seeds = [segment_seeds(member.seed, 0)[1] for member in shard.members]
    return TwinEnvs(shard.task, shard.algorithm.n_envs, seeds, carried)


def why_not_envpool(task: Task) -> str | None:
    """Return why EnvPool cannot stand in for a task, or None when it can: MiniGrid's it shows as one wrapper does."""
    if task.kwargs:
        return "it takes no arguments"
    if task.shaping:
        return "it takes no wrappers for training alone"
    if task.at_once:
        return "it keeps to no limit of those that may be open at once"
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
        cut, succeeded = truncated and not terminated, None if success is None else bool(success)
        end = Ended(m, e, _flat(observation), cut, succeeded, unshaped_return(info))
        return copy.reset()[0], float(reward), end


def _flat(observation: Any) -> Array:
    return np.asarray(observation, np.float32).ravel()
