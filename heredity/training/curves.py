"""Learning curves and episode returns as values, and as the CSV files that other stages read."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from heredity.complaints import shortened
from heredity.errors import CurveError
from heredity.files import write_text
from heredity.reading import read_text

WINDOW_EPISODES = 100
"""A row of a curve is over the last 100 training episodes; a member has reached its threshold when their mean has."""

LARGEST_RETURN = 1e100
"""Returns beyond this would overflow in a variance."""

LARGEST_BYTES = 64 << 20
"""A curves.csv of a thousand members has some 10 MiB."""

SPLITS = ("report", "select", "null", "champion", "reference")
EVALUATION = ("member", "split", "episode", "seed", "return", "length", "success")


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
    header = ["member", *(field.name for field in fields(CurveRow))]
    for line, (member, *numbers) in _read_table(path, header, "a learning curve"):
        with _placed(f"{path}: line {line}"):
            row = _curve_row(numbers)
            if (before := curves.setdefault(_name(member), [])) and before[-1].env_steps >= row.env_steps:
                raise ValueError(f"env_steps of {member} above {before[-1].env_steps}, got {row.env_steps}")
            before.append(row)
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
    write_table(path, EVALUATION, rows)


def read_evaluation(path: str | Path, split: str) -> dict[str, list[float]]:
    """Return the episode returns of every member in one split. Raises CurveError naming file and line."""
    returns: dict[tuple[str, str], list[float]] = {}
    for line, row in _read_table(path, EVALUATION, "an evaluation"):
        with _placed(f"{path}: line {line}"):
            member, found, episode, seed, value, length, success = row
            if found not in SPLITS:
                raise ValueError(f"a split out of {', '.join(SPLITS)}, got {shortened(found)}")
            before = returns.setdefault((found, _name(member)), [])
            if _integer(episode, "episode") != len(before):
                raise ValueError(f"episode {len(before)} of {member}, got {episode}")
            if not _integer(length, "length") or success not in ("", "0", "1"):
                raise ValueError(f"a length from 1 and a success of 0, 1 or nothing, got {length} and {success}")
            _integer(seed, "seed")
            before.append(_finite(value, "return", -LARGEST_RETURN, LARGEST_RETURN))
    return {member: played for (found, member), played in returns.items() if found == split}


def _curve_row(texts: Sequence[str]) -> CurveRow:
    steps, mean, deviation, length, success, episodes = texts
    row = CurveRow(
        _integer(steps, "env_steps"),
        _finite(mean, "return_mean", -LARGEST_RETURN, LARGEST_RETURN) if mean else None,
        _finite(deviation, "return_std", 0, LARGEST_RETURN) if deviation else None,
        _finite(length, "length_mean", 0, LARGEST_RETURN) if length else None,
        _finite(success, "success_rate", 0, 1) if success else None,
        _integer(episodes, "episodes"),
    )
    known = {number is not None for number in (row.return_mean, row.return_std, row.length_mean)}
    if known != {row.episodes > 0}:
        raise ValueError(f"return_mean, return_std and length_mean of {row.episodes} episodes, got {shortened(texts)}")
    return row


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text):
        raise ValueError(f"the name of a member, got {shortened(text)}")
    return text


def _integer(text: str, column: str) -> int:
    if not re.fullmatch("[0-9]{1,18}", text):
        raise ValueError(f"{column} as a whole number from 0, got {shortened(text)}")
    return int(text)


def _finite(text: str, column: str, low: float, high: float) -> float:
    number = float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", text) else math.nan
    if not low <= number <= high:
        raise ValueError(f"{column} as a number from {low:g} to {high:g}, got {shortened(text)}")
    return number


@contextmanager
def _placed(where: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise CurveError(f"{where}: expected {error}") from None


def write_table(path: str | Path, header: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV, None as an empty field."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, buffer.getvalue())


def _read_table(path: str | Path, header: Sequence[str], said: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every row with its line. Raises CurveError for a file that has not exactly these columns."""
    try:
        text = read_text(path, LARGEST_BYTES)
    except (OSError, ValueError) as error:
        raise CurveError(f"{path}: cannot be read: {error}") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 0
    try:
        for line, row in enumerate(rows, start=1):
            if len(row) != len(header) or (line == 1 and row != list(header)):
                raise csv.Error(f"got {shortened(row)}")
            if line > 1:
                yield line, row
    except csv.Error as error:
        columns = ", ".join(header)
        raise CurveError(f"{path}: line {max(line, 1)}: expected the columns of {said} ({columns}), {error}") from None
    if not line:
        raise CurveError(f"{path}: line 1: expected the columns of {said}, got nothing")
