"""The environment copies of a whole shard, stepped by one call: from Gymnasium one by one, or from EnvPool at once.

A copy that is done is reset within the step, and its last observation is handed over, so truncation can be treated as
truncation. Gymnasium's own vectorised CartPole is not used: it resets by a step of its own, which would leave
transitions in the rollout that nobody chose. Every copy has a seed of its own, whoever else is in the shard.
"""

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec as find_package
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from heredity.agents.task import Task
from heredity.agents.wrappers import FLAT_VIEW, MINIGRID_SCALE
from heredity.errors import StudyError
from heredity.seeds import seed_integers
from heredity.study.sections import Wrapper
from heredity.training.copies import Carried, Copies
from heredity.training.shard import Shard
from heredity.training.snapshot import failure_of, segment_seeds

Array = np.ndarray[Any, Any]
R = TypeVar("R")


class Ended(NamedTuple):
    """The end of one copy's episode; `success` is None where the environment does not report it."""

    member: int
    copy: int
    last_observation: Array
    truncated: bool
    success: bool | None


class Stepped(NamedTuple):
    """A step of every copy of the active members: float32[A, E, size], float32[A, E], and the episodes it ended."""

    observations: Array
    rewards: Array
    ended: list[Ended]


class Envs(Protocol):
    """What the rollout needs of environments.

    failures: what went wrong, by member; the copies of such a member stand still, and all that they show is zero.
    """

    failures: dict[int, str]

    def reset(self) -> Array:
        """Begin an episode in every copy, or go on with the one that is carried; float32[M, E, size]."""

    def replayed(self, m: int) -> list[list[np.float32]]:
        """Return the rewards so far of the episode that each copy of a member goes on with; none where it begins."""

    def step(self, actions: Array, active: list[int]) -> Stepped:
        """Step the active members' copies by actions [A, E(, k)]."""

    def longest(self) -> int:
        """Return the steps of the longest episode so far, or of the longest that there may be."""

    def carried(self, m: int) -> bytes | None:
        """Return the episodes that a member's copies are in, as `Carried` packs them."""

    def close(self) -> None:
        """Let go of what the copies hold."""


def make_envs(shard: Shard, env_steps: int, carried: Sequence[Carried | None]) -> Envs:
    """Build the copies of every member, for the segment that begins after `env_steps`, as `train.environments` says.

    carried: by member, what the segment before left; EnvPool cannot go on with it, and begins its episodes anew.

    Raises StudyError when EnvPool is asked for and cannot be used.
    """
    kind = shard.train.environments
    reason = "gymnasium is asked for" if kind == "gymnasium" else why_not_envpool(shard.task)
    if kind == "envpool" and reason:
        raise StudyError(f"train.environments: envpool cannot make {shard.task.id}: {reason}; write gymnasium")
    n, seeds = shard.algorithm.n_envs, [member.seed for member in shard.members]
    if reason:
        return GymnasiumEnvs(shard.task, n, [segment_seeds(seed, 0)[1] for seed in seeds], carried)
    return EnvPoolEnvs(shard.task, [seed_integers(segment_seeds(seed, env_steps)[1], n) for seed in seeds])


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

    def __init__(self, task: Task, n: int, seeds: Sequence[int], carried: Sequence[Carried | None]) -> None:
        """Build `n` copies for member m, on seeds that `seeds[m]` splits into."""
        self.failures: dict[int, str] = {}
        self.members = [Copies(task, n, *each) for each in zip(seeds, carried, strict=True)]
        size = int(np.prod(self.members[0].each[0].observation_space.shape))
        self.nothing = np.zeros((n, size), np.float32)

    def reset(self) -> Array:
        """Begin an episode in every copy, or go on with the one that is carried."""
        return np.array(
            [self._tried(m, self._reset_member, self.nothing) for m in range(len(self.members))], np.float32
        )

    def replayed(self, m: int) -> list[list[np.float32]]:
        """Return each copy's."""
        return [copy.replayed for copy in self.members[m].each]

    def longest(self) -> int:
        """Return it over all members."""
        return max(copies.longest() for copies in self.members)

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
        """Close every copy."""
        for copies in self.members:
            copies.close()

    def _tried(self, m: int, call: Callable[[int], R], otherwise: R) -> R:
        """Return call(m), or `otherwise` where a copy of that member fails or has failed."""
        if m in self.failures:  # until the rollout is over: rows cannot leave in the middle of its arrays
            return otherwise
        try:
            return call(m)
        except Exception as error:
            self.failures[m] = failure_of(error)
            return otherwise

    def _reset_member(self, m: int) -> Array:
        return np.array([_flat(copy.reset()[0]) for copy in self.members[m].each])

    def _step_member(self, actions: Array, m: int) -> tuple[Array, Array, list[Ended]]:
        steps = [self._step(m, e, action) for e, action in enumerate(actions)]
        observations, rewards, ends = zip(*steps, strict=True)
        return np.array(observations), np.array(rewards), [end for end in ends if end is not None]

    def _step(self, m: int, e: int, action: Any) -> tuple[Array, float, Ended | None]:
        copy = self.members[m].each[e]
        raw, reward, terminated, truncated, info = copy.step(action)
        observation = _flat(raw)
        if not (terminated or truncated):
            return observation, float(reward), None
        success = info.get("is_success")
        end = Ended(m, e, observation, truncated and not terminated, None if success is None else bool(success))
        return _flat(copy.reset()[0]), float(reward), end


class EnvPoolEnvs:
    """One EnvPool for the whole shard."""

    def __init__(self, task: Task, seeds: list[list[int]]) -> None:
        """Build copy e of member m from `seeds[m][e]`, all stepped by one thread."""
        import envpool

        self.members, self.each = len(seeds), len(seeds[0])
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
        return Stepped(observations.reshape(*shape, -1), rewards[order].astype(np.float32).reshape(shape), ended)

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
