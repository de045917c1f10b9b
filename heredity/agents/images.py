"""Which observations are images, and where their channels lie, as Stable-Baselines3 tells them, but without torch."""

from typing import Any

import gymnasium
import numpy as np


def is_image(space: gymnasium.spaces.Space[Any]) -> bool:
    """Whether Stable-Baselines3 (`is_image_space`) takes a space for an image: three axes of uint8 from 0 to 255."""
    if not isinstance(space, gymnasium.spaces.Box) or len(space.shape) != 3:
        return False
    return bool(space.dtype == np.uint8 and np.all(space.low == 0) and np.all(space.high == 255))


def channel_axis(shape: tuple[int, ...]) -> int | None:
    """Return the axis of an image's channels, 0 or 2: its smallest one, by which Stable-Baselines3 tells them.

    None where the smallest axis is the middle one, or is not the only one of its size: then nobody can tell.
    """
    axis = int(np.argmin(shape))
    return axis if axis != 1 and shape.count(shape[axis]) == 1 else None
