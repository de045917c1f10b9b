"""MiniGrid's tasks as their twins show them, and how to play them so that all happens that can."""

from collections import Counter

from minigrid.core.world_object import Wall

from heredity.agents.task import Task
from heredity.agents.twins import compiling  # noqa: F401  how JAX is set up
from heredity.agents.twins.minigrid.grid import DROP, FORWARD, PICKUP, TOGGLE
from heredity.study.sections import Wrapper

FAMILIES = {
    "doorkey": [("MiniGrid-DoorKey-5x5-v0", {}), ("MiniGrid-DoorKey-8x8-v0", {"max_steps": 40})],
    "empty": [
        ("MiniGrid-Empty-Random-5x5-v0", {}),
        ("MiniGrid-Empty-16x16-v0", {}),
        ("MiniGrid-Empty-8x8-v0", {"agent_start_pos": (3, 6), "agent_start_dir": 3}),
    ],
    "fourrooms": [("MiniGrid-FourRooms-v0", {}), ("MiniGrid-FourRooms-v0", {"max_steps": 250, "goal_pos": None})],
    "crossing": [
        ("MiniGrid-LavaCrossingS9N1-v0", {}),
        ("MiniGrid-SimpleCrossingS11N5-v0", {}),
        ("MiniGrid-LavaCrossingS9N2-v0", {"obstacle_type": Wall, "size": 17}),
    ],
}
"""By module, tasks that one compiled program serves."""


def flat(id, **kwargs):
    """Return a task of MiniGrid's as its twin shows it."""
    return Task(id, kwargs, (Wrapper(name="heredity.wrappers.FlatView"),))


class Busy:
    """Chooses at random, does something to most of what lies ahead, and turns away from walls."""

    OFTEN = {"key": PICKUP, "door": TOGGLE}  # noqa: RUF012

    def __init__(self):
        self.did = Counter()

    def __call__(self, env, random):
        world = env.unwrapped
        ahead = world.grid.get(*world.front_pos)
        kind = ahead.type if ahead else "empty"
        if kind in self.OFTEN and random.random() < 0.5:
            action = self.OFTEN[kind]
        elif kind == "wall" and random.random() < 0.7:
            action = random.integers(2)
        else:
            action = random.choice([0, 1, FORWARD, FORWARD, FORWARD, PICKUP, DROP, TOGGLE, 6])
        shown = ("open", "closed", "locked")[ahead.encode()[2]] if kind == "door" else kind
        self.did[
            ("left", "right", "forward", "pickup", "drop", "toggle", "done")[action], shown, bool(world.carrying)
        ] += 1
        return int(action)
