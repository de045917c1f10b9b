"""Running observation and reward statistics, kept beside a model as `<member>.normalizer.npz`."""

import numpy as np
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from heredity.agents.archives import Array, npz, read_arrays
from heredity.errors import AgentError, shortened

MOMENTS = ("mean", "var", "count")

NORMALIZER_BYTES = 128 << 20
"""Statistics of images are the largest: a few megabytes."""

LONGEST_NAME, MOST_NAMES = 250, 3003
"""Of the arrays of an npz."""


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


def read_normalizer(content: bytes) -> dict[str, Array]:
    """Read an npz of statistics without unpickling, as float64. Raises AgentError when it is not one.

    Numbers that are not finite pass: a training may have come to them.
    """
    arrays = read_arrays(content, "normalizer")
    for name, array in arrays.items():
        moment, known = name.rpartition(".")[2], len(name) <= LONGEST_NAME and len(arrays) <= MOST_NAMES
        if not known or moment not in MOMENTS or not name.startswith(("observation.", "reward.")):
            raise AgentError(f"normalizer: expected statistics of observations and rewards, got {shortened(name)}")
        if moment != "mean" and (array < 0).any():
            raise AgentError(f"normalizer: expected {name} of numbers from 0, got others")
    return {name: array.astype(np.float64, copy=False) for name, array in arrays.items()}


def _statistics(envs: VecNormalize) -> dict[str, RunningMeanStd]:
    observation = envs.obs_rms if envs.norm_obs else {}
    if isinstance(observation, RunningMeanStd):
        observation = {"": observation}
    named = {f"observation.{key}".rstrip("."): statistics for key, statistics in observation.items()}
    return {**named, "reward": envs.ret_rms}
