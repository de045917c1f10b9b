"""Running observation and reward statistics, kept beside a model as `<member>.normalizer.npz`."""

from typing import Any

import numpy as np
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from heredity.agents.archives import npz, read_arrays
from heredity.errors import AgentError

MOMENTS = ("mean", "var", "count")


def pack_normalizer(envs: VecNormalize) -> bytes:
    """Return the statistics of `envs` as an npz of float64 arrays: `reward.mean`, `observation[.key].mean`, …"""
    arrays = {
        f"{name}.{moment}": np.asarray(getattr(statistics, moment), np.float64)
        for name, statistics in _statistics(envs).items()
        for moment in MOMENTS
    }
    return npz(arrays)


def unpack_normalizer(content: bytes, envs: VecNormalize) -> None:
    """Set the statistics of `envs` from an npz. Raises AgentError when it is damaged or of another shape."""
    arrays = read_normalizer(content)
    for name, statistics in _statistics(envs).items():
        for moment in MOMENTS:
            value, old = arrays.get(f"{name}.{moment}"), np.asarray(getattr(statistics, moment))
            if value is None or value.shape != old.shape:
                shape = "nothing" if value is None else value.shape
                raise AgentError(f"normalizer: expected {name}.{moment} of shape {old.shape}, got {shape}")
            setattr(statistics, moment, float(value) if moment == "count" else value.copy())


def read_normalizer(content: bytes) -> dict[str, np.ndarray[Any, Any]]:
    """Read an npz of statistics without unpickling. Raises AgentError when it is not one."""
    return read_arrays(content, "normalizer")


def _statistics(envs: VecNormalize) -> dict[str, RunningMeanStd]:
    observation = envs.obs_rms if envs.norm_obs else {}
    if isinstance(observation, RunningMeanStd):
        observation = {"": observation}
    named = {f"observation.{key}".rstrip("."): statistics for key, statistics in observation.items()}
    return {**named, "reward": envs.ret_rms}
