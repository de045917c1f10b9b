"""The members of a tile as the host keeps them: who is in which place, what was told of them, and what they end as."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from heredity.training.cohort.kinds import Kind
from heredity.training.cohort.tile import Row
from heredity.training.curves import CurveRow
from heredity.training.history import pack_columns, unpack_columns
from heredity.training.shard import Member
from heredity.training.snapshot import Snapshot
from heredity.training.updates import known

Array = np.ndarray[Any, Any]


class RowEpisodes(NamedTuple):
    """The episodes of a row of a curve: its env_steps, by which they had ended, their returns and lengths."""

    env_steps: int
    returns: Array
    lengths: Array


NOTHING = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)
"""Columns of no episodes."""


@dataclass
class Occupant:
    """A member while it trains in a tile.

    curve: as far as rows have been read. behind: columns of the episodes that a snapshot knows; since: those of the
    rows since then. rollouts: how many it has behind it by now; launched: how many it may have behind it, by what the
    device was given. failure: what it failed of. core_seconds: its share.
    """

    member: Member
    kind: Kind
    curve: list[CurveRow]
    behind: Sequence[Array]
    rollouts: int
    launched: int
    reached: bool = False
    failure: str | None = None
    core_seconds: float = 0.0
    since: list[RowEpisodes] = field(default_factory=list)

    @classmethod
    def of(cls, member: Member, kind: Kind, snapshot: Snapshot) -> "Occupant":
        """Return a member as a snapshot has it."""
        rollouts = snapshot.env_steps // kind.rollout_steps
        behind = unpack_columns(snapshot.history) if snapshot.history else NOTHING
        return cls(member, kind, list(snapshot.curve), behind, rollouts, rollouts, core_seconds=snapshot.core_seconds)

    def end(self, reached: bool, failure: str | None) -> None:
        """Note what a training came to."""
        self.reached, self.failure = reached, failure

    @property
    def history(self) -> bytes:
        """Its training episodes, as `pack_history` packs them."""
        since, counts = [each.env_steps for each in self.since], [len(each.lengths) for each in self.since]
        steps = np.concatenate([self.behind[0], np.repeat(np.array(since, np.int64), counts)])
        returns = np.concatenate([self.behind[1], *(each.returns for each in self.since)])
        lengths = np.concatenate([self.behind[2], *(each.lengths for each in self.since)])
        return pack_columns((steps, returns, lengths))

    @property
    def env_steps(self) -> int:
        """Environment steps, as far as rows have been read."""
        return self.rollouts * self.kind.rollout_steps


class Told:
    """What iterations told, as NumPy's arrays of a Row with iterations and places in front; taken: rollouts in all."""

    def __init__(self, row: Row) -> None:
        """Find the episodes that ended, place by place."""
        self.row, (self.iterations, self.places), self.taken = row, row.active.shape, int(row.active.sum())
        ended = np.flatnonzero(~np.isnan(row.ended))  # of K × M × T × E
        self._returns, self._lengths = row.ended.ravel()[ended], row.lengths.ravel()[ended]
        rows = self.iterations * self.places
        self._ends = np.searchsorted(ended, np.arange(rows + 1) * (row.ended.size // rows)).tolist()
        # As lists at once: to ask an array for one number takes longer than all that is made of it.
        self._active, self._counts = row.active.T.tolist(), row.episodes.tolist()
        self._window = row.mean.tolist(), row.deviation.tolist(), row.length.tolist()
        self._statistics = row.statistics.tolist()

    def read(self, occupant: Occupant, place: int) -> list[CurveRow]:
        """Let an occupant of a place take over what was told of it; return the new rows of its curve."""
        begun = len(occupant.curve)
        for k, active in enumerate(self._active[place]):
            if not active:
                continue
            occupant.rollouts += 1
            env_steps, rate = occupant.env_steps, float(occupant.kind.at(occupant.rollouts).learning_rate)
            occupant.curve.append(self._curve_row(k, place, env_steps, rate))
            first, last = self._ends[(at := k * self.places + place)], self._ends[at + 1]
            occupant.since.append(RowEpisodes(env_steps, self._returns[first:last], self._lengths[first:last]))
        return occupant.curve[begun:]

    def is_over(self, place: int) -> bool:
        """Whether the member of a place has come to its end."""
        return not self.row.goes_on[-1, place]

    def end(self, place: int, task: str) -> tuple[bool, str | None]:
        """Return whether it reached its threshold, and what it failed of, None where it did not."""
        whole = bool(self.row.finite[-1, place])
        failure = None if whole else f"{task}: expected finite numbers of its twin, got NaN or infinity"
        return whole and bool(self.row.reached[-1, place]), failure

    def _curve_row(self, k: int, place: int, env_steps: int, learning_rate: float) -> CurveRow:
        count = self._counts[k][place]
        mean, deviation, length = (part[k][place] if count else None for part in self._window)
        update = map(known, (*self._statistics[k][place], learning_rate))
        return CurveRow(env_steps, mean, deviation, length, None, count, *update)
