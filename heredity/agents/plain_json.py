"""The JSON of a Stable-Baselines3 zip: `data`, in which pickles stand as text, and heredity's account beside it.

What Python writes for Stable-Baselines3 is more than JSON (infinities, integers of more than 64 bits), and the texts in
it are anybody's, so this asks for less than `heredity.reading` does of the files of a study.
"""

import json
from typing import Any

from heredity.reading import DEEPEST, MOST_VALUES

MOST_DIGITS = 40
"""Of an integer: a random generator's have 39."""


def plain_json(content: bytes, largest_bytes: int) -> dict[str, Any]:
    """Return the mapping that a JSON text holds. Raises ValueError that says in one line what came instead."""
    if len(content) > largest_bytes:
        raise ValueError(f"{len(content)} bytes, of at most {largest_bytes}")
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:  # each takes fifty times its bytes once it is parsed
        raise ValueError(f"more than {MOST_VALUES} values")
    try:
        value = json.loads(content, parse_int=_integer)
    except RecursionError:
        raise ValueError("values nested too deep") from None
    _check_depth(value)
    if isinstance(value, dict):
        return value
    raise ValueError(f"a {type(value).__name__}")


def _check_depth(value: Any) -> None:
    waiting = [(0, value)]
    while waiting:
        depth, value = waiting.pop()
        if depth > DEEPEST:
            raise ValueError("values nested too deep")
        if isinstance(value, dict | list):
            waiting += [(depth + 1, each) for each in (value.values() if isinstance(value, dict) else value)]


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)
