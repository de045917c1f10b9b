"""Who looks on while members train: the terminal, and Weights & Biases."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from heredity.inheritance.pedigree import stored_births
from heredity.layout import Layout, control_name
from heredity.pipeline.handouts import read_study_name
from heredity.report.progress import population_name, progress_display
from heredity.report.tracking.live import tracked
from heredity.training.progress import OnProgress, Progress
from heredity.training.shard import Shard


@contextmanager
def watched(layout: Layout, shards: Sequence[Shard]) -> Iterator[OnProgress]:
    """Yield what draws each Progress of some shards, and records it in its member's run."""
    members = Counter(population_name(shard.generation, shard.arm) for shard in shards for _ in shard.members)
    with tracked(read_study_name(layout), _configs(layout, shards)) as track, progress_display(members) as draw:

        def both(progress: Progress) -> None:
            track(progress)
            draw(progress)

        yield both


def _configs(layout: Layout, shards: Sequence[Shard]) -> dict[str, dict[str, Any]]:
    """Return what a member's run records besides its curve: how it learns, and of an heir its birth."""
    births = {}
    if shards and control_name(shards[0].arm) is None:
        births = {birth.child: asdict(birth) for birth in stored_births(layout, shards[0].generation).heirs}
    return {
        member.name: {**_settings(shard), "seed": member.seed, "pedigree": births.get(member.name, {})}
        for shard in shards
        for member in shard.members
    }


def _settings(shard: Shard) -> dict[str, Any]:
    """Return how the members of a shard learn, as params.yaml writes it."""
    return {
        "env": asdict(shard.task)
        | {part: [each.model_dump() for each in getattr(shard.task, part)] for part in ("wrappers", "shaping")},
        "algorithm": shard.algorithm.model_dump(mode="json"),
        "train": shard.train.model_dump(mode="json"),
        "budget": shard.budget_steps,
    }
