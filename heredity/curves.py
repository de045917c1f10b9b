"""Learning curves and episode returns as values, and as the CSV files that other stages read."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from heredity.errors import CurveError
from heredity.files import write_text

WINDOW_EPISODES = 100
"""A row of a curve is over the last 100 training episodes; a member has reached its threshold when their mean has."""


@dataclass(frozen=True)
class CurveRow:
    """One point of a learning curve.

    env_steps: steps of the environment taken so far; 0 is the untrained (zero-shot) policy.
    The other numbers are over the last `episodes` training episodes, at most WINDOW_EPISODES, with the policy acting
    as it does in training. `success_rate` is None where the environment reports no `is_success`; all are None before
    the first episode has ended.
    """

    env_steps: int
    return_mean: float | None
    return_std: float | None
    length_mean: float | None
    success_rate: float | None
    episodes: int


@dataclass(frozen=True)
class Returns:
    """Finished episodes: arrays of equal length, one entry per episode; `success` is NaN where none is reported."""

    seed: np.ndarray[Any, np.dtype[np.int64]]
    returns: np.ndarray[Any, np.dtype[np.float64]]
    length: np.ndarray[Any, np.dtype[np.int64]]
    success: np.ndarray[Any, np.dtype[np.float64]]


def joined(blocks: Sequence[Returns]) -> Returns:
    """Return the episodes of several blocks, one after another."""
    return Returns(*(np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(Returns)))


def curve_row(
    env_steps: int, returns: Sequence[float], lengths: Sequence[float], successes: Sequence[float]
) -> CurveRow:
    """Summarise a window of episodes; `successes` is shorter, or empty, where the environment reports none."""
    if not len(returns):
        return CurveRow(env_steps, None, None, None, None, 0)
    success_rate = float(np.mean(successes)) if len(successes) else None
    return CurveRow(
        env_steps, float(np.mean(returns)), float(np.std(returns)), float(np.mean(lengths)), success_rate, len(returns)
    )


def write_curves(path: str | Path, curves: Mapping[str, Iterable[CurveRow]]) -> None:
    """Write curves.csv: member, then the fields of CurveRow."""
    rows = [{"member": member, **asdict(row)} for member, curve in curves.items() for row in curve]
    write_table(path, ["member", *(field.name for field in fields(CurveRow))], rows)


def read_curves(path: str | Path) -> dict[str, list[CurveRow]]:
    """Read curves.csv. Raises CurveError naming file and line when a row is not what `write_curves` writes."""
    curves: dict[str, list[CurveRow]] = {}
    for line, row in _read_csv(path):
        try:
            parsed, curve = _parsed(row), curves.setdefault(row["member"], [])
        except (KeyError, TypeError, ValueError) as error:
            raise CurveError(f"{path}: line {line}: expected the columns of a learning curve, got {error}") from None
        if curve and parsed.env_steps <= curve[-1].env_steps:
            raise CurveError(
                f"{path}: line {line}: expected env_steps above {curve[-1].env_steps}, got {parsed.env_steps}"
            )
        curve.append(parsed)
    return curves


def as_arrays(curve: Iterable[CurveRow]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return (env_steps int64[k], returns float64[k]) of the untrained row, the rows of a full window, and the last.

    The mean of a handful of episodes crosses a threshold by luck; the trainer does not stop on it either.
    """
    rows = [row for row in curve if row.return_mean is not None]
    told = [row for row in rows if row.env_steps == 0 or row.episodes >= WINDOW_EPISODES or row is rows[-1]]
    return np.array([row.env_steps for row in told], np.int64), np.array([row.return_mean for row in told], np.float64)


def write_evaluation(path: str | Path, played: Mapping[str, Mapping[str, Returns]]) -> None:
    """Write evaluation.csv: member, split, episode, seed, return, length, success.

    played: episodes by split and member. `report` holds the gate's fresh episodes of the members and `select` what
    was played before; `null`, `champion` and `reference` hold others on the seeds of `report`.
    """
    rows = [
        {
            "member": member,
            "split": split,
            "episode": episode,
            "seed": int(episodes.seed[episode]),
            "return": float(episodes.returns[episode]),
            "length": int(episodes.length[episode]),
            "success": None if np.isnan(episodes.success[episode]) else int(episodes.success[episode]),
        }
        for split, members in played.items()
        for member, episodes in members.items()
        for episode in range(len(episodes.returns))
    ]
    write_table(path, ["member", "split", "episode", "seed", "return", "length", "success"], rows)


def read_evaluation(path: str | Path, split: str) -> dict[str, list[float]]:
    """Return the episode returns of every member in one split. Raises CurveError naming file and line."""
    returns: dict[str, list[float]] = {}
    for line, row in _read_csv(path):
        try:
            if row["split"] == split:
                returns.setdefault(row["member"], []).append(_finite(row["return"]))
        except (KeyError, TypeError, ValueError) as error:
            raise CurveError(f"{path}: line {line}: expected the columns of an evaluation, got {error}") from None
    return returns


def _parsed(row: Mapping[str, str]) -> CurveRow:
    return CurveRow(
        int(row["env_steps"]),
        _number(row["return_mean"]),
        _number(row["return_std"]),
        _number(row["length_mean"]),
        _number(row["success_rate"]),
        int(row["episodes"]),
    )


def _number(text: str) -> float | None:
    return _finite(text) if text else None


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text}, which is not finite")
    return value


def write_table(path: str | Path, header: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV, None as an empty field."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, buffer.getvalue())


def _read_csv(path: str | Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CurveError(f"{path}: cannot be read: {error}") from None
    return list(enumerate(csv.DictReader(io.StringIO(text)), start=2))
