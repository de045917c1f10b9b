"""What an algorithm would only complain about once it learns, or take for something else, said before it is built."""

import re

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from heredity.agents.masks import METHOD
from heredity.agents.observations import refuse_images
from heredity.agents.playable import FLAT
from heredity.errors import StudyError, one_line
from heredity.study.messages import written_env
from heredity.study.sections import MASKED, Algorithm

ONLY_SUPPORTS = re.compile(r"only supports \((.*)\) as action spaces but (.*) was provided")
CLASS = re.compile(r"(\w+)'>")

TAKE_ALL = ("PPO", "SAC")
"""Algorithms that take all actions, and those that are numbers."""

MASK_FROM_KEY, MASK_KEY = "heredity.wrappers.MaskFromKey", "action_mask"


def refuse_unfit(algorithm: Algorithm, model_class: type[BaseAlgorithm], id: str, envs: VecEnv) -> None:
    """Raise StudyError where an algorithm cannot take the spaces of an environment, or is told too little of it."""
    refuse_images(id, envs.observation_space, algorithm)
    reason = _untold(algorithm, id, envs) or _unfit_for_memory(algorithm, id, envs)
    if issubclass(model_class, OffPolicyAlgorithm):
        reason = reason or _unscaled(envs.action_space)
    if reason:
        raise StudyError(f"algorithm: {algorithm.name} cannot take {id}: {reason}")


def in_plain_words(error: Exception) -> str:
    """Return what a constructor of Stable-Baselines3 complains of: of actions as other refusals name them."""
    text = one_line(error)
    if (said := ONLY_SUPPORTS.search(text)) is None:
        return text
    kinds = ", ".join(CLASS.findall(said[1]))
    others = " or ".join(TAKE_ALL if "Box" in said[2] else TAKE_ALL[:1])
    return f"expected actions that are {kinds}, got {said[2]}; write name: {others}"


def _untold(algorithm: Algorithm, id: str, envs: VecEnv) -> str | None:
    if algorithm.name not in MASKED or envs.has_attr(METHOD):
        return None
    shown = envs.observation_space
    has_key = isinstance(shown, spaces.Dict) and MASK_KEY in shown.spaces
    write = written_env(id, f"wrappers: [{MASK_FROM_KEY}]") if has_key else "it"
    return (
        f"expected an environment, or a wrapper of it, with a method {METHOD}(), which says what is allowed, got none; "
        f"write {write}, or name: {algorithm.name.removeprefix('Maskable')}"
    )


def _unfit_for_memory(algorithm: Algorithm, id: str, envs: VecEnv) -> str | None:
    """Return what sb3-contrib's recurrent policies fail of: the one in training, the other when they are built."""
    if algorithm.name != "RecurrentPPO":
        return None
    if isinstance(envs.action_space, spaces.MultiBinary):
        return f"expected actions that are Discrete, MultiDiscrete or Box, got {envs.action_space}; write name: PPO"
    if isinstance(envs.observation_space, spaces.MultiDiscrete):
        wrapped = written_env(id, f"wrappers: [{FLAT}]")
        return f"expected observations of another kind, got {envs.observation_space}; write {wrapped}"
    return None


def _unscaled(space: spaces.Space[object]) -> str | None:
    """Return why actions cannot be scaled to their bounds."""
    if not isinstance(space, spaces.Box):
        return None
    width = space.high.astype(np.float64) - space.low
    if (width > 0).all() and np.isfinite(width.astype(space.dtype)).all():
        return None
    return f"expected actions whose bounds differ by a positive number, got {space}; write name: PPO"
