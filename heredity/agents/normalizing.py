"""What VecNormalize is asked for by a study, and what it cannot take, said before it is built."""

from typing import Any

import gymnasium

from heredity.agents.images import is_image
from heredity.errors import StudyError, shortened
from heredity.study.messages import suggestion
from heredity.study.sections import Algorithm

OPTIONS = ("clip_obs", "clip_reward", "epsilon")
"""Handed on as they are, where they are written."""


def normalizing(algorithm: Algorithm, space: gymnasium.spaces.Space[Any], usual_gamma: float) -> dict[str, Any]:
    """Return VecNormalize's arguments for observations of a space.

    Raises StudyError where it has none of them to normalise, or is asked for what it cannot.
    """
    asked = algorithm.normalize
    if asked.observation:
        _refuse_unfit(algorithm, space)
    return {
        "norm_obs": asked.observation,
        "norm_reward": asked.reward,
        "gamma": usual_gamma if asked.gamma is None else asked.gamma,
        "norm_obs_keys": _keys(asked.norm_obs_keys, space) if asked.observation else None,
        **{name: value for name in OPTIONS if (value := getattr(asked, name)) is not None},
    }


def _refuse_unfit(algorithm: Algorithm, space: gymnasium.spaces.Space[Any]) -> None:
    why = None
    if not isinstance(space, gymnasium.spaces.Box | gymnasium.spaces.Dict):
        why = "VecNormalize knows a Box, or a Dict with one,"
    elif isinstance(space, gymnasium.spaces.Dict) and not _boxes(space):
        why = "no observation of the Dict is a Box other than an image,"
    elif is_image(space) and algorithm.policy.startswith("Cnn"):
        why = "the network scales images itself,"
    if why:
        raise StudyError(
            f"algorithm.normalize.observation: expected false, because {why} got true for {shortened(space)}; "
            f"write normalize: {{observation: false, reward: {str(algorithm.normalize.reward).lower()}}}"
        )


def _keys(asked: tuple[str, ...] | None, space: gymnasium.spaces.Space[Any]) -> list[str] | None:
    """Return which observations of a dictionary are normalised, None where there is one alone."""
    key = "algorithm.normalize.norm_obs_keys"
    if not isinstance(space, gymnasium.spaces.Dict):
        if asked is not None:
            raise StudyError(f"{key}: expected a Dict of observations, got {shortened(space)}; leave it out")
        return None
    boxes = _boxes(space)
    for name in boxes if asked is None else asked:
        if name not in space.spaces:
            raise StudyError(
                f"{key}: expected keys of the observations, got {name!r}; {suggestion(name, space.keys())}"
            )
        if name not in boxes:
            raise StudyError(
                f"{key}: expected keys of Boxes other than images, got {name!r} of {shortened(space[name])}; "
                f"write [{', '.join(boxes)}]"
            )
    return boxes if asked is None else list(asked)


def _boxes(space: gymnasium.spaces.Dict) -> list[str]:
    return [key for key, part in space.items() if isinstance(part, gymnasium.spaces.Box) and not is_image(part)]
