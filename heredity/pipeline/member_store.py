"""Finished members outside of DVC's outputs, by the digest of all that their bits depend on.

A training leaves its last checkpoint here when it is over, and whoever asks for the same members again is given them:
another generation or budget trains only what is new. `heredity gc` bounds what lies here.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from heredity.layout import Layout
from heredity.training.checkpoints import Checkpoint
from heredity.training.engines import train, trains_together
from heredity.training.progress import OnProgress
from heredity.training.shard import Shard, Trained
from heredity.training.snapshot import Snapshot
from heredity.workers import ParallelMap

log = logging.getLogger(__name__)


def train_missing(
    shards: Sequence[Shard], layout: Layout, parallel_map: ParallelMap, on_progress: OnProgress | None = None
) -> list[Trained]:
    """Train the members that are not in the store, keep them there, and return all, in their order.

    Members that failed are not kept: what they failed of may be over.
    """
    store = layout.members.resolve()
    stored = {member.name: member for shard in shards for member in _stored(shard, layout)}
    missing = [left for shard in shards if (left := _missing(shard, stored)).members]
    if stored:
        first = shards[0]
        log.warning("%s: %s: %d members have been trained before", first.generation, first.arm, len(stored))
    trained = parallel_map(partial(train, checkpoints=store), missing, on_progress=on_progress) if missing else []
    for shard, members in zip(missing, trained, strict=True):
        _keep(shard, members, layout)
    everyone = stored | {member.name: member for members in trained for member in members}
    return [everyone[member.name] for shard in shards for member in shard.members]


def _units(shard: Shard) -> Iterable[Shard]:
    """Yield what is kept under one name: members whose program has them all, else each by itself."""
    if trains_together(shard):
        yield shard
    else:
        yield from (replace(shard, members=(member,)) for member in shard.members)


def _stored(shard: Shard, layout: Layout) -> list[Trained]:
    """Return the members of a shard that are in the store."""
    stored = [Checkpoint.of(layout.members, unit, unit.members).finished() for unit in _units(shard)]
    return [snapshot.trained(name) for snapshots in stored for name, snapshot in snapshots.items()]


def _missing(shard: Shard, stored: dict[str, Trained]) -> Shard:
    return replace(shard, members=tuple(member for member in shard.members if member.name not in stored))


def _keep(shard: Shard, trained: Sequence[Trained], layout: Layout) -> None:
    """Keep what another machine's worker has trained, and forget whoever failed."""
    by_name = {member.name: member for member in trained}
    for unit in _units(shard):
        checkpoint = Checkpoint.of(layout.members, unit, unit.members)
        members = [by_name[member.name] for member in unit.members]
        if any(member.failure for member in members):
            checkpoint.forget()
        elif not checkpoint.finished():
            checkpoint.save({member.name: Snapshot.finished(member) for member in members})
