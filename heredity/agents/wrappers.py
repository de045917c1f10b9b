"""What an agent is shown instead of what its environment shows, named in a study, and used alike in anybody's code.

Nothing here loads torch or reads a study: whoever plays a model elsewhere imports it.
"""

from collections import deque
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import RecordConstructorArgs

from heredity.agents.images import channel_axis, is_image
from heredity.errors import TaskError

Image = np.ndarray[Any, Any]

FLAT_VIEW = "heredity.wrappers.FlatView"
"""How a study names it."""

MINIGRID_SCALE = 10
"""MiniGrid's view holds object, colour and state indices from 0 to 10."""


class FlatView(gymnasium.ObservationWrapper, RecordConstructorArgs):  # type: ignore[misc]
    """MiniGrid's view as one vector: uint8[7, 7, 3] of indices becomes float32[147] of values in [0, 1], over 10.

    Of MiniGrid's dictionary only the image is shown, neither `direction` nor `mission`; views of other sizes make other
    lengths. Raises TaskError for an environment that shows no such dictionary, and for an image of pixels.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        RecordConstructorArgs.__init__(self)
        gymnasium.ObservationWrapper.__init__(self, env)
        space = env.observation_space
        view = space.spaces.get("image") if isinstance(space, gymnasium.spaces.Dict) else None
        if view is None or not is_image(view):
            raise TaskError(f"FlatView: expected MiniGrid's dictionary with an image, got {space}")
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (int(np.prod(view.shape)),), np.float32)

    def observation(self, observation: dict[str, Any]) -> Image:
        """Return float32[147]. Raises TaskError for an image of pixels, which a wrapper of MiniGrid's shows."""
        view = observation["image"]
        if view.max() > MINIGRID_SCALE:
            raise TaskError(f"FlatView: expected a view of indices up to {MINIGRID_SCALE}, got one with {view.max()}")
        return np.asarray(view.ravel() / np.float32(MINIGRID_SCALE), np.float32)


class ChannelStack(gymnasium.Wrapper, RecordConstructorArgs):  # type: ignore[misc]
    """The last `stack_size` images along the axis of their channels, the newest last, as an image policy takes them.

    uint8[height, width, channels] becomes uint8[height, width, channels · stack_size]; images with their channels first
    keep them first; uint8[height, width] becomes uint8[height, width, stack_size]. An episode begins with its first
    image repeated, as Gymnasium's FrameStackObservation begins it; Stable-Baselines3's VecFrameStack begins with zeros.

    Raises TaskError for what is no image, and for a stack whose channels Stable-Baselines3 would take for another axis.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], stack_size: int) -> None:
        RecordConstructorArgs.__init__(self, stack_size=stack_size)
        gymnasium.Wrapper.__init__(self, env)
        if not isinstance(stack_size, int | np.integer) or not stack_size > 0:
            raise TaskError(f"ChannelStack: expected a stack_size of at least 1, got {stack_size!r}")
        shape = _image_shape(env.observation_space)
        axis = None if shape is None else channel_axis(shape)
        if shape is None or axis is None:
            raise TaskError(
                "ChannelStack: expected an image of uint8 from 0 to 255 with its channels first or last, got "
                f"{env.observation_space}"
            )
        stacked = tuple(side * (stack_size if place == axis else 1) for place, side in enumerate(shape))
        if channel_axis(stacked) != axis:
            most = (min(side for place, side in enumerate(shape) if place != axis) - 1) // shape[axis]
            raise TaskError(
                "ChannelStack: expected fewer channels than height and width, by which Stable-Baselines3 tells them, "
                f"got {stacked}; write a stack_size of at most {most}"
            )
        self.observation_space = gymnasium.spaces.Box(0, 255, stacked, np.uint8)
        self._shape, self._axis = shape, axis
        self._images: deque[Image] = deque(maxlen=int(stack_size))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Image, dict[str, Any]]:
        """Begin an episode; return its first image `stack_size` times."""
        image, info = self.env.reset(seed=seed, options=options)
        self._images.extend([self._copied(image)] * (self._images.maxlen or 1))
        return self._stacked(), info

    def step(self, action: Any) -> tuple[Image, Any, bool, bool, dict[str, Any]]:
        """Take one step; return the last images."""
        image, reward, terminated, truncated, info = self.env.step(action)
        self._images.append(self._copied(image))
        return self._stacked(), reward, terminated, truncated, info

    def _copied(self, image: Image) -> Image:
        return np.array(image).reshape(self._shape)  # a copy: environments may draw the next image into the same array

    def _stacked(self) -> Image:
        return np.concatenate(self._images, axis=self._axis)


def _image_shape(space: gymnasium.spaces.Space[Any]) -> tuple[int, int, int] | None:
    """Return an image's shape, with an axis of its own for the one channel of an image that has none."""
    if isinstance(space, gymnasium.spaces.Box) and len(space.shape) == 2:
        space = gymnasium.spaces.Box(space.low[..., None], space.high[..., None], dtype=space.dtype)
    return space.shape if is_image(space) else None
