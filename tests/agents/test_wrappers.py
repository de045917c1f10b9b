"""What an agent is shown: MiniGrid's view as a vector, and images stacked along their channels."""

import pickle

import gymnasium
import numpy as np
import pytest
from stable_baselines3.common.preprocessing import is_image_space_channels_first
from stable_baselines3.common.vec_env.stacked_observations import StackedObservations

from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.study.sections import Wrapper
from heredity.wrappers import ChannelStack, FlatView

DOORKEY = "MiniGrid-DoorKey-5x5-v0"
FLAT = Wrapper(name="heredity.wrappers.FlatView")


class Counting(gymnasium.Env):
    """Shows the number of its step in every pixel, drawn into the same array."""

    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, shape, dtype=np.uint8):
        self.observation_space = gymnasium.spaces.Box(0, 255, shape, dtype)
        self.image = np.zeros(shape, dtype)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.image[:] = 1
        return self.image, {}

    def step(self, action):
        self.image += 1
        return self.image, 0.0, False, False, {}


def test_a_study_shows_minigrids_view_flat_and_scaled():
    env = Task(DOORKEY, wrappers=(FLAT,)).make()
    view, _ = env.reset(seed=3)
    raw = env.unwrapped.gen_obs()["image"]
    assert (view.shape, view.dtype) == ((147,), np.float32)
    assert env.observation_space == gymnasium.spaces.Box(0.0, 1.0, (147,), np.float32)
    assert env.observation_space.contains(view)
    np.testing.assert_array_equal(view, (raw.ravel() / 10).astype(np.float32))
    assert view.max() == 0.5


def test_a_flat_view_of_pixels_or_of_no_view_is_refused():
    pixels = Task(DOORKEY, wrappers=(Wrapper(name="minigrid.wrappers.RGBImgPartialObsWrapper"), FLAT)).make()
    with pytest.raises(TaskError, match=r"FlatView: expected a view of indices up to 10, got one with \d+"):
        pixels.reset(seed=0)
    with pytest.raises(TaskError, match="FlatView: expected MiniGrid's dictionary with an image, got Box"):
        Task("CartPole-v1", wrappers=(FLAT,)).make()


@pytest.mark.parametrize(
    ("shape", "stacked"), [((12, 9, 2), (12, 9, 6)), ((2, 12, 9), (6, 12, 9)), ((12, 9), (12, 9, 3))]
)
def test_images_are_stacked_along_their_channels_the_newest_last(shape, stacked):
    env = ChannelStack(Counting(shape), 3)
    assert env.observation_space == gymnasium.spaces.Box(0, 255, stacked, np.uint8)
    axis = stacked.index(6) if 6 in stacked else 2
    seen = [env.reset(seed=0)[0], *(env.step(0)[0] for _ in range(3)), env.reset()[0]]
    for image, numbers in zip(seen, ([1, 1, 1], [1, 1, 2], [1, 2, 3], [2, 3, 4], [1, 1, 1]), strict=True):
        assert env.observation_space.contains(image)
        expected = np.repeat(numbers, stacked[axis] // 3)
        np.testing.assert_array_equal(np.moveaxis(image, axis, -1)[0, 0], expected)


@pytest.mark.parametrize("shape", [(12, 9, 2), (2, 12, 9)])
def test_a_whole_stack_is_what_stable_baselines3_stacks(shape):
    env, theirs = ChannelStack(Counting(shape), 3), StackedObservations(1, 3, Counting(shape).observation_space)
    env.reset(seed=0)
    theirs.reset(np.full((1, *shape), 1, np.uint8))
    for number in (2, 3):
        stacked, _ = theirs.update(np.full((1, *shape), number, np.uint8), np.zeros(1, bool), [{}])
        ours = env.step(0)[0]
    np.testing.assert_array_equal(ours, stacked[0])
    assert is_image_space_channels_first(env.observation_space) == is_image_space_channels_first(
        env.env.observation_space
    )


@pytest.mark.parametrize("shape", [(4,), (2, 12, 9, 3), (9, 2, 12), (12, 12, 12)])
def test_what_is_no_image_is_not_stacked(shape):
    with pytest.raises(TaskError, match="ChannelStack: expected an image of uint8 from 0 to 255 with its channels"):
        ChannelStack(Counting(shape), 2)
    with pytest.raises(TaskError, match="expected an image of uint8"):
        ChannelStack(Counting((12, 9, 3), np.float32), 2)


def test_a_stack_that_would_be_taken_for_another_image_is_refused():
    """Of 7×7×12, Stable-Baselines3 would take the height for its channels."""
    with pytest.raises(TaskError, match=r"got \(7, 7, 12\); write a stack_size of at most 2"):
        ChannelStack(Counting((7, 7, 3)), 4)
    assert ChannelStack(Counting((7, 7, 3)), 2).observation_space.shape == (7, 7, 6)
    for size in (0, -1, 2.0, "4"):
        with pytest.raises(TaskError, match="expected a stack_size of at least 1"):
            ChannelStack(Counting((12, 9, 3)), size)


def test_a_wrapped_environment_is_made_again_from_its_spec():
    env = FlatView(gymnasium.make(DOORKEY))
    again = gymnasium.make(pickle.loads(pickle.dumps(env.spec)))
    assert isinstance(again, FlatView)
    np.testing.assert_array_equal(again.reset(seed=5)[0], env.reset(seed=5)[0])
