"""Which spaces Stable-Baselines3 plays as they are written; all others are refused, each with a way out.

It counts every choice from 0 whatever a space's `start`, takes rows of choices for one row, plays the numbers between
the whole ones of an integer Box, and stops, some of it only while it learns, at what it has no network for.
"""

import textwrap
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces

from heredity.agents.images import is_image
from heredity.agents.masks import choices
from heredity.agents.wrappers import FLAT_VIEW
from heredity.agents.zero_based import ZeroBased, counted_actions, counted_observations
from heredity.study.messages import written_env

FLAT, COUNTED = "gymnasium.wrappers.FlattenObservation", f"heredity.wrappers.{ZeroBased.__name__}"

SIMPLE = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)
NAMES = "Box, Discrete, MultiDiscrete or MultiBinary"

MOST_CHOICES = 4096
"""Of one action; a network with an output for each of more is no longer a way out."""

LONGEST = 100
"""Characters of a space in a message."""


class Complaint(NamedTuple):
    """What was expected, the space that came, and a wrapper that helps, or what else to do."""

    expected: str
    got: spaces.Space[Any]
    way_out: str


def why_not_playable(id: str, observations: spaces.Space[Any], actions: spaces.Space[Any]) -> str | None:
    """Return what was expected of an environment's spaces, what came and what to write; None where nothing is wrong."""
    if reason := _text_in(id, observations):
        return reason
    complaint = _why_not_seen(observations) or _why_not_played(actions)
    if complaint is None:
        return None
    expected, got, way_out = complaint
    shown = textwrap.shorten(str(got), LONGEST, placeholder=" …")
    wrapped = f"write {written_env(id, f'wrappers: [{way_out}]')}" if way_out in (FLAT, COUNTED) else way_out
    return f"{id}: expected {expected}, got {shown}; {wrapped}"


def _text_in(id: str, space: spaces.Space[Any]) -> str | None:
    """Return the same of a dictionary with text in it, such as MiniGrid's mission, naming what shows the rest."""
    parts = space.spaces if isinstance(space, spaces.Dict) else {}
    texts = [key for key, part in parts.items() if part.dtype is not None and part.dtype.kind == "U"]
    if not texts:
        return None
    shown = ", ".join(key for key in parts if key not in texts)
    way = f"a wrapper that shows {shown or 'numbers'} alone"
    if "image" in parts and is_image(parts["image"]):
        way = written_env(id, f"wrappers: [{FLAT_VIEW}]")
    return f"{id}: expected observations of numbers, got a dictionary with the text {texts[0]!r}; write {way}"


def _why_not_seen(space: spaces.Space[Any]) -> Complaint | None:
    each = list(space.values()) if isinstance(space, spaces.Dict) else [space]
    if not all(isinstance(part, SIMPLE) for part in each):
        way_out = FLAT if space.is_np_flattenable else "give the environment a wrapper that makes one of them"
        return Complaint(f"observations that are {NAMES}, or a Dict of them", space, way_out)
    if counted_observations(space) is not space:
        return Complaint("observations whose choices are counted from 0 in one row", space, COUNTED)
    if any(isinstance(part, spaces.Box) and not part.shape for part in each):
        return Complaint("observations of at least one axis", space, FLAT)
    return None


def _why_not_played(space: spaces.Space[Any]) -> Complaint | None:
    if not isinstance(space, SIMPLE):
        return Complaint(f"actions that are {NAMES}", space, "give the environment a wrapper that takes one of them")
    if not np.prod(space.shape):
        return Complaint("an action of at least one number", space, "give the environment one")
    if isinstance(space, spaces.Box) and not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
        return Complaint("actions with finite bounds", space, "give the environment such a Box")
    counted = counted_actions(space)
    if counted is space:
        return None
    way_out = COUNTED if sum(choices(counted)) <= MOST_CHOICES else "give the environment a Box of floats"
    kind = "floats, where they lie in a Box" if isinstance(space, spaces.Box) else "counted from 0 in one row"
    return Complaint(f"actions that are {kind}", space, way_out)
