"""Which numbers of a file of PyTorch are which tensor's, so that they are looked at where they lie."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from heredity.agents.inert_pickle import Shell, read_pickle
from heredity.agents.tensors import GRAMMAR, PARAMETER, PICKLE, PICKLE_BYTES, TENSOR, read_state

KINDS: Mapping[str, Any] = {
    "torch.FloatStorage": np.float32,
    "torch.DoubleStorage": np.float64,
    "torch.HalfStorage": np.float16,
    "torch.BFloat16Storage": np.uint16,  # NumPy has no such number
    "torch.LongStorage": np.int64,
    "torch.IntStorage": np.int32,
    "torch.ShortStorage": np.int16,
    "torch.CharStorage": np.int8,
    "torch.ByteStorage": np.uint8,
    "torch.BoolStorage": np.bool_,
}


@dataclass(frozen=True)
class Placement:
    """Where a tensor lies in a storage, in numbers and not in bytes."""

    storage: str
    kind: str
    count: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def is_contiguous(self) -> bool:
        """Whether its numbers lie one after another, the last axis first."""
        counts = [math.prod(self.shape[axis + 1 :]) for axis in range(len(self.shape))]
        return all(
            size == 1 or stride == count for size, stride, count in zip(self.shape, self.strides, counts, strict=True)
        )

    @property
    def is_whole(self) -> bool:
        """Whether it is all of its storage, in order."""
        return self.is_contiguous and math.prod(self.shape) == self.count


def placements(content: bytes, what: str, members: Mapping[str, bytes], *, optimizer: bool) -> dict[str, Placement]:
    """Return where every tensor of a state dict lies, by its names with dots between them ("state.0.exp_avg").

    members: what lies in the zip `content`. Raises AgentError as `read_state` does, for anything but tensors.
    """
    read_state(content, what, optimizer=optimizer)  # nothing that it lets through is odd
    pickled = next(members[name] for name in members if name.endswith(f"/{PICKLE}"))
    raw = read_pickle(pickled, GRAMMAR, PICKLE_BYTES)
    return {name: _placement(shell) for name, shell in _tensors(raw, ())}


def _tensors(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, Shell]]:
    if isinstance(value, Shell) and value.dotted == PARAMETER:
        yield from _tensors(value.arguments[0], place)
    elif isinstance(value, Shell) and value.dotted == TENSOR:
        yield ".".join(place), value
    elif isinstance(value, dict | list | tuple):
        each = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in each:
            yield from _tensors(item, (*place, str(key)))


def _placement(shell: Shell) -> Placement:
    kept, offset, shape, strides = shell.arguments[:4]
    _, kind, storage, _, count = kept.said
    return Placement(storage, kind.dotted, count, offset, _sizes(shape), _sizes(strides))


def _sizes(values: Any) -> tuple[int, ...]:
    return tuple(values.arguments[0] if isinstance(values, Shell) else values)
