"""The replay buffer of an off-policy model as bytes: an .npz of what has been seen, nothing pickled."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import ReplayBuffer

from heredity.agents.archives import npz, read_arrays
from heredity.errors import AgentError

Array = np.ndarray[Any, Any]

INFOS, EPISODE_STARTS = "infos", "_current_ep_start"
"""Of HerReplayBuffer: a dictionary per step, and the row in which each copy's episode began."""


def pack_replay(model: BaseAlgorithm) -> bytes | None:
    """Return the filled part of a model's replay buffer as an npz of arrays [rows, n_envs, …], `pos` and `full`.

    Of hindsight's buffer also where each copy's episode begins; its infos are empty unless `copy_info_dict` asks.

    None where the model keeps no replay buffer. Raises AgentError for a buffer that holds more than numbers.
    """
    buffer = _buffer(model)
    if buffer is None:
        return None
    arrays = {name: array[: buffer.size()] for name, array in _arrays(buffer)}
    if objects := [name for name, array in arrays.items() if array.dtype.hasobject]:
        kind = type(buffer).__name__
        raise AgentError(f"replay buffer: expected one of numbers alone, got {kind}, whose {objects[0]} are objects")
    if getattr(buffer, "copy_info_dict", False):
        raise AgentError("replay buffer: expected copy_info_dict: false, because infos are no numbers, got true")
    return npz({**arrays, **_of_copies(buffer), "pos": np.array(buffer.pos), "full": np.array(buffer.full)})


def unpack_replay(content: bytes, model: BaseAlgorithm) -> None:
    """Fill a model's replay buffer with what `pack_replay` returned, in its places.

    Raises AgentError when the content is damaged, belongs to other spaces, or is more than the buffer holds.
    """
    buffer, arrays = _buffer(model), read_arrays(content, "replay buffer")
    if buffer is None:
        raise AgentError(f"replay buffer: expected an off-policy algorithm, got {type(model).__name__}")
    full, places = bool(arrays.get("full", False)), dict(_arrays(buffer))
    rows = buffer.buffer_size if full else int(arrays.get("pos", -1))
    for name, array in places.items():  # all are looked at before the first is changed
        expected, shape = (rows, *array.shape[1:]), arrays[name].shape if name in arrays else None
        if shape != expected or not 0 <= rows <= buffer.buffer_size or arrays[name].dtype != array.dtype:
            raise AgentError(f"replay buffer: expected {name} of shape {expected}, got {shape}; the buffers differ")
    for name, array in _of_copies(buffer).items():
        if name not in arrays or arrays[name].shape != array.shape:
            raise AgentError(f"replay buffer: expected {name} of shape {array.shape}, got another; the buffers differ")
        array[:] = arrays[name]
    for name, array in places.items():
        array[:rows] = arrays[name]
    buffer.pos, buffer.full = int(arrays["pos"]), full


def replay_step_bytes(model: BaseAlgorithm) -> int:
    """Return the bytes of one environment step in a model's replay buffer, 0 where it keeps none."""
    buffer = _buffer(model)
    if buffer is None:
        return 0
    return sum(array.nbytes for _, array in _arrays(buffer)) // (buffer.buffer_size * buffer.n_envs)


def _buffer(model: BaseAlgorithm) -> ReplayBuffer | None:
    found = getattr(model, "replay_buffer", None)
    return found if isinstance(found, ReplayBuffer) else None


def _arrays(buffer: ReplayBuffer) -> Iterator[tuple[str, Array]]:
    """Yield every array of a buffer that has a row per step, by its attribute and, in a dictionary, its key."""
    for name, value in vars(buffer).items():
        for key, array in value.items() if isinstance(value, dict) else [("", value)]:
            if isinstance(array, np.ndarray) and array.shape[:1] == (buffer.buffer_size,) and name != INFOS:
                yield f"{name}.{key}".rstrip("."), array


def _of_copies(buffer: ReplayBuffer) -> dict[str, Array]:
    """Return the arrays that have a number for each copy."""
    return {EPISODE_STARTS: vars(buffer)[EPISODE_STARTS]} if EPISODE_STARTS in vars(buffer) else {}
