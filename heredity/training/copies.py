"""The copies of a task that a member trains on, whose unfinished episodes are carried from one segment to the next.

Every episode of training begins on a seed of its own, by its copy and by how many the copy has played. So one that is
under way when a segment ends is told by that number and the actions taken in it: the environment that the next segment
builds is reset on its seed, and they are taken again. No state of an environment is ever stored.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.wrappers import TimeLimit
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecMonitor
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from heredity.agents.archives import npz, read_arrays
from heredity.agents.boundary.closing import close_all
from heredity.agents.boundary.places import of_too_many
from heredity.agents.shaping import unshaped_return
from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.seeds import seed_integers

log = logging.getLogger(__name__)

Array = np.ndarray[Any, Any]

FEW_EPISODES = 64
"""How many seeds a copy begins with; it takes twice as many each time they run out."""


@dataclass(frozen=True)
class UnderWay:
    """One copy's episode: the how many-th of the copy's it is, from 0, and the actions [steps, …] taken in it."""

    episode: int
    actions: Array


@dataclass(frozen=True)
class Carried:
    """What a segment leaves to the next: every copy's episode, and the length of the longest that ended so far.

    memory: what a recurrent policy keeps of the episodes, its states of actor and critic [layers, copies, size].
    """

    episodes: tuple[UnderWay, ...]
    longest: int = 0
    memory: tuple[Array, ...] = ()

    def pack(self) -> bytes:
        """Return it as an .npz of plain arrays."""
        arrays = {"longest": np.array(self.longest), "episodes": np.array([each.episode for each in self.episodes])}
        arrays |= {f"actions.{copy}": each.actions for copy, each in enumerate(self.episodes)}
        return npz({**arrays, **{f"memory.{index}": state for index, state in enumerate(self.memory)}})

    @classmethod
    def unpack(cls, content: bytes | None) -> "Carried | None":
        """Return what was packed, None for None. Raises AgentError for a damaged one."""
        if content is None:
            return None
        arrays = read_arrays(content, "episodes under way")
        episodes = [UnderWay(int(k), arrays[f"actions.{copy}"]) for copy, k in enumerate(arrays["episodes"])]
        memory = [arrays[f"memory.{index}"] for index in range(4) if f"memory.{index}" in arrays]
        return cls(tuple(episodes), int(arrays["longest"]), tuple(memory))


class Copy(gymnasium.Wrapper):  # type: ignore[misc]
    """One environment; each reset begins the copy's next episode, the k-th on the k-th seed that `seed` splits into.

    The first one may be carried on.

    replayed: the rewards, float32, of what was played again of a carried episode.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], seed: int, carried: UnderWay | None = None) -> None:
        super().__init__(env)
        self._seed, self._seeds, self._carried = seed, seed_integers(seed, FEW_EPISODES), carried
        self._episode = carried.episode - 1 if carried else -1
        self._actions: list[Any] = []
        self.replayed: list[np.float32] = []
        self.longest = 0

    def reset(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        """Begin the next episode, on its own seed whatever is asked for."""
        self.longest, self.replayed = max(self.longest, self.steps), []
        self._episode, self._actions = self._episode + 1, []
        if self._episode >= len(self._seeds):
            self._seeds = seed_integers(self._seed, 2 * self._episode)
        observation, info = self.env.reset(seed=self._seeds[self._episode])
        carried, self._carried = self._carried, None
        for action in carried.actions if carried else ():
            observation, reward, terminated, truncated, info = self.step(action)
            self.replayed.append(np.float32(reward))
            if terminated or truncated:
                log.warning("%s: a seed and actions that gave another episode before; it begins anew", self.env)
                return self.reset()
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step, and remember it."""
        # copied, because an environment may change the array that it is given
        self._actions.append(action.copy() if isinstance(action, np.ndarray) else action)
        answer: tuple[Any, Any, bool, bool, dict[str, Any]] = self.env.step(action)
        return answer

    @property
    def steps(self) -> int:
        """How many steps the episode that the copy is in has taken."""
        return len(self._actions)

    def under_way(self) -> UnderWay:
        """Return the episode that the copy is in."""
        return UnderWay(max(self._episode, 0), np.array(self._actions))


class _InTurns(DummyVecEnv):
    """Copies of one member, which are stepped in one turn: what a turn costs is paid once for all of them."""

    def step_wait(self) -> VecEnvStepReturn:
        """Step them. Raises TaskError."""
        with self.envs[0].env.turn():
            return super().step_wait()


class _Monitor(VecMonitor):
    """Tells of every episode what the environment paid, without what members alone are paid."""

    def step_wait(self) -> VecEnvStepReturn:
        """Step them. Raises TaskError."""
        observations, rewards, dones, infos = super().step_wait()
        for info in infos:
            if "episode" in info and (paid := unshaped_return(info)) is not None:
                info["episode"]["r"] = paid
        return observations, rewards, dones, infos


class Copies:
    """The copies of one member, copy e on the e-th of the seeds that `seed` splits into."""

    def __init__(self, task: Task, n: int, seed: int, carried: Carried | None = None) -> None:
        """Build them, to go on with the episodes that the segment before left. Raises TaskError."""
        self._before = carried
        self.each: list[Copy] = []
        try:
            for each in zip(seed_integers(seed, n), carried.episodes if carried else (None,) * n, strict=True):
                self.each.append(Copy(task.make(), *each))
        except TaskError as error:
            with suppress(TaskError):
                self.close()
            raise of_too_many(error, len(self.each)) from None

    def vec_env(self) -> VecEnv:
        """Return them as Stable-Baselines3 takes them, with the returns and lengths of episodes in the infos."""
        self._monitor = _Monitor(_InTurns([partial(_same, copy) for copy in self.each]))
        return self._monitor

    def resume(self, model: BaseAlgorithm) -> None:
        """Let a model of Stable-Baselines3 go on where the segment before ended; nothing where there was none.

        Nothing is counted twice: the observation that is gone on from is in the running statistics already.
        """
        if self._before is None:
            return
        untyped: Any = model
        normalizer, monitor = model.get_vec_normalize_env(), self._monitor
        if normalizer:
            normalizer.training = False
        untyped._last_obs = untyped.env.reset()
        untyped._last_episode_starts = np.array([not copy.replayed for copy in self.each])
        monitor.episode_lengths[:] = [len(copy.replayed) for copy in self.each]
        monitor.episode_returns[:] = [sum(copy.replayed, np.float32(0)) for copy in self.each]
        if normalizer:
            normalizer.training = True
            normalizer.returns = np.array([running_return(copy.replayed, normalizer.gamma) for copy in self.each])
            untyped._last_original_obs = normalizer.get_original_obs()
        if memory := [torch.as_tensor(state, device=model.device) for state in self._before.memory]:
            untyped._last_lstm_states = RNNStates((memory[0], memory[1]), (memory[2], memory[3]))

    def carried(self, model: BaseAlgorithm | None = None) -> Carried:
        """Return what the next segment needs to know, a recurrent model's states included."""
        states: Any = getattr(model, "_last_lstm_states", None)
        memory = tuple(state.cpu().numpy() for state in (*states.pi, *states.vf)) if states else ()
        return Carried(tuple(copy.under_way() for copy in self.each), self._longest_ended(), memory)

    def longest(self) -> int:
        """Return the steps of the longest episode so far; until one has ended, of the longest that there may be."""
        return max(self._longest_ended() or time_limit(self.each[0]), *(copy.steps for copy in self.each))

    def close(self) -> None:
        """Close them. Raises TaskError."""
        close_all(self.each)

    def _longest_ended(self) -> int:
        return max(self._before.longest if self._before else 0, *(copy.longest for copy in self.each))


def time_limit(env: gymnasium.Env[Any, Any]) -> int:
    """Return after how many steps a TimeLimit ends an environment's episodes, 0 where none does."""
    limits = []
    while isinstance(env, gymnasium.Wrapper):
        if isinstance(env, TimeLimit):
            limits.append(env._max_episode_steps)
        env = env.env
    return min(limits, default=0)


def running_return(rewards: Sequence[np.float32], gamma: float) -> float:
    """Return the discounted return whose spread VecNormalize scales rewards by, after these of an episode."""
    total = 0.0
    for reward in rewards:
        total = total * gamma + float(reward)
    return total


def _same(copy: Copy) -> Copy:
    return copy
