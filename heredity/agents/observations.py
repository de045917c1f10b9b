"""Images that a policy of Stable-Baselines3 cannot take, said before it is built."""

from collections.abc import Iterator, Mapping
from typing import Any

import gymnasium

from heredity.agents.images import channel_axis, is_image
from heredity.errors import StudyError
from heredity.study.sections import Algorithm

FEWEST_PIXELS = 36
"""Along each side: the three convolutions of Stable-Baselines3's NatureCNN leave nothing of a smaller image."""


def refuse_images(id: str, space: gymnasium.spaces.Space[Any], algorithm: Algorithm) -> None:
    """Raise StudyError where Stable-Baselines3's NatureCNN cannot take an image, or would take it for another.

    Policies for images take their one observation by it, those for dictionaries every image in one. A study that names
    its own features_extractor_class knows what that takes.
    """
    keywords = algorithm.hyperparameters.get("policy_kwargs")
    keywords = keywords if isinstance(keywords, Mapping) else {}
    if "features_extractor_class" in keywords:
        return
    scaled = keywords.get("normalize_images", True) is not False
    for name, image in _images(space, algorithm.policy, scaled):
        otherwise = "gymnasium.wrappers.FlattenObservation and policy: MlpPolicy" if name else "policy: MlpPolicy"
        if reason := _unfit(image, scaled, otherwise):
            raise StudyError(f"algorithm: {algorithm.name} with {algorithm.policy} cannot take {id}: {name}{reason}")


def _images(
    space: gymnasium.spaces.Space[Any], policy: str, scaled: bool
) -> Iterator[tuple[str, gymnasium.spaces.Space[Any]]]:
    """Yield what NatureCNN is to take, by what a refusal calls it."""
    if policy.startswith("Cnn"):
        yield "", space
    elif policy.startswith("MultiInput") and isinstance(space, gymnasium.spaces.Dict):
        yield from ((f"{key}: ", part) for key, part in space.spaces.items() if _is_taken(part, scaled))


def _is_taken(space: gymnasium.spaces.Space[Any], scaled: bool) -> bool:
    """Whether a policy takes a part of a dictionary by NatureCNN; without scaling, anything with three axes."""
    return is_image(space) if scaled else isinstance(space, gymnasium.spaces.Box) and len(space.shape) == 3


def _unfit(space: gymnasium.spaces.Space[Any], scaled: bool, otherwise: str) -> str | None:
    """Return what was expected of an image, what came and what to write, or None where it can be taken."""
    if not _is_taken(space, scaled):
        way = "policy: MultiInputPolicy" if isinstance(space, gymnasium.spaces.Dict) else otherwise
        if len(space.shape or ()) > 3:
            way = f"heredity.wrappers.ChannelStack in place of what stacks them, or {way}"
        return f"expected an image of uint8 from 0 to 255 with three axes, got {space}; write {way}"
    shape = space.shape or ()
    axis = channel_axis(shape)
    if axis is None or (axis == 2 and not is_image(space)):  # what is no image to it, it does not transpose
        places = "these first or last" if is_image(space) else "these first"
        return f"expected fewer channels than height and width, and {places}, got {shape}; write {otherwise}"
    height, width = (side for place, side in enumerate(shape) if place != axis)
    if min(height, width) < FEWEST_PIXELS:
        least = f"{FEWEST_PIXELS}×{FEWEST_PIXELS} pixels"
        return (
            f"expected at least {least}, got {height}×{width}; write {otherwise}, a wrapper that enlarges it, or a "
            "features_extractor_class of your own in policy_kwargs"
        )
    return None
