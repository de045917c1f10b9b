"""Which tasks have returns of one scale."""

import pytest

from heredity.study.sections import Environment, Wrapper
from heredity.transfer.scale import share_a_scale


def env(name, *wrappers, **kwargs):
    return Environment(id=name, kwargs=kwargs, wrappers=tuple(Wrapper(name=wrapper) for wrapper in wrappers))


SHAPED = env("MiniGrid-DoorKey-5x5-v0", "my.Shaping")


@pytest.mark.parametrize(
    ("before", "node"),
    [
        (env("CartPole-v1"), env("CartPole-v1")),
        (SHAPED, SHAPED),
        (env("MiniGrid-DoorKey-5x5-v0"), env("MiniGrid-DoorKey-8x8-v0")),
        (env("MiniGrid-DoorKey-5x5-v0"), env("BabyAI-GoToObj-v0")),
        (env("minigrid:MiniGrid-Empty-5x5-v0"), env("MiniGrid-Empty-8x8-v0", size=9)),
        (
            env("MiniGrid-DoorKey-5x5-v0", "heredity.wrappers.FlatView"),
            env("MiniGrid-DoorKey-6x6-v0", "minigrid.wrappers.ImgObsWrapper", "gymnasium.wrappers.FlattenObservation"),
        ),
    ],
)
def test_tasks_of_one_scale(before, node):
    assert share_a_scale(before, node)
    assert share_a_scale(node, before)


@pytest.mark.parametrize(
    ("before", "node"),
    [
        (env("CartPole-v0"), env("CartPole-v1")),
        (env("CartPole-v1"), env("CartPole-v1", sutton_barto_reward=True)),
        (env("LunarLander-v3", enable_wind=True), env("LunarLander-v3")),
        (env("MiniGrid-DoorKey-5x5-v0"), SHAPED),
        (env("MiniGrid-DoorKey-5x5-v0"), env("MiniGrid-DoorKey-6x6-v0", "minigrid.wrappers.ActionBonus")),
        (env("MiniGrid-Empty-5x5-v0"), env("MiniGrid-Dynamic-Obstacles-5x5-v0")),
        (env("MiniGrid-Empty-5x5-v0"), env("CartPole-v1")),
    ],
)
def test_tasks_that_are_not_known_to_share_one(before, node):
    assert not share_a_scale(before, node)
    assert not share_a_scale(node, before)
