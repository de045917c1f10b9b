"""Finished members outside of DVC's outputs, by the digest of all that their bits depend on.

A training leaves its last checkpoint here when it is over, and whoever asks for the same members again is given them:
another generation, lineage, control or budget trains only what is new. `heredity gc` bounds what lies here.
"""

import logging
from collections.abc import Sequence
from functools import partial

from heredity.layout import Layout
from heredity.training.checkpoints import Checkpoint
from heredity.training.engines import train
from heredity.training.progress import OnProgress
from heredity.training.shard import Shard, Trained
from heredity.training.sharding import deal
from heredity.training.snapshot import Snapshot
from heredity.workers import ParallelMap

log = logging.getLogger(__name__)


def train_missing(
    shards: Sequence[Shard], layout: Layout, parallel_map: ParallelMap, on_progress: OnProgress | None = None
) -> list[Trained]:
    """Train the members that are not in the store, dealt anew, keep them there, and return all, in their order.

    Members that failed are not kept: what they failed of may be over.
    """
    store = layout.members.resolve()
    everyone = [member for shard in shards for member in shard.members]
    stored = {member.name: member for shard in shards for member in _stored(shard, layout)}
    if stored:
        first = shards[0]
        log.warning("%s: %s: %d members have been trained before", first.generation, first.arm, len(stored))
    missing = deal(shards[0], [member for member in everyone if member.name not in stored]) if shards else []
    trained = parallel_map(partial(train, checkpoints=store), missing, on_progress=on_progress) if missing else []
    for shard, members in zip(missing, trained, strict=True):
        _keep(shard, members, layout)
    by_name = stored | {member.name: member for members in trained for member in members}
    return [by_name[member.name] for member in everyone]


def _stored(shard: Shard, layout: Layout) -> list[Trained]:
    """Return the members of a shard that are in the store."""
    snapshots = ((member.name, Checkpoint.of(layout.members, shard, member).finished()) for member in shard.members)
    return [snapshot.trained(name) for name, snapshot in snapshots if snapshot]


def _keep(shard: Shard, trained: Sequence[Trained], layout: Layout) -> None:
    """Keep what another machine's worker has trained, and forget whoever failed."""
    for member, result in zip(shard.members, trained, strict=True):
        checkpoint = Checkpoint.of(layout.members, shard, member)
        if result.failure:
            checkpoint.forget()
        elif not checkpoint.finished():
            checkpoint.save(Snapshot.finished(result))
