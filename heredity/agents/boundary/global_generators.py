"""Whether a call draws from the generators that everybody in a process shares: `random`'s, `np.random`'s, torch's.

What such a draw gives depends on who drew before, so on who shares a process: an environment that draws from them has
no seed. Between two calls algorithms draw from them as well, so each call is looked at by itself. Reading a generator's
whole state takes longer than a step of a small environment; where it stands in its state takes nanoseconds.
"""

import ctypes
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

WORDS = 624
"""Of a Mersenne Twister's state. The second is looked at, because seeding by several numbers sets the first to 2³¹."""

Words = Callable[[int], int]
"""From a place in a block of memory of unsigned integers to the integer there."""

FIRST_CALLS, EVERY_CALL = 128, 61
"""Of torch's generator, whose place nobody tells, the whole state is looked at: so many calls of an environment, then
one in so many."""


def _memory(address: int) -> Words:
    block = (ctypes.c_uint32 * (WORDS + 1)).from_address(address)
    return memoryview(block).cast("B").cast("I").__getitem__


def _python_words(generator: random.Random) -> Words:
    """Return the memory of one of `random`'s generators: its place, then its state."""
    return _memory(id(generator) + object.__basicsize__)


def _numpy_words(generator: Any) -> Words:
    """Return the memory of NumPy's Mersenne Twister: its state, then its place."""
    return _memory(generator.ctypes.state_address)


def _readable() -> bool:
    """Whether the memory is laid out as it is read here, tried on generators that nobody uses."""
    ours, theirs = random.Random(0), np.random.MT19937(0)
    words, others = _python_words(ours), _numpy_words(theirs)
    for _ in range(3):
        ours.random(), theirs.random_raw()
        state: Any = theirs.state["state"]
        if words(0) != ours.getstate()[1][-1] or words(2) != ours.getstate()[1][1]:
            return False
        if others(WORDS) != state["pos"] or others(1) != state["key"][1]:
            return False
    return True


_bits: Any = np.random.mtrand._rand._bit_generator
_instance: Any = random._inst

if sys.implementation.name == "cpython" and isinstance(_bits, np.random.MT19937) and _readable():
    python_words, numpy_words = _python_words(_instance), _numpy_words(_bits)
else:  # as true, and slower

    def python_words(place: int) -> int:
        """Return the place of `random`'s generator for 0, its second word for 2."""
        return int(random.getstate()[1][place - 1])

    def numpy_words(place: int) -> int:
        """Return the second word of `np.random`'s generator for 1, its place for WORDS."""
        state: Any = np.random.get_state(legacy=False)
        return int(state["state"]["pos"] if place == WORDS else state["state"]["key"][place])


def torch_state() -> bytes | None:
    """Return the state of torch's generator, None where nothing has loaded torch."""
    torch: Any = sys.modules.get("torch")
    return None if torch is None else torch.default_generator.get_state().numpy().tobytes()


@contextmanager
def generators_kept() -> Iterator[None]:
    """Put all three generators back to where they are now when the block ends."""
    ours, theirs, torch = random.getstate(), np.random.get_state(legacy=False), sys.modules.get("torch")
    state: Any = torch and torch.default_generator.get_state()
    try:
        yield
    finally:
        random.setstate(ours)
        np.random.set_state(theirs)
        if torch is not None:
            torch.default_generator.set_state(state)
