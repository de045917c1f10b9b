"""Learning curves as values, and as the curves.csv that other stages read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from heredity.errors import shortened
from heredity.files import write_table
from heredity.reading import LARGEST_RETURN, parse_address, parse_integer, parse_number, placed, read_table
from heredity.study.sections import WINDOW, Train


@dataclass(frozen=True)
class CurveRow:
    """One point of a learning curve.

    env_steps: steps of the environment taken so far; 0 is the untrained (zero-shot) policy.
    The other numbers are over the last `episodes` training episodes, at most `train.window` of them, with the policy
    acting as it does in training. `success_rate` is None where the environment reports no `is_success`; all are None
    before the first episode has ended.
    From `policy_loss` on: what the last update before the row said of itself, as Stable-Baselines3 logs it; of an actor
    and its critics, or of Q-values alone, the losses under the same two names. None where an algorithm has no such
    number, and in the untrained row.
    """

    env_steps: int
    return_mean: float | None
    return_std: float | None
    length_mean: float | None
    success_rate: float | None
    episodes: int
    policy_loss: float | None = None
    value_loss: float | None = None
    entropy_loss: float | None = None
    approx_kl: float | None = None
    clip_fraction: float | None = None
    explained_variance: float | None = None
    learning_rate: float | None = None


COLUMNS = ("member", *(field.name for field in fields(CurveRow)))
UPDATE = COLUMNS[COLUMNS.index("policy_loss") :]
"""What an update says of itself; curves that were written before 0.2 have none of these columns."""


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


def no_better(curve: Sequence[CurveRow], train: Train) -> bool:
    """Whether a curve has had no better row for `train.patience_steps`; rows over less than a window count as none."""
    full = [row for row in curve if row.env_steps and row.episodes >= train.window]
    if train.patience_steps is None or not full:
        return False
    best = max(full, key=lambda row: (row.return_mean or 0.0, -row.env_steps))
    return full[-1].env_steps - best.env_steps >= train.patience_steps


def write_curves(path: str | Path, curves: Mapping[str, Iterable[CurveRow]]) -> None:
    """Write curves.csv: member, then the fields of CurveRow."""
    rows = [{"member": member, **asdict(row)} for member, curve in curves.items() for row in curve]
    write_table(path, COLUMNS, rows)


def read_curves(path: str | Path) -> dict[str, list[CurveRow]]:
    """Read curves.csv. Raises CurveError naming file and line when a row is not what `write_curves` writes."""
    curves: dict[str, list[CurveRow]] = {}
    for line, (member, *numbers) in read_table(path, COLUMNS, "a learning curve", optional=len(UPDATE)):
        with placed(f"{path}: line {line}"):
            row = _curve_row(numbers)
            if (before := curves.setdefault(parse_address(member), [])) and before[-1].env_steps >= row.env_steps:
                raise ValueError(f"env_steps of {member} above {before[-1].env_steps}, got {row.env_steps}")
            before.append(row)
    return curves


def as_arrays(curve: Iterable[CurveRow], window: int = WINDOW) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return (env_steps int64[k], returns float64[k]) of the untrained row, the rows of a full window, and the last.

    window: the episodes of a full one. The mean of fewer crosses a threshold by luck; the trainer does not stop on it
    either.
    """
    rows = [row for row in curve if row.return_mean is not None]
    full = [row for row in rows if row.env_steps == 0 or row.episodes >= window or row is rows[-1]]
    return np.array([row.env_steps for row in full], np.int64), np.array([row.return_mean for row in full], np.float64)


def _curve_row(texts: Sequence[str]) -> CurveRow:
    steps, mean, deviation, length, success, episodes, *update = texts
    row = CurveRow(
        parse_integer(steps, "env_steps"),
        parse_number(mean, "return_mean", -LARGEST_RETURN, LARGEST_RETURN) if mean else None,
        parse_number(deviation, "return_std", 0, LARGEST_RETURN) if deviation else None,
        parse_number(length, "length_mean", 0, LARGEST_RETURN) if length else None,
        parse_number(success, "success_rate", 0, 1) if success else None,
        parse_integer(episodes, "episodes"),
        *(
            parse_number(text, name, -LARGEST_RETURN, LARGEST_RETURN) if text else None
            for name, text in zip(UPDATE, update, strict=True)
        ),
    )
    presence = {number is not None for number in (row.return_mean, row.return_std, row.length_mean)}
    if presence != {row.episodes > 0}:
        got = shortened(texts[: -len(UPDATE)])
        raise ValueError(f"return_mean, return_std and length_mean of {row.episodes} episodes, got {got}")
    return row
