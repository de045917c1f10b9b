"""A value that a twin does not know is named; whatever is let through, MiniGrid makes too."""

import pytest
from minigrid.core.world_object import Ball, Lava, Wall

from heredity.agents.twins.registry import make_twin, why_no_twin
from heredity.errors import TaskError
from tests.agents.twins.minigrid.examples import flat

DOORKEY, EMPTY, FOUR_ROOMS, CROSSING = (
    f"MiniGrid-{name}-v0" for name in ("DoorKey-8x8", "Empty-8x8", "FourRooms", "SimpleCrossingS9N1")
)

REFUSED = [
    (DOORKEY, {"size": 4}, "size 4 is no whole number from 5 to 255"),
    (DOORKEY, {"size": 256}, "size 256 is no whole"),
    (DOORKEY, {"size": 8.0}, "size 8.0 is no whole"),
    (DOORKEY, {"max_steps": 0}, "max_steps 0 is no whole number from 1 to 1677721"),
    (EMPTY, {"size": 3}, "size 3 is no whole number from 4 to 255"),
    (EMPTY, {"agent_start_pos": [1, 1]}, "agent_start_pos .1, 1. is no tuple of two"),
    (EMPTY, {"agent_start_pos": (1, 2, 3)}, "is no tuple of two"),
    (EMPTY, {"agent_start_pos": (7, 1)}, r"agent_start_pos.0. 7 is no whole number from 1 to 6"),
    (EMPTY, {"agent_start_pos": (1, 0)}, r"agent_start_pos.1. 0 is no whole number from 1 to 6"),
    (EMPTY, {"agent_start_dir": None}, "agent_start_dir None is no whole number from 0 to 3"),
    (EMPTY, {"max_steps": True}, "max_steps True is no whole"),
    (FOUR_ROOMS, {"agent_pos": (1, 1)}, r"agent_pos \(1, 1\) is not None"),
    (FOUR_ROOMS, {"goal_pos": (1, 1)}, r"goal_pos \(1, 1\) is not None"),
    (FOUR_ROOMS, {"max_steps": None}, "max_steps None is no whole"),
    (CROSSING, {"size": 10}, "size 10 is even"),
    (CROSSING, {"size": 19}, "size 19 is no whole number from 5 to 17"),
    (CROSSING, {"num_crossings": -1}, "num_crossings -1 is no whole"),
    (CROSSING, {"max_steps": "9"}, "max_steps '9' is no whole"),
    (CROSSING, {"obstacle_type": Ball}, "Ball'> is neither lava nor wall"),
    (CROSSING, {"obstacle_type": "ball"}, "obstacle_type 'ball' is neither lava nor wall"),
    (CROSSING, {"obstacle_type": 7}, "obstacle_type 7 is neither lava nor wall"),
]

KNOWN = [
    (DOORKEY, {"size": 5, "max_steps": None}),
    (DOORKEY, {"size": 20, "max_steps": 1}),
    (EMPTY, {"size": 4, "agent_start_pos": None, "agent_start_dir": None}),
    (EMPTY, {"agent_start_pos": (6, 6), "agent_start_dir": 3}),
    (FOUR_ROOMS, {"agent_pos": None, "goal_pos": None, "max_steps": 5}),
    (CROSSING, {"size": 17, "num_crossings": 14, "obstacle_type": "Lava"}),
    (CROSSING, {"size": 5, "num_crossings": 0, "obstacle_type": Lava}),
    (CROSSING, {"obstacle_type": Wall}),
]


@pytest.mark.parametrize(("id", "kwargs", "reason"), REFUSED)
def test_a_value_that_the_twin_does_not_know_is_refused(id, kwargs, reason):
    with pytest.raises(TaskError, match=f"{id}: .* does not know every value: .*{reason}"):
        make_twin(flat(id, **kwargs))


@pytest.mark.parametrize(("id", "kwargs"), KNOWN)
def test_a_value_that_the_twin_knows_makes_an_environment_of_the_same_size_and_limit(id, kwargs):
    task = flat(id, **kwargs)
    assert why_no_twin(task) is None
    twin, env = make_twin(task), task.make()
    env.reset(seed=0)
    assert twin.spec.size == env.unwrapped.width
    assert twin.longest == twin.spec.max_steps == env.unwrapped.max_steps
    env.close()
