"""VecNormalize for all active members at once, on Stable-Baselines3's own running statistics."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from heredity.training.cohort.running import Moments, Normalizing, Running
from heredity.training.copies import running_return

Array = np.ndarray[Any, Any]


class Normalizers:
    """Row r of every array belongs to the r-th active member: A members, E copies each.

    What it computes is what each member's own VecNormalize would, step by step; all of them have the same settings.
    """

    def __init__(self, each: Sequence[VecNormalize]) -> None:
        """Go on from the statistics that the members' own normalizers hold."""
        self.each, self.settings = list(each), each[0]
        self.reward_statistics = _stacked([normalizer.ret_rms for normalizer in each])
        self.statistics = _stacked([_observed(normalizer) for normalizer in each]) if self.settings.norm_obs else None
        self.returns = np.stack([normalizer.returns for normalizer in each])

    def resume(self, rewards: Sequence[Sequence[Sequence[np.float32]]]) -> None:
        """Go on in episodes of which these rewards, by member and copy, are counted already."""
        gamma = self.settings.gamma
        self.returns = np.array([[running_return(copy, gamma) for copy in member] for member in rewards])

    def see(self, observations: Array, *, count: bool = True) -> Array:
        """Count observations [A, E, size] and return them normalised, float32."""
        if self.statistics is None:
            return observations
        if count:
            _count(self.statistics, observations)
        return self._scaled(observations, self.statistics.mean[:, None], self.statistics.var[:, None])

    def pay(self, rewards: Array, done: Array) -> Array:
        """Count rewards [A, E] and return them normalised, float32; `done`, bool[A, E], begins returns anew."""
        settings = self.settings
        self.returns = self.returns * settings.gamma + rewards
        _count(self.reward_statistics, self.returns[..., None])
        self.returns[done] = 0.0  # after they are counted, as VecNormalize has it
        if not settings.norm_reward:
            return rewards
        paid = rewards / np.sqrt(self.reward_statistics.var + settings.epsilon)
        return np.asarray(np.clip(paid, -settings.clip_reward, settings.clip_reward), np.float32)

    def scale(self, row: int, observation: Array) -> Array:
        """Return one member's observation [size] normalised and not counted."""
        return (
            observation
            if self.statistics is None
            else self._scaled(observation, self.statistics.mean[row], self.statistics.var[row])
        )

    def unscale(self, row: int, observations: Array) -> Array:
        """Return one member's normalised observations [..., size] as they were, but for what was clipped."""
        if self.statistics is None:
            return observations
        spread = np.sqrt(self.statistics.var[row] + self.settings.epsilon)
        return np.asarray(observations * spread + self.statistics.mean[row], np.float32)

    def normalizing(self) -> Normalizing:
        """Return the settings as a compiled rollout takes them."""
        settings = self.settings
        return Normalizing(
            settings.norm_obs, settings.norm_reward, settings.clip_obs, settings.clip_reward, settings.gamma,
            settings.epsilon,
        )  # fmt: skip

    def running(self, rows: Sequence[int]) -> Running:
        """Return the statistics of some rows, for a rollout to go on from."""
        observed = None if self.statistics is None else _moments(self.statistics, rows)
        return Running(observed, _moments(self.reward_statistics, rows), self.returns[rows])

    def keep(self, rows: Sequence[int], running: Running) -> None:
        """Take over what a rollout came to, its first entries being those of `rows`."""
        for statistics, moments in ((self.reward_statistics, running.returns), (self.statistics, running.observations)):
            for name in Moments._fields if statistics else ():
                getattr(statistics, name)[rows] = getattr(moments, name)[: len(rows)]
        self.returns[rows] = running.discounted[: len(rows)]

    def release(self, row: int) -> None:
        """Hand a member that stops its statistics, and count no longer for it."""
        released = self.each.pop(row)
        released.returns, self.returns = self.returns[row], np.delete(self.returns, row, axis=0)
        _take_out(self.reward_statistics, row, released.ret_rms)
        if self.statistics is not None:
            _take_out(self.statistics, row, _observed(released))

    def _scaled(self, observations: Array, mean: Array, var: Array) -> Array:
        limit = self.settings.clip_obs
        scaled = (observations - mean) / np.sqrt(var + self.settings.epsilon)
        return np.asarray(np.clip(scaled, -limit, limit), np.float32)


def _moments(stacked: Any, rows: Sequence[int]) -> Moments:
    return Moments(*(getattr(stacked, name)[rows] for name in Moments._fields))


def _observed(normalizer: VecNormalize) -> RunningMeanStd:
    return cast(RunningMeanStd, normalizer.obs_rms)


def _stacked(each: Sequence[RunningMeanStd]) -> RunningMeanStd:
    """Return statistics with mean and var float64[A, size] and count float64[A, 1]; size is 1 for a scalar."""
    stacked: Any = RunningMeanStd()
    stacked.mean = np.stack([np.atleast_1d(one.mean) for one in each])
    stacked.var = np.stack([np.atleast_1d(one.var) for one in each])
    stacked.count = np.array([[one.count] for one in each])
    return cast(RunningMeanStd, stacked)


def _count(stacked: RunningMeanStd, values: Array) -> None:
    """Count values [A, E, size], E for each member."""
    stacked.update_from_moments(values.mean(axis=1), values.var(axis=1), values.shape[1])


def _take_out(stacked: Any, row: int, statistics: RunningMeanStd) -> None:
    """Write one row into a member's own statistics and delete it."""
    shape = statistics.mean.shape
    statistics.mean, statistics.var = (values[row].reshape(shape) for values in (stacked.mean, stacked.var))
    statistics.count = float(stacked.count[row, 0])
    for name in ("mean", "var", "count"):
        setattr(stacked, name, np.delete(getattr(stacked, name), row, axis=0))
