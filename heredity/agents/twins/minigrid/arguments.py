"""Which arguments the twins of MiniGrid's environments know; asked without loading JAX or MiniGrid."""

from collections.abc import Mapping
from typing import Any

MOST_STEPS = 2**24 // 10
"""Ten times as many are a whole number that float32 holds; see `grid.advance`."""

LARGEST = 255
"""A room has fewer cells than a draw of 16 bits tells apart."""


MOST_RIVERS = 7
"""Of Crossing in one direction: their openings fit one number."""

LAVA, WALL = "minigrid.core.world_object.Lava", "minigrid.core.world_object.Wall"


def why_not_doorkey(kwargs: Mapping[str, Any]) -> str | None:
    """Return which argument of DoorKeyEnv its twin does not know, None where it knows all."""
    return _why_not_size(kwargs, 5, LARGEST) or _why_not_max_steps(kwargs)


def why_not_empty(kwargs: Mapping[str, Any]) -> str | None:
    """Return which argument of EmptyEnv its twin does not know, None where it knows all."""
    if reason := _why_not_size(kwargs, 4, LARGEST) or _why_not_max_steps(kwargs):
        return reason
    place, inside = kwargs.get("agent_start_pos", (1, 1)), kwargs.get("size", 8) - 2
    if place is None:
        return None
    if not (isinstance(place, tuple) and len(place) == 2):
        return f"agent_start_pos {place!r} is no tuple of two"
    return (
        _why_not_whole("agent_start_pos[0]", place[0], 1, inside)
        or _why_not_whole("agent_start_pos[1]", place[1], 1, inside)
        or _why_not_whole("agent_start_dir", kwargs.get("agent_start_dir", 0), 0, 3)
    )


def why_not_fourrooms(kwargs: Mapping[str, Any]) -> str | None:
    """Return which argument of FourRoomsEnv its twin does not know, None where it knows all."""
    for name in ("agent_pos", "goal_pos"):
        if kwargs.get(name) is not None:
            return f"{name} {kwargs[name]!r} is not None"
    return _why_not_whole("max_steps", kwargs.get("max_steps", 100), 1, MOST_STEPS)


def why_not_crossing(kwargs: Mapping[str, Any]) -> str | None:
    """Return which argument of CrossingEnv its twin does not know, None where it knows all."""
    largest = 2 * MOST_RIVERS + 3
    if reason := _why_not_size(kwargs, 5, largest) or _why_not_max_steps(kwargs):
        return reason
    if kwargs.get("size", 9) % 2 == 0:
        return f"size {kwargs['size']} is even"
    if _obstacle(kwargs) not in (LAVA, WALL):
        return f"obstacle_type {kwargs['obstacle_type']!r} is neither lava nor wall"
    return _why_not_whole("num_crossings", kwargs.get("num_crossings", 1), 0, LARGEST)


def is_lava(kwargs: Mapping[str, Any]) -> bool:
    """Whether the obstacles of CrossingEnv are of lava, which they are by default."""
    return _obstacle(kwargs) == LAVA


def _obstacle(kwargs: Mapping[str, Any]) -> str:
    """Return which class the obstacles are of; a study names one by its lower-case name."""
    kind = kwargs.get("obstacle_type", "lava")
    if isinstance(kind, str):
        return {"lava": LAVA, "wall": WALL}.get(kind.lower(), kind)
    return f"{kind.__module__}.{kind.__qualname__}" if isinstance(kind, type) else ""


def _why_not_size(kwargs: Mapping[str, Any], smallest: int, largest: int) -> str | None:
    return _why_not_whole("size", kwargs.get("size", smallest), smallest, largest)


def _why_not_max_steps(kwargs: Mapping[str, Any]) -> str | None:
    stated = kwargs.get("max_steps")
    return None if stated is None else _why_not_whole("max_steps", stated, 1, MOST_STEPS)


def _why_not_whole(name: str, value: Any, smallest: int, largest: int) -> str | None:
    if type(value) is int and smallest <= value <= largest:
        return None
    return f"{name} {value!r} is no whole number from {smallest} to {largest}"
