"""Episode returns as values, and as the evaluation.csv that other stages read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from heredity.errors import shortened
from heredity.files import write_table
from heredity.reading import LARGEST_RETURN, parse_integer, parse_name, parse_number, placed, read_table

SPLITS = ("report", "select", "null", "champion", "reference", "confirm")

MEMBER_SPLITS = ("report", "select", "confirm")
"""Those whose players are members, each of which may fail alone."""

EVALUATION = ("member", "split", "episode", "seed", "return", "length", "success")


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


def write_evaluation(path: str | Path, played: Mapping[str, Mapping[str, Returns]]) -> None:
    """Write evaluation.csv or confirmation.csv: member, split, episode, seed, return, length, success.

    played: episodes by split and member. `report` holds the gate's fresh episodes of the members and `select` what
    was played before; `null`, `champion` and `reference` hold others on the seeds of `report`; `confirm` holds those of
    survivors on seeds that did not choose them.
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
    for line, row in read_table(path, EVALUATION, "an evaluation"):
        with placed(f"{path}: line {line}"):
            member, row_split, episode, seed, value, length, success = row
            if row_split not in SPLITS:
                raise ValueError(f"a split out of {', '.join(SPLITS)}, got {shortened(row_split)}")
            before = returns.setdefault((row_split, parse_name(member)), [])
            if parse_integer(episode, "episode") != len(before):
                raise ValueError(f"episode {len(before)} of {member}, got {episode}")
            if not parse_integer(length, "length") or success not in ("", "0", "1"):
                raise ValueError(f"a length from 1 and a success of 0, 1 or nothing, got {length} and {success}")
            parse_integer(seed, "seed")
            before.append(parse_number(value, "return", -LARGEST_RETURN, LARGEST_RETURN))
    return {member: episodes for (row_split, member), episodes in returns.items() if row_split == split}
