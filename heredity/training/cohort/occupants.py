"""The members of a tile as the host keeps them: who is in which place, what was told of them, and what they end as."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from heredity.training.cohort.kinds import Kind
from heredity.training.cohort.tile import Row
from heredity.training.curves import CurveRow
from heredity.training.history import Episode, unpack_history
from heredity.training.shard import Member
from heredity.training.snapshot import Snapshot
from heredity.training.updates import known

Array = np.ndarray[Any, Any]


@dataclass
class Occupant:
    """A member while it trains in a tile.

    curve, history: as far as rows have been read. rollouts: how many it has behind it by then; launched: how many it
    may have behind it, by what the device was given. failure: what it failed of. core_seconds: its share.
    """

    member: Member
    kind: Kind
    curve: list[CurveRow]
    history: list[Episode]
    rollouts: int
    launched: int
    reached: bool = False
    failure: str | None = None
    core_seconds: float = 0.0

    @classmethod
    def of(cls, member: Member, kind: Kind, snapshot: Snapshot) -> "Occupant":
        """Return a member as a snapshot has it."""
        rollouts = snapshot.env_steps // kind.rollout_steps
        history = unpack_history(snapshot.history) if snapshot.history else []
        return cls(member, kind, list(snapshot.curve), history, rollouts, rollouts, core_seconds=snapshot.core_seconds)

    def end(self, reached: bool, failure: str | None) -> None:
        """Note what a training came to."""
        self.reached, self.failure = reached, failure

    @property
    def env_steps(self) -> int:
        """Environment steps, as far as rows have been read."""
        return self.rollouts * self.kind.rollout_steps


class Told:
    """What iterations told, as NumPy's arrays of a Row with iterations and places in front; taken: rollouts in all."""

    def __init__(self, row: Row) -> None:
        """Find the episodes that ended, place by place."""
        self.row, (self.iterations, self.places), self.taken = row, row.active.shape, int(row.active.sum())
        ended = ~np.isnan(row.ended)  # [K, M, T, E]
        self._returns, self._lengths = row.ended[ended].tolist(), row.lengths[ended].tolist()
        counts = ended.reshape(self.iterations * self.places, -1).sum(1)
        self._ends = [0, *np.cumsum(counts).tolist()]

    def read(self, occupant: Occupant, place: int) -> list[CurveRow]:
        """Let an occupant of a place take over what was told of it; return the new rows of its curve."""
        begun = len(occupant.curve)
        for k in np.flatnonzero(self.row.active[:, place]).tolist():
            occupant.rollouts += 1
            env_steps, rate = occupant.env_steps, float(occupant.kind.at(occupant.rollouts).learning_rate)
            occupant.curve.append(self._curve_row(k, place, env_steps, rate))
            first, last = self._ends[(at := k * self.places + place)], self._ends[at + 1]
            pairs = zip(self._returns[first:last], self._lengths[first:last], strict=True)
            occupant.history += [Episode(env_steps, paid, length) for paid, length in pairs]
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
        row, count = self.row, int(self.row.episodes[k, place])
        window = row.mean, row.deviation, row.length
        mean, deviation, length = (float(part[k, place]) if count else None for part in window)
        update = (known(number) for number in (*row.statistics[k, place].tolist(), learning_rate))
        return CurveRow(env_steps, mean, deviation, length, None, count, *update)
