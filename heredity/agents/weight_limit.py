"""How many weights a network may have that is built from what a file says, counted while it is built."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import Any

from torch.nn.modules.module import register_module_parameter_registration_hook

from heredity.errors import AgentError, StudyError

SPARE_WEIGHTS, SPARE_RATIO = 4 << 20, 4
"""What a network on another task may have beyond the weights in the file: larger observations make larger layers."""

NEEDLESS = "expected a network of about as many weights as the file has, got more than"

_most_weights: ContextVar[float] = ContextVar("most_weights", default=math.inf)


def check_weights(policy_kwargs: Any, in_file: int) -> None:
    """Raise AgentError where the widths that a file tells of its layers make more weights than it can have."""
    most = SPARE_WEIGHTS + SPARE_RATIO * in_file
    if isinstance(policy_kwargs, dict) and _least_weights(policy_kwargs) > most:
        raise AgentError(f"{NEEDLESS} {most}")


def _least_weights(policy_kwargs: dict[str, Any]) -> int:
    """Return how many weights lie between the layers that are told, whatever the task's observations and actions."""

    def told(name: str) -> int:
        value = policy_kwargs.get(name)
        return value if isinstance(value, int) else 1

    layers = policy_kwargs.get("net_arch")
    networks = [each for each in (layers.values() if isinstance(layers, dict) else [layers]) if isinstance(each, list)]
    widths = [[width for width in network if isinstance(width, int)] for network in networks]
    between = sum(above * below for network in widths for above, below in pairwise(network))
    return told("n_critics") * between + 4 * told("lstm_hidden_size") ** 2 * told("n_lstm_layers")


@contextmanager
def weights_limited(in_file: int) -> Iterator[None]:
    """Let networks that are built in the block have no more weights than one with `in_file` weights may come to."""
    token = _most_weights.set(SPARE_WEIGHTS + SPARE_RATIO * in_file)
    try:
        yield
    finally:
        _most_weights.reset(token)


@contextmanager
def weights_counted() -> Iterator[None]:
    """Raise StudyError in a block that makes one network, as soon as it has more weights than `weights_limited` says.

    A layer that is too large has been made by then, and none after it.
    """
    most, made = _most_weights.get(), 0
    if most == math.inf:
        yield
        return

    def count(_: Any, __: str, parameter: Any) -> None:
        nonlocal made
        made += 0 if parameter is None else parameter.numel()
        if made > most:
            raise StudyError(f"{NEEDLESS} {most}")

    handle = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        handle.remove()
