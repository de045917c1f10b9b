"""Training a shard: the members that one worker process trains together."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heredity.agent import Agent
from heredity.algorithms import with_hyperparameters
from heredity.curves import CurveRow
from heredity.errors import StudyError
from heredity.params import Algorithm, Train
from heredity.task import Task
from heredity.upbringing import Upbringing

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Member:
    """One agent of a population before training; every draw of its training derives from `seed`.

    hyperparameters: those that it learns with other than its shard's algorithm. upbringing: what of its inheritance
    goes on while it trains.
    """

    name: str
    initial: Agent
    seed: int
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    upbringing: Upbringing = field(default_factory=Upbringing)


@dataclass(frozen=True)
class Shard:
    """Picklable work for one worker process; its result depends on nothing else.

    keeps_replay: whether replay buffers are part of the result.
    """

    generation: str
    arm: str  # inherited or control
    task: Task
    algorithm: Algorithm
    train: Train
    budget_steps: int
    zero_shot_episodes: int
    members: tuple[Member, ...]
    keeps_replay: bool = False

    def algorithm_of(self, member: Member) -> Algorithm:
        """Return the algorithm with a member's own hyperparameters."""
        return with_hyperparameters(self.algorithm, member.hyperparameters)


@dataclass(frozen=True)
class Trained:
    """One member after training. `env_steps` were really taken; `reached` says whether it met the threshold.

    failure: what ended its training before its time, None where nothing did; the agent is then the last whole one.
    core_seconds: processor time of the process that trained it; members of a cohort's shard share theirs by steps.
    replay: its replay buffer, where its shard keeps it.
    """

    name: str
    agent: Agent
    curve: tuple[CurveRow, ...]
    env_steps: int
    reached: bool
    failure: str | None = None
    core_seconds: float = field(default=0.0, compare=False)
    replay: bytes | None = None


@dataclass(frozen=True)
class Progress:
    """What a worker says after each row of a member's curve; `last` is the final word, with the time it took."""

    generation: str
    arm: str
    member: str
    budget_steps: int
    row: CurveRow
    last: bool = False
    core_seconds: float | None = None


OnProgress = Callable[[Progress], None]


def train(shard: Shard, *, on_progress: OnProgress | None = None, checkpoints: Path | None = None) -> list[Trained]:
    """Train every member of a shard with the engine that its `train` section names.

    `auto` is cohort where that supports the algorithm and the task, else sb3, with the reason logged. A member whose
    environment or arithmetic fails is returned with its `failure`; the others go on.

    checkpoints: a directory where the shard keeps its state every `train.checkpoint_steps`, and goes on from it when it
    was interrupted; the same bytes come out. Whoever is done with the results removes it.

    Raises StudyError when cohort is named and does not support them.
    """
    report = on_progress or (lambda _: None)
    reason = why_not_cohort(shard)
    if reason and shard.train.engine == "cohort":
        raise StudyError(f"train.engine: cohort does not support {reason}; write auto or sb3")
    if reason:
        if shard.train.engine == "auto":
            log.warning("%s: engine sb3, because cohort does not support %s", shard.generation, reason)
        from heredity.training.sb3 import train_sb3

        return train_sb3(shard, report, checkpoints)
    from heredity.training.cohort.engine import train_cohort

    return train_cohort(shard, report, checkpoints)


def why_not_cohort(shard: Shard) -> str | None:
    """Return why the cohort engine does not train this shard, or None when it does."""
    if shard.train.engine == "sb3":
        return "engine sb3"
    from heredity.training.cohort import why_not

    return why_not(shard.algorithm, shard.task)
