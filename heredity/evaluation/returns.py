"""Episode returns as values, and as the evaluation.csv that other stages read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from heredity.errors import shortened
from heredity.files import write_table
from heredity.reading import LARGEST_RETURN, parse_address, parse_integer, parse_number, placed, read_table

SPLITS = ("report", "select", "null", "champion", "reference", "confirm", "twin")

MEMBER_SPLITS = ("report", "select", "confirm", "twin")
"""Those whose players are members, each of which may fail alone."""

EVALUATION = ("member", "split", "episode", "seed", "return", "length", "success")


@dataclass(frozen=True)
class Returns:
    """Finished episodes: arrays of equal length, one entry per episode; `success` is NaN where none is reported."""

    seed: np.ndarray[Any, np.dtype[np.int64]]
    returns: np.ndarray[Any, np.dtype[np.float64]]
    length: np.ndarray[Any, np.dtype[np.int64]]
    success: np.ndarray[Any, np.dtype[np.float64]]

    def __repr__(self) -> str:
        """Say how many episodes they are, and what these paid."""
        if not len(self.returns):
            return "Returns(0 episodes)"
        lowest, mean, highest = self.returns.min(), self.returns.mean(), self.returns.max()
        return f"Returns({len(self.returns):,} episodes, mean {mean:.4g}, from {lowest:.4g} to {highest:.4g})"


PlayedBySplit = Mapping[str, Mapping[str, Returns]]
"""Finished episodes by split and member."""


def joined(blocks: Sequence[Returns]) -> Returns:
    """Return the episodes of several blocks, one after another."""
    return Returns(*(np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(Returns)))


def write_evaluation(path: str | Path, played: Mapping[str, Mapping[str, Returns]]) -> None:
    """Write evaluation.csv or confirmation.csv: member, split, episode, seed, return, length, success.

    played: episodes by split and member. `report` holds the gate's fresh episodes of the members and `select` what
    was played before; `null`, `champion` and `reference` hold others on the seeds of `report`; `confirm` holds those of
    survivors on seeds that did not choose them, and `twin` as many on the twin of an environment.
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


def read_played(path: str | Path) -> PlayedBySplit:
    """Return what `write_evaluation` wrote. Raises CurveError naming file and line."""
    rows: dict[tuple[str, str], list[tuple[int, float, int, float]]] = {}
    for line, row in read_table(path, EVALUATION, "an evaluation"):
        with placed(f"{path}: line {line}"):
            member, split, episode, seed, value, length, success = row
            if split not in SPLITS:
                raise ValueError(f"a split out of {', '.join(SPLITS)}, got {shortened(split)}")
            before = rows.setdefault((split, parse_address(member)), [])
            if parse_integer(episode, "episode") != len(before):
                raise ValueError(f"episode {len(before)} of {member}, got {episode}")
            if not (steps := parse_integer(length, "length")) or success not in ("", "0", "1"):
                raise ValueError(f"a length from 1 and a success of 0, 1 or nothing, got {length} and {success}")
            number = parse_number(value, "return", -LARGEST_RETURN, LARGEST_RETURN)
            before.append((parse_integer(seed, "seed"), number, steps, float(success) if success else np.nan))
    played: dict[str, dict[str, Returns]] = {}
    for (split, member), episodes in rows.items():
        seeds, returns, lengths, successes = (np.array(column) for column in zip(*episodes, strict=True))
        played.setdefault(split, {})[member] = Returns(seeds, returns, lengths, successes)
    return played


def read_evaluation(path: str | Path, split: str) -> dict[str, list[float]]:
    """Return the episode returns of every member in one split. Raises CurveError naming file and line."""
    return {member: episodes.returns.tolist() for member, episodes in read_played(path).get(split, {}).items()}
