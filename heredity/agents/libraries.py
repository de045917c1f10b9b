"""Ids of environments that a JAX library has as functions: `gymnax/CartPole-v1`, or `gymnax:CartPole-v1`.

Neither JAX nor the library is loaded but where such an id is asked for.
"""

import importlib
import random
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np


@dataclass(frozen=True)
class Library:
    """module: what is imported; names: its attribute that knows what there is; entry_point: what makes an environment
    of one; limit: the steps of an episode, None where the library has a limit of its own."""

    module: str
    names: str
    entry_point: str
    limit: int | None


LIBRARIES = {
    "brax": Library("brax.envs", "_envs", "heredity.agents.twins.from_brax:BraxEnv", 1000),
    "gymnax": Library("gymnax", "registered_envs", "heredity.agents.twins.from_gymnax:GymnaxEnv", None),
}
"""By what stands in front of the ids, which is also what pip installs."""


def gymnasium_id(id: str) -> str:
    """Return the id by which Gymnasium knows an environment; it reads `gymnax:CartPole-v1` as its own CartPole-v1."""
    library, colon, name = id.partition(":")
    return f"{library}/{name}" if colon and library in LIBRARIES else id


def load_library(module: str) -> None:
    """Import a library, where it is there, and leave the generators that everybody shares as they are.

    What it stands on draws from them as it is loaded, rich for one, which of an environment is refused.
    """
    states = random.getstate(), np.random.get_state()
    try:
        with suppress(ImportError):
            importlib.import_module(module)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def register_library(name: str) -> None:
    """Register what a library has that is imported, each as library/NAME."""
    library = LIBRARIES[name]
    module: Any = sys.modules[library.module]
    there: Iterable[str] = getattr(module, library.names)
    for each in there:
        if (id := f"{name}/{each}") not in gymnasium.registry:
            gymnasium.register(
                id, entry_point=library.entry_point, kwargs={"name": each}, max_episode_steps=library.limit
            )
