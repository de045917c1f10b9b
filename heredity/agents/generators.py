"""The random generators that Gymnasium's spaces carry about: nobody's but the one's who samples, and seeded.

A space makes its generator when it is first sampled, seeded by the system, and takes it along when it is pickled. One
that is a class's attribute or a module's constant shares it with every environment of its process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from hashlib import sha256
from typing import Any, TypeVar

import gymnasium
import numpy as np
from gymnasium import spaces

UNUSED = {"bit_generator": "PCG64", "has_uint32": 0, "uinteger": 0}
"""The state of a generator but for its numbers."""

AnySpace = TypeVar("AnySpace", bound=spaces.Space[Any])


def without_generators(space: AnySpace) -> AnySpace:
    """Return a copy of a space that has no generator yet, as a space begins, however deep it is nested."""
    copied = deepcopy(space)
    for part in _parts(copied):
        vars(part)["_np_random"] = None
    return copied


def seeded(space: AnySpace, seed: int) -> AnySpace:
    """Return a copy of a space with a generator of its own."""
    copied = without_generators(space)
    copied.seed(seed)
    return copied


@contextmanager
def generators_put_aside(model: object) -> Iterator[None]:
    """Let the spaces that are attributes of a model have no generators until the block ends."""
    attributes = vars(model)
    kept = {name: value for name, value in attributes.items() if isinstance(value, spaces.Space)}
    attributes.update({name: without_generators(space) for name, space in kept.items()})
    try:
        yield
    finally:
        attributes.update(kept)


class SampledSpaces:
    """The spaces of an environment and of its wrappers, which their code may sample: its own from now on."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        """Replace every space by a copy that nobody else has."""
        self._sampled: list[tuple[spaces.Space[Any], np.random.Generator]] = []
        layer = env
        while isinstance(layer, gymnasium.Wrapper):
            for name in ("_observation_space", "_action_space"):  # None where it shows those of what it wraps
                self._replace(layer, name)
            layer = layer.env
        for name in ("observation_space", "action_space"):
            self._replace(layer, name)

    def seed(self, seed: int) -> None:
        """Let every space draw by a seed, each other numbers, which are not the environment's own either."""
        # Put into their states and not made anew, which would take as long as several steps of a small environment.
        for place, (space, generator) in enumerate(self._sampled):
            digest = sha256(f"{seed} {place}".encode()).digest()
            state, increment = (int.from_bytes(half, "little") for half in (digest[:16], digest[16:]))
            generator.bit_generator.state = {**UNUSED, "state": {"state": state, "inc": increment | 1}}
            vars(space)["_np_random"] = generator

    def _replace(self, layer: Any, name: str) -> None:
        space = getattr(layer, name, None)
        if not isinstance(space, spaces.Space):
            return
        copied = without_generators(space)
        try:
            setattr(layer, name, copied)
        except AttributeError:  # a property, which answers with what it likes
            return
        self._sampled += [(part, np.random.Generator(np.random.PCG64())) for part in _parts(copied)]


def _parts(space: spaces.Space[Any]) -> Iterator[spaces.Space[Any]]:
    """Yield a space and every space inside of it."""
    yield space
    for value in vars(space).values():
        nested = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else (value,)
        for part in nested:
            if isinstance(part, spaces.Space):
                yield from _parts(part)
