"""Statistics as the pickle that other tools load; heredity itself reads those of an `.npz`, and unpickles nothing."""

import pickle
from pathlib import Path

import gymnasium
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from heredity.agents.agent import Agent, read_algorithm
from heredity.agents.algorithms import normalized
from heredity.agents.generators import without_generators
from heredity.agents.normalizer import unpack_normalizer
from heredity.errors import AgentError, one_line
from heredity.files import write_bytes
from heredity.layout import vecnormalize_path
from heredity.study.sections import Algorithm

PROTOCOL = 4
"""Every Python that Stable-Baselines3 runs on reads it."""


def write_vecnormalize(agent: Agent, model: str | Path, envs: VecEnv) -> None:
    """Write the statistics of an agent, where it has any, for other tools: `<member>/vecnormalize.pkl` beside its zip.

    model: the path of its zip. envs: what has the spaces of its task.
    """
    if agent.normalizer is not None:
        write_bytes(vecnormalize_path(Path(model)), vecnormalize_of(agent, envs))


def vecnormalize_of(agent: Agent, envs: VecEnv) -> bytes:
    """Return the statistics of an agent that has some, for other tools. Raises AgentError as `pack_vecnormalize`."""
    return pack_vecnormalize(agent.normalizer or b"", read_algorithm(agent), envs)


def pack_vecnormalize(normalizer: bytes, algorithm: Algorithm, envs: VecEnv) -> bytes:
    """Return statistics as the pickle that `VecNormalize.load` reads.

    envs: what has the spaces of the task. Equal for equal statistics: spaces come without their random generators.
    Raises AgentError where the statistics are not of these spaces, or the spaces cannot be pickled.
    """
    statistics = normalized(envs, algorithm)
    if not isinstance(statistics, VecNormalize):
        raise AgentError("expected an algorithm that normalizes, got statistics of one that does not")
    unpack_normalizer(normalizer, statistics)
    statistics.observation_space = without_generators(statistics.observation_space)
    statistics.action_space = without_generators(statistics.action_space)
    if isinstance(statistics.observation_space, gymnasium.spaces.Dict):
        statistics.obs_spaces = statistics.observation_space.spaces
    try:
        return pickle.dumps(statistics, PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise AgentError(f"expected spaces that can be pickled, got {one_line(error)}") from None
