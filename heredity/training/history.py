"""Every training episode of a member, so that its curve can be drawn over another window than it was trained by."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from heredity.agents.archives import npz, read_arrays
from heredity.agents.kept import kept_beside
from heredity.errors import AgentError, CurveError
from heredity.layout import history_path
from heredity.reading import TABLE_BYTES, readable
from heredity.training.curves import UPDATE, CurveRow, curve_row

Array = np.ndarray[Any, Any]

KINDS = {"env_steps": np.int64, "returns": np.float64, "lengths": np.int64}


class Episode(NamedTuple):
    """One training episode; env_steps: of the row of the curve by which it had ended."""

    env_steps: int
    episode_return: float
    length: int


History = Sequence[Episode]
"""A member's training episodes in their order."""


def pack_history(history: History) -> bytes:
    """Return training episodes as an npz of env_steps int64[k], returns float64[k] and lengths int64[k]."""
    return pack_columns(zip(*history, strict=True) if history else ((), (), ()))


def pack_columns(columns: Iterable[Any]) -> bytes:
    """Return the same of these columns, in that order."""
    return npz({name: np.array(column, kind) for (name, kind), column in zip(KINDS.items(), columns, strict=True)})


def unpack_history(content: bytes) -> list[Episode]:
    """Return what `pack_history` packed. Raises AgentError for anything else."""
    return [Episode(*row) for row in zip(*(column.tolist() for column in unpack_columns(content)), strict=True)]


def unpack_columns(content: bytes) -> list[Array]:
    """Return the columns of that. Raises AgentError for anything else."""
    arrays = read_arrays(content, "training episodes")
    columns = [arrays[name] for name in KINDS if name in arrays]
    sound = [column.ndim == 1 and column.dtype == kind for column, kind in zip(columns, KINDS.values(), strict=False)]
    if len(columns) < len(KINDS) or not all(sound):
        raise AgentError(f"training episodes: expected {', '.join(KINDS)} of one length, got {', '.join(arrays)}")
    if len({*map(len, columns)}) > 1:
        raise AgentError("training episodes: expected columns of one length, got several")
    return columns


def read_history(model: Path) -> list[Episode]:
    """Return the training episodes of the model at a path. Raises CurveError where there are none, or damaged ones."""
    path = history_path(model)
    with readable(path, CurveError):
        try:
            packed = kept_beside(model, history_path, TABLE_BYTES)
            history = None if packed is None else unpack_history(packed)
        except AgentError as error:
            raise ValueError(str(error)) from None
    if history is None:
        raise CurveError(f"{path}: expected the training episodes beside the model, got none; type: dvc repro")
    return history


def redrawn(curve: Sequence[CurveRow], history: History, window: int) -> list[CurveRow]:
    """Return a member's curve with the means of its last `window` episodes at every row but the untrained one."""
    steps, rows = np.array([episode.env_steps for episode in history], np.int64), list(curve[:1])
    for row in curve[1:]:
        ended = int(np.searchsorted(steps, row.env_steps, side="right"))
        last = history[max(0, ended - window) : ended]
        returns, lengths = [each.episode_return for each in last], [each.length for each in last]
        update = {name: getattr(row, name) for name in UPDATE}
        rows.append(replace(curve_row(row.env_steps, returns, lengths, []), **update))
    return rows
