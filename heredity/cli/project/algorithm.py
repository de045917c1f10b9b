"""What a first study learns by: PPO with the policy that an environment's spaces ask for, or what a founder tells."""

import inspect
from pathlib import Path
from typing import Any

from gymnasium import spaces

from heredity.agents.agent import DATA, OUR_MEMBER, Agent, read_account, read_tensors, zip_members
from heredity.agents.algorithms import algorithm_class, build
from heredity.agents.boundary.closing import closed_after
from heredity.agents.founders import algorithm_of, read_founder
from heredity.agents.images import is_image
from heredity.agents.model_tensors import own_tensors
from heredity.agents.observations import refuse_images
from heredity.cli.project.environment import Played
from heredity.errors import AgentError, StudyError, within
from heredity.inheritance.fit import check_fit
from heredity.inheritance.transplant import flat
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import MASKED, Algorithm, Normalize

VECTORS = {"n_steps": 128, "batch_size": 64, "n_epochs": 10, "learning_rate": 0.001}
CONTINUOUS = {**VECTORS, "learning_rate": 0.0003}
IMAGES = {"n_steps": 128, "batch_size": 256, "n_epochs": 4, "learning_rate": 0.00025, "clip_range": 0.1}

COPIES, MOST_COPIES = 8, 1024
"""Of the environment that a member learns on."""

NOT_LEARNED_BY = ("verbose", "seed", "stats_window_size")
"""Arguments that say nothing of how an algorithm learns."""


def usual_algorithm(played: Played) -> Algorithm:
    """Return PPO, which takes every space that can be played, for a few ten thousand steps.

    Where actions are numbers, observations of numbers and rewards are normalised, whose scales nobody knows.
    """
    observations, actions = played.spaces
    name = MASKED[0] if played.masked and not isinstance(actions, spaces.Box) else "PPO"
    if isinstance(observations, spaces.Dict):
        return Algorithm(name=name, policy="MultiInputPolicy", n_envs=COPIES, hyperparameters=VECTORS)
    if _by_convolutions(played.task.id, observations, name):
        return Algorithm(name=name, policy="CnnPolicy", n_envs=COPIES, hyperparameters=IMAGES)
    if not isinstance(actions, spaces.Box):
        return Algorithm(name=name, policy="MlpPolicy", n_envs=COPIES, hyperparameters=VECTORS)
    switches = Normalize(observation=isinstance(observations, spaces.Box), reward=True)
    return Algorithm(name=name, policy="MlpPolicy", n_envs=COPIES, normalize=switches, hyperparameters=CONTINUOUS)


def _by_convolutions(id: str, observations: spaces.Space[Any], name: str) -> bool:
    """Whether observations are images as Stable-Baselines3's convolutions take them."""
    try:
        refuse_images(id, observations, Algorithm(name=name, policy="CnnPolicy"))
    except StudyError:
        return False
    return is_image(observations)


def founders_algorithm(model: Path, played: Played) -> tuple[Algorithm, int]:
    """Return what a model was trained by, as far as its zip tells, and for how many environment steps, 0 where untold.

    Raises AgentError of one line for what is no model, and for one of other spaces than the environment's.
    """
    with within("--from"):
        agent = read_founder(model)
        algorithm = algorithm_of(agent)
        algorithm = algorithm.model_copy(update=_told(agent, algorithm))
        _refuse_other_spaces(model, agent, algorithm, played)
    steps = (read_account(agent, DATA) or {}).get("num_timesteps")
    return algorithm, steps if type(steps) is int and steps > 0 else 0


def _told(agent: Agent, algorithm: Algorithm) -> dict[str, Any]:
    """Return the copies, and the arguments that are not at their defaults, that a zip of others tells in plain text."""
    data = read_account(agent, DATA)
    if data is None or OUR_MEMBER in zip_members(agent.model):
        return {}
    parameters = inspect.signature(algorithm_class(algorithm.name).__init__).parameters
    told = {
        name: data[name]
        for name, parameter in parameters.items()
        if type(data.get(name)) in (bool, int, float) and data[name] != parameter.default and name not in NOT_LEARNED_BY
    }
    copies = data.get("n_envs")
    n_envs = copies if type(copies) is int and 1 <= copies <= MOST_COPIES else algorithm.n_envs
    return {"n_envs": n_envs, "hyperparameters": {**told, **algorithm.hyperparameters}}


def _refuse_other_spaces(model: Path, agent: Agent, algorithm: Algorithm, played: Played) -> None:
    """Refuse a model whose networks have other sizes than the environment asks for, though heirs could be cropped."""
    (observations, actions), task = played.spaces, played.task
    expected = f"{model}: expected a model for {task.id}, with observations {observations} and actions {actions}"
    remedy = "name an environment with the spaces that it has learned on"
    try:
        untrained = build(algorithm, task, 0, 0)
    except StudyError as error:
        raise AgentError(f"{expected}, got one of {algorithm.name} with {algorithm.policy}: {error}") from None
    with closed_after(untrained.get_env().close):  # type: ignore[union-attr]
        theirs, ours = flat(read_tensors(agent)), flat(own_tensors(untrained))
        for name, tensor in ours.items():
            if name in theirs and theirs[name].shape != tensor.shape:
                sizes = f"whose {name} has shape {list(theirs[name].shape)} and not {list(tensor.shape)}"
                raise AgentError(f"{expected}, got one {sizes}; {remedy}")
        with within(str(model)):
            check_fit(untrained, algorithm, agent, InheritRule().switches())
