"""The engines by name, and which of them trains a shard."""

import logging
from dataclasses import replace
from pathlib import Path

from heredity.agents.twins.cuda import why_not_trained
from heredity.errors import StudyError
from heredity.extras import missing_extras_named
from heredity.study.sections import on_cpu
from heredity.training.progress import OnProgress
from heredity.training.shard import Shard, Trained

log = logging.getLogger(__name__)


def train(shard: Shard, *, on_progress: OnProgress | None = None, checkpoints: Path | None = None) -> list[Trained]:
    """Train every member of a shard with the engine that its `train` section names.

    `auto` is cohort where that supports the algorithm and the task, else sb3, with the reason logged. A member whose
    environment or arithmetic fails is returned with its `failure`; the others go on.

    checkpoints: a directory where the shard keeps its state every `train.checkpoint_steps`, and goes on from it when it
    was interrupted; the same bytes come out. What lies there of a training that is over is its result.

    Raises StudyError when cohort is named and does not support them, HeredityError when its packages are missing.
    """
    report = on_progress or (lambda _: None)
    reason = why_not_cohort(shard)
    if reason and shard.train.engine == "cohort":
        raise StudyError(f"train.engine: cohort {reason}; write auto or sb3")
    if reason:
        if shard.train.engine == "auto":
            log.warning("%s: engine sb3, because cohort %s", shard.generation, reason)
        from heredity.training.sb3 import train_sb3

        return train_sb3(shard, report, checkpoints)
    with missing_extras_named():
        from heredity.agents.twins.compiling import computing_on
        from heredity.training.cohort.engine import train_cohort
        from heredity.training.cohort.tile_engine import train_tile

    with computing_on(shard.train.device):
        if not on_cpu(shard.train.device):
            return train_tile(shard, report, checkpoints)
        return [trained for part in _parts(shard) for trained in train_cohort(part, report, checkpoints)]


def _parts(shard: Shard) -> list[Shard]:
    """Return a shard as those of its members that may have their environments open at once; it changes no result."""
    members, at_once = shard.members, shard.task.at_once
    size = len(members) if at_once is None or shard.train.environments == "jax" else at_once // shard.algorithm.n_envs
    starts = range(0, len(members), max(size, 1))
    return [replace(shard, members=members[start : start + max(size, 1)]) for start in starts]


def why_not_cohort(shard: Shard) -> str | None:
    """Return why the cohort engine does not train this shard, or None when it does."""
    if shard.train.engine == "sb3":
        return "engine sb3"
    guided = next((guide for member in shard.members if (guide := member.warm_start.guides)), None)
    return why_not_trained(shard.algorithm, shard.task, shard.train, guided=guided)
