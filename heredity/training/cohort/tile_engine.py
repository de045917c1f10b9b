"""The loop of the cohort engine on a GPU: a tile of members learns as one program, and who is done makes room.

The device is not waited for: while it computes some iterations, the host reads what those before told, takes out who
was done by then, and puts in who waits. A place stays as it is for that long at most.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import monotonic, process_time
from typing import NamedTuple

import jax
import numpy as np

from heredity.agents.agent import Agent
from heredity.agents.twins.registry import make_twin
from heredity.training.checkpoints import Checkpoint
from heredity.training.cohort.kinds import kinds_of, settings_of
from heredity.training.cohort.occupants import Occupant, Told
from heredity.training.cohort.running import Running
from heredity.training.cohort.tile import Places, Row, make_advance, make_places, put_rows, take_rows
from heredity.training.cohort.tile_normalizing import running_of
from heredity.training.cohort.tile_setup import (
    bounds_of,
    ends_of,
    learners_of,
    member_key,
    program_of,
    untrained_rows,
)
from heredity.training.cohort.tile_snapshots import packed_place, snapshot_of, stacked, with_carried
from heredity.training.cohort.update import Learner
from heredity.training.curves import CurveRow
from heredity.training.progress import OnProgress, Progress
from heredity.training.shard import Shard, Trained
from heredity.training.snapshot import Snapshot

Learned = tuple[Learner, Running | None]
"""Of members, on the first axis."""

Seats = Sequence[int | None]
"""Of every place of a tile, which member has it."""

ITERATIONS = 2
"""Of one call: enough for the host to read what the call before told, few enough that who is done makes room soon."""

BLOCK = 64
"""Members that are put in or taken out by one call; what it lacks of them goes nowhere."""

PAUSE_SECONDS = 60.0
"""Between two checkpoints, which the device waits for, at least: a place's state says all, so none changes a result."""

_advance, _places = cache(make_advance), cache(make_places)
_put, _take = jax.jit(put_rows, donate_argnums=0), jax.jit(take_rows)


def train_tile(shard: Shard, report: OnProgress, checkpoints: Path | None) -> list[Trained]:
    """Train every member of a shard from its initial agent until its threshold or its budget, `train.shard` at once."""
    kept = {member.name: Checkpoint.of(checkpoints, shard, member) for member in shard.members}
    begun = {member.name: kept[member.name].load() or Snapshot.first(member) for member in shard.members}
    lost = {name: begun[name].failed(reason) for name, reason in shard.lost.items() if name in begun}
    ended = {name: snapshot for name, snapshot in begun.items() if snapshot.done} | lost
    if left := tuple(member for member in shard.members if member.name not in ended):
        training = _Training(replace(shard, members=left), [begun[member.name] for member in left], kept, report)
        ended |= training.run()
    return [ended[member.name].trained(member.name) for member in shard.members]


class _Left(NamedTuple):
    """Members that are done, and what the device was asked for of them."""

    members: list[int]
    learned: Learned


class _Training:
    """The members of a shard and the tile that they take turns in."""

    def __init__(
        self, shard: Shard, begun: Sequence[Snapshot], kept: Mapping[str, Checkpoint], report: OnProgress
    ) -> None:
        """Build the program, and let whoever has not begun play before it learns."""
        self.shard, self.kept, self.report, self.tile = shard, kept, report, shard.train.shard
        self.clock = process_time()
        self.kinds, self.twin = kinds_of(shard), make_twin(shard.task)
        self.program = program_of(shard, [kind.model for kind in self.kinds])
        self.limits = ends_of(shard, self.kinds[0]), bounds_of(shard.task)
        agents = [snapshot.agent for snapshot in begun]
        self.initial: Learned = learners_of(agents), running_of(agents, self.program.normalizing, self.kinds[0].model)
        self.carried = [snapshot.carried for snapshot in begun]
        everyone = zip(shard.members, self.kinds, begun, strict=True)
        self.occupants = [Occupant.of(member, kind, snapshot) for member, kind, snapshot in everyone]
        self._play_untrained([m for m, occupant in enumerate(self.occupants) if not occupant.curve])
        self.ended: dict[str, Snapshot] = {}
        self.saved = monotonic()

    def run(self) -> dict[str, Snapshot]:
        """Let every member learn; return by name what they ended as."""
        places, waiting = self._empty(), deque(range(len(self.occupants)))
        seats: list[int | None] = [None] * self.tile
        before: tuple[Row, Seats] | None = None
        left: list[_Left] = []
        while waiting or before or left or _taken(seats):
            places, now = self._seated(places, seats, waiting), None
            if _taken(seats):
                places, row = self._launched(places, seats)
                now = row, list(seats)
            for each in left:
                self._end(*each)
            done: list[int] = self._read(*before) if before else []
            if now and monotonic() - self.saved >= PAUSE_SECONDS:
                done, now = [*done, *self._read(*now)], None
                self._save(places, [m for m in _taken(seats) if m not in done], seats)
            before, left = now, self._taken_out(places, seats, done)
        return self.ended

    def _play_untrained(self, members: Sequence[int]) -> None:
        if not members:
            return
        rows = untrained_rows(self.shard, [self.shard.members[m] for m in members])
        for m, row in zip(members, rows, strict=True):
            self.occupants[m].curve.append(row)
            self._say(self.occupants[m], [row])

    def _empty(self) -> Places:
        """Return a tile that nobody is in."""
        nothing = jax.tree.map(lambda leaf: np.zeros((self.tile, *leaf.shape[1:]), leaf.dtype), self.initial)
        places = _places(self.program)(self.twin.spec, *nothing, np.zeros((self.tile, 2), np.uint32))
        return places._replace(active=np.zeros(self.tile, bool))

    def _seated(self, places: Places, seats: list[int | None], waiting: deque[int]) -> Places:
        """Put members that wait into the places that nobody has."""
        free = deque(place for place, seat in enumerate(seats) if seat is None)
        while free and waiting:
            pairs = [(free.popleft(), waiting.popleft()) for _ in range(min(len(free), len(waiting), BLOCK))]
            rows = [place for place, _ in pairs] + [self.tile] * (BLOCK - len(pairs))
            places = _put(places, np.array(rows), self._begun([m for _, m in pairs]))
            for place, m in pairs:
                seats[place] = m
        return places

    def _begun(self, members: Sequence[int]) -> Places:
        """Return a block of places for members, as they begin or go on."""
        rows = np.array([*members, *[members[0]] * (BLOCK - len(members))])
        keys = np.stack([member_key(self.shard.members[m].seed) for m in rows])
        begun = jax.tree.map(lambda leaf: leaf[rows], self.initial)
        fresh: Places = _places(self.program)(self.twin.spec, *begun, keys)
        going_on = {place: content for place, m in enumerate(members) if (content := self.carried[m])}
        return with_carried(fresh, going_on) if going_on else fresh

    def _launched(self, places: Places, seats: Seats) -> tuple[Places, Row]:
        """Let the device begin the next iterations."""
        occupants = [self.occupants[m or 0] for m in seats]
        settings = settings_of([each.kind for each in occupants], [each.launched for each in occupants], ITERATIONS)
        for m in _taken(seats):
            self.occupants[m].launched += ITERATIONS
        return _advance(self.program)(self.twin.spec, places, settings, *self.limits)

    def _read(self, row: Row, seats: Seats) -> list[int]:
        """Read what iterations told of whoever was seated; return the members that are done by it."""
        told, done, seconds = Told(jax.tree.map(np.asarray, row)), list[int](), process_time() - self.clock
        self.clock += seconds
        share = seconds / max(told.taken, 1)
        for place, m in enumerate(seats):
            if m is not None and (rows := told.read(self.occupants[m], place)):
                self.occupants[m].core_seconds += share * len(rows)
                self._say(self.occupants[m], rows)
                if told.is_over(place):
                    self.occupants[m].end(*told.end(place, self.shard.task.id))
                    done.append(m)
        return done

    def _taken_out(self, places: Places, seats: list[int | None], done: Sequence[int]) -> list[_Left]:
        """Ask the device for what members came to, and let others have their places."""
        left = []
        for first in range(0, len(done), BLOCK):
            members = list(done[first : first + BLOCK])
            rows = [seats.index(m) for m in members]
            padded = np.array(rows + rows[:1] * (BLOCK - len(rows)))
            left.append(_Left(members, _take((places.learner, places.running), padded)))
            for place in rows:
                seats[place] = None
        return left

    def _end(self, members: Sequence[int], learned: Learned) -> None:
        """Keep what members came to."""
        for m, agent in self._agents(members, learned):
            occupant = self.occupants[m]
            snapshot = snapshot_of(occupant, agent, done=True)
            self.ended[occupant.member.name] = snapshot
            self._say(occupant, occupant.curve[-1:], occupant.core_seconds)
            if not occupant.failure:
                self.kept[occupant.member.name].save(snapshot)

    def _save(self, places: Places, members: Sequence[int], seats: list[int | None]) -> None:
        """Keep a checkpoint of whoever learns; the device waits."""
        host = jax.tree.map(np.asarray, places)
        rows = [seats.index(m) for m in members]
        learned = jax.tree.map(lambda leaf: leaf[rows], (host.learner, host.running))
        for m, agent in self._agents(members, learned):
            occupant, carried = self.occupants[m], packed_place(host, seats.index(m))
            self.kept[occupant.member.name].save(snapshot_of(occupant, agent, done=False, carried=carried))
        self.saved = monotonic()

    def _agents(self, members: Sequence[int], learned: Learned) -> Iterator[tuple[int, Agent]]:
        """Yield members with their agents, kind by kind."""
        host = jax.tree.map(np.asarray, learned)
        for kind in dict.fromkeys(self.kinds[m] for m in members):
            rows = [row for row, m in enumerate(members) if self.kinds[m] is kind]
            occupants = [self.occupants[members[row]] for row in rows]
            stack = stacked(kind, occupants, *jax.tree.map(lambda leaf: leaf[rows], host))  # noqa: B023 (called at once)
            yield from zip((members[row] for row in rows), map(stack.agent, stack.names), strict=True)

    def _say(self, occupant: Occupant, rows: Sequence[CurveRow], core_seconds: float | None = None) -> None:
        shard, name, last = self.shard, occupant.member.name, core_seconds is not None
        for row in rows:
            self.report(Progress(shard.generation, shard.arm, name, shard.budget_steps, row, last, core_seconds))


def _taken(seats: Seats) -> list[int]:
    """Return the members that have a place."""
    return [m for m in seats if m is not None]
