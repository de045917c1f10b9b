"""Running statistics of the members of a tile: from their agents, while they learn, and into their agents again.

On a device they are float32, as all that is computed there: VecNormalize's own are float64.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from stable_baselines3 import PPO

from heredity.agents.agent import Agent
from heredity.agents.normalizer import MOMENTS, read_normalizer
from heredity.training.cohort.running import Moments, Normalizing, Running

Array = np.ndarray[Any, Any]

OBSERVATION, REWARD = "observation", "reward"
FRESH = {"mean": 0.0, "var": 1.0, "count": 1e-4}
"""As Stable-Baselines3 begins them."""


def normalizing_of(model: PPO) -> Normalizing | None:
    """Return the settings of a model's VecNormalize, None where it has none."""
    if (envs := model.get_vec_normalize_env()) is None:
        return None
    return Normalizing(
        envs.norm_obs, envs.norm_reward, envs.clip_obs, envs.clip_reward, envs.gamma, envs.epsilon
    )  # fmt: skip


def running_of(agents: Sequence[Agent], settings: Normalizing | None, model: PPO) -> Running | None:
    """Return the statistics that agents hold, members first, or fresh ones; None where nobody normalizes.

    model: of one of them. Raises AgentError where an agent's file is damaged.
    """
    if settings is None:
        return None
    copies, size = model.n_envs, int(np.prod(model.observation_space.shape or ()))
    each = [read_normalizer(agent.normalizer) if agent.normalizer else {} for agent in agents]
    observations = _moments(each, OBSERVATION, size) if settings.observations else None
    return Running(observations, _moments(each, REWARD, 1), np.zeros((len(agents), copies), np.float32))


def normalizer_arrays(running: Running | None) -> dict[str, Array] | None:
    """Return the statistics of M members by their names in a normalizer's file, float64[M, …]."""
    if running is None:
        return None
    arrays = {f"{REWARD}.{name}": getattr(running.returns, name)[:, 0] for name in MOMENTS}
    if running.observations is not None:
        mean, var, count = running.observations
        arrays |= {f"{OBSERVATION}.mean": mean, f"{OBSERVATION}.var": var, f"{OBSERVATION}.count": count[:, 0]}
    return {name: np.asarray(array, np.float64) for name, array in arrays.items()}


def _moments(each: Sequence[Mapping[str, Array]], name: str, size: int) -> Moments:
    parts = (
        [np.broadcast_to(own.get(f"{name}.{part}", FRESH[part]), 1 if part == "count" else size) for own in each]
        for part in MOMENTS
    )
    return Moments(*(np.array(part, np.float32) for part in parts))
