"""Who looks on while members train: the terminal, and Weights & Biases."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from heredity.errors import HeredityError
from heredity.layout import Layout
from heredity.pipeline.handouts import read_study_name
from heredity.report.progress import population_name, progress_display
from heredity.report.tracking.live import tracked
from heredity.report.tracking.runs import MOST_RUNS, disabled
from heredity.report.tracking.trainings import MemberRun, member_runs
from heredity.training.progress import OnProgress, Progress
from heredity.training.shard import Shard

log = logging.getLogger(__name__)


@contextmanager
def watched(layout: Layout, shards: Sequence[Shard]) -> Iterator[OnProgress]:
    """Yield what draws each Progress of some shards, and records it in its member's run."""
    members = Counter(population_name(shard.generation, shard.arm) for shard in shards for _ in shard.members)
    with tracked(_runs(layout, shards)) as track, progress_display(members) as draw:

        def both(progress: Progress) -> None:
            track(progress)
            draw(progress)

        yield both


def _runs(layout: Layout, shards: Sequence[Shard]) -> dict[str, MemberRun]:
    """Return the members' runs: none of very many, and none, with a warning, where what to say cannot be read."""
    if not shards or disabled():
        return {}
    members = [member.name for shard in shards for member in shard.members]
    if len(members) > MOST_RUNS:
        return {}  # `heredity publish` writes what there is of so many
    try:
        return member_runs(read_study_name(layout), layout, shards[0].generation, shards[0].arm, members)
    except HeredityError as error:
        log.warning("W&B records nothing of this training: %s", error)
        return {}
