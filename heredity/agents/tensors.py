"""The state dicts of a Stable-Baselines3 zip, read from PyTorch's files without PyTorch's own reader.

Such a file is a zip of a pickle and of the numbers of each tensor. The pickle is read in shells; what is made of them
are dense tensors of numbers, no larger than the memory that the file gives them, and plain values. So whoever takes a
state dict meets no other kind of tensor (sparse, quantised, nested, meta, complex), no value that holds itself, and
no name without a value.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch

from heredity.agents.archives import unpack_zip
from heredity.agents.inert_pickle import Grammar, Kept, Shell, described, read_pickle
from heredity.errors import AgentError

State = dict[str, Any]
Tensors = dict[str, State]

PICKLE, NUMBERS, ORDER = "data.pkl", "data", "byteorder"
"""What a file of PyTorch keeps in a folder of its own: the pickle, a member per storage, and the order of bytes."""

TYPES = {
    "torch.FloatStorage": torch.float32,
    "torch.DoubleStorage": torch.float64,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.LongStorage": torch.int64,
    "torch.IntStorage": torch.int32,
    "torch.ShortStorage": torch.int16,
    "torch.CharStorage": torch.int8,
    "torch.ByteStorage": torch.uint8,
    "torch.BoolStorage": torch.bool,
}
TENSOR, PARAMETER = "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter"
GRAMMAR = Grammar("a state dict", {*TYPES, TENSOR, PARAMETER, "collections.OrderedDict", "torch.Size"}, {"BINPERSID"})

PICKLE_BYTES, DEEPEST, MOST_VALUES = 16 << 20, 16, 200_000
"""Of one state dict: how long its pickle may be, how far values may be nested, and how many there may be."""

MOST_VIEWS = 4
"""How often the numbers of a file may stand in its tensors: those of a layer that several networks share are one."""

LONGEST_NAME, LARGEST_INTEGER, MOST_AXES = 500, 2**63, 16


def read_state(content: bytes, what: str, *, optimizer: bool) -> State:
    """Return a state dict of PyTorch's own file: a tensor by each name, or what an optimizer keeps.

    what: begins the message. Raises AgentError for anything else.
    """
    try:
        state = _Values(unpack_zip(content)).state()
        (_check_optimizer if optimizer else _check_tensors)(state)
    except AgentError as error:
        raise AgentError(f"{what}: expected nothing but tensors, and nothing else is read ({error})") from None
    return state


def optimizes(part: str) -> bool:
    """Whether a state dict is that of an optimizer, by its name."""
    return part.endswith("optimizer")


def not_finite(value: Any, place: str = "") -> str | None:
    """Return where a value that `read_state` returned holds NaN or infinity, None where all is finite."""
    if isinstance(value, dict | list | tuple):
        each = value.items() if isinstance(value, dict) else enumerate(value)
        return next((name for key, item in each if (name := not_finite(item, f"{place}.{key}".lstrip(".")))), None)
    if isinstance(value, torch.Tensor):
        return None if bool(torch.isfinite(value.float()).all()) else place
    return place if isinstance(value, float) and not math.isfinite(value) else None


class _Values:
    """What one file holds: its pickle as plain values, whose tensors are made of the members beside it."""

    def __init__(self, members: Mapping[str, bytes]) -> None:
        folders = [name.removesuffix(f"/{PICKLE}") for name in members if name.endswith(f"/{PICKLE}")]
        if len(folders) != 1:
            raise AgentError(f"expected one {PICKLE} in a folder, got {len(folders)}")
        self.members, self.folder = members, folders[0]
        if members.get(f"{self.folder}/{ORDER}", b"little") != b"little":
            raise AgentError("expected numbers whose lowest byte comes first, got others")
        self.flat: dict[tuple[str, torch.dtype], torch.Tensor] = {}
        self.made: dict[tuple[Any, ...], torch.Tensor] = {}
        self.free_bytes = MOST_VIEWS * sum(map(len, members.values()))
        self.free_values = MOST_VALUES

    def state(self) -> State:
        """Return the whole. Raises AgentError for what is no mapping."""
        raw = read_pickle(self.members[f"{self.folder}/{PICKLE}"], GRAMMAR, PICKLE_BYTES)
        value = {} if raw is None else self._plain(raw, 0)
        if not isinstance(value, dict):
            raise AgentError(f"a state dict, got {type(value).__name__}")
        return value

    def _plain(self, value: Any, depth: int) -> Any:
        """Return a value without shells; one that stands at two places, or within itself, counts at each."""
        self.free_values -= 1
        if depth > DEEPEST or self.free_values < 0:
            raise AgentError("values nested too deep" if depth > DEEPEST else f"more than {MOST_VALUES} values")
        if isinstance(value, Shell):
            if value.dotted == "torch.Size":
                return tuple(self._plain(each, depth + 1) for each in _only(value.arguments))
            return self._tensor(value)
        if isinstance(value, dict):
            return {_key(key): self._plain(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._plain(each, depth + 1) for each in value)
        if value is None or isinstance(value, bool | float) or (isinstance(value, int) and _small(value)):
            return value
        raise AgentError(f"a value that is {described(value)}")

    def _tensor(self, shell: Shell) -> torch.Tensor:
        """Return the tensor that a shell stands for, contiguous or in an order of its own, with memory of its own."""
        if shell.dotted == PARAMETER and len(shell.arguments) == 3 and isinstance(shell.arguments[0], Shell):
            shell = _hookless(shell.arguments[0], shell.arguments[2])
        if shell.dotted != TENSOR or len(shell.arguments) not in (6, 7) or shell.state is not None:
            raise AgentError(f"a tensor that {shell.dotted} makes")
        kept, offset, shape, strides, _, hooks, *metadata = shell.arguments
        _hookless(shell, hooks, *metadata)
        storage, dtype = self._storage(kept)
        shape, strides, (offset,) = _sizes(shape), _sizes(strides), _sizes((offset,))
        if len(shape) != len(strides):
            raise AgentError(f"a tensor of {len(shape)} axes with {len(strides)} strides")
        key = (storage, dtype, shape, strides, offset)
        if key not in self.made:
            self.made[key] = self._view(self.flat[storage, dtype], shape, strides, offset)
        return self.made[key]

    def _storage(self, kept: Any) -> tuple[str, torch.dtype]:
        """Read the numbers that a tensor says it looks at, and return by which name and of which type."""
        said = kept.said if isinstance(kept, Kept) else None
        if not isinstance(said, tuple) or len(said) != 5 or said[0] != "storage":
            raise AgentError("a tensor without numbers")
        _, kind, name, _, count = said
        dtype = TYPES.get(getattr(kind, "dotted", "")) if isinstance(kind, type) else None
        numbers = self.members.get(f"{self.folder}/{NUMBERS}/{name}") if isinstance(name, str) else None
        if not dtype or not numbers or not isinstance(count, int) or len(numbers) != count * dtype.itemsize:
            raise AgentError(f"a tensor without the numbers that it names ({described(name)})")
        if (name, dtype) not in self.flat:
            whole = torch.frombuffer(bytearray(numbers), dtype=torch.uint8 if dtype == torch.bool else dtype)
            self.flat[name, dtype] = whole != 0 if dtype == torch.bool else whole
        return name, dtype

    def _view(self, flat: torch.Tensor, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> torch.Tensor:
        """Return a copy of some of the numbers."""
        count = math.prod(shape)
        last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
        # A view with stride 0 stands for more numbers than the file holds, and fills the memory once it is copied.
        if not 0 < count <= len(flat) or last >= len(flat):
            raise AgentError(f"a tensor of shape {list(shape)} is larger than its memory, or holds nothing")
        self.free_bytes -= count * flat.element_size()
        if self.free_bytes < 0:
            raise AgentError(f"tensors of more than {MOST_VIEWS} times the numbers in the file")
        return flat.as_strided(shape, strides, offset).clone()


def _only(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(arguments) != 1 or not isinstance(arguments[0], tuple):
        raise AgentError("a torch.Size of something else than sizes")
    return arguments[0]


def _hookless(shell: Shell, *extras: Any) -> Shell:
    if any(extras):
        raise AgentError("a tensor with hooks or metadata")
    return shell


def _key(key: Any) -> Any:
    if isinstance(key, str) and (len(key) > LONGEST_NAME or not key.isprintable()):
        raise AgentError(f"a name that is {described(key)}")
    return key


def _small(value: int) -> bool:
    return -LARGEST_INTEGER <= value < LARGEST_INTEGER


def _sizes(values: Any) -> tuple[int, ...]:
    """Return sizes, strides or an offset as they are. Raises AgentError for anything else."""
    if isinstance(values, Shell) and values.dotted == "torch.Size":
        values = _only(values.arguments)
    whole = isinstance(values, tuple) and len(values) <= MOST_AXES and all(type(each) is int for each in values)
    if not whole or any(not 0 <= each < LARGEST_INTEGER for each in values):
        raise AgentError("a tensor whose sizes are no numbers from 0")
    return tuple(values)


def _check_tensors(state: State) -> None:
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise AgentError(f"a tensor by every name, got {type(value).__name__} by {described(name)}")


def _check_optimizer(state: State) -> None:
    """Refuse what no optimizer keeps: groups of settings with the numbers of their parameters, and a state by these."""
    groups, moments = state.get("param_groups"), state.get("state")
    if state.keys() != {"param_groups", "state"} or not isinstance(groups, list) or not isinstance(moments, dict):
        raise AgentError("an optimizer with state and param_groups")
    numbers: list[Any] = []
    for group in groups:
        if not isinstance(group, dict) or not isinstance(group.get("params"), list):
            raise AgentError("an optimizer whose groups list their params")
        numbers += group["params"]
        for name, value in group.items():
            if not isinstance(name, str) or not (name == "params" or _is_setting(value)):
                raise AgentError(f"an optimizer with numbers as settings, got {described(name)}")
    if any(type(number) is not int for number in numbers) or len(set(numbers)) < len(numbers) or not groups:
        raise AgentError("an optimizer whose params are numbered")
    for number, each in moments.items():
        if type(number) is not int or number not in numbers or not isinstance(each, dict):
            raise AgentError("an optimizer whose state is that of its params")
        for name, value in each.items():
            if not isinstance(name, str) or not (value is None or isinstance(value, int | float | torch.Tensor)):
                raise AgentError(f"an optimizer whose state is of numbers, got {described(name)}")


def _is_setting(value: Any) -> bool:
    """Whether a value may be a setting of an optimizer: a number, several, a switch, or nothing."""
    if isinstance(value, list | tuple):
        return all(isinstance(each, int | float | torch.Tensor) for each in value)
    return value is None or isinstance(value, int | float) or (isinstance(value, torch.Tensor) and value.numel() == 1)
