"""W&B runs, one per member, written by a process of their own so that no trouble there can touch a training."""

import logging
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from heredity.errors import one_line
from heredity.inheritance.pedigree import Pedigree
from heredity.lifetime import end_with_parent
from heredity.report.tracking.ledger import entries, note
from heredity.report.tracking.runs import disabled, mode, open_run, spent
from heredity.report.tracking.trainings import MemberRun, tags_of
from heredity.training.progress import OnProgress, Progress
from heredity.worker import leave_interrupts, start

if TYPE_CHECKING:  # a stage that trains reads nothing of what others stored
    from heredity.report.tracking.stored_run import StoredRun

log = logging.getLogger(__name__)

FINISH_SECONDS = 60
"""How long a finished training waits for the tracker before it goes on without."""

INTERRUPTED_SECONDS = 2
"""How long one that was interrupted waits."""


@contextmanager
def tracked(runs: Mapping[str, MemberRun]) -> Iterator[OnProgress]:
    """Yield a function that logs each Progress to its member's run, by member."""
    if disabled() or not runs:
        yield lambda _: None
        return
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_keep_runs, args=(queue, dict(runs)), daemon=True)
    start(process)
    patience = INTERRUPTED_SECONDS
    try:
        yield queue.put
        patience = FINISH_SECONDS
    finally:
        queue.put(None)
        _wait(process, patience, "the training is kept, its record there may not be whole")
        queue.cancel_join_thread()  # what a process that was given up has not read would hold this one back


def publish_comparison(study_name: str, comparison: "StoredRun", pedigree: Pedigree) -> None:
    """Write the run of what was compared, the very one that `publish` would write."""
    if disabled():
        return
    arguments = study_name, comparison, pedigree
    process = multiprocessing.get_context("spawn").Process(target=_keep_comparison, args=arguments, daemon=True)
    start(process)
    _wait(process, FINISH_SECONDS, "the comparison is whole, its record there may not be")


def _wait(process: Any, seconds: float, consequence: str) -> None:
    """Give a process so long, then leave it behind with a warning."""
    process.join(seconds)
    if process.is_alive():
        log.warning("W&B did not finish in %d s; %s", seconds, consequence)
        process.terminate()


def _keep_runs(queue: Any, runs: Mapping[str, MemberRun]) -> None:
    """Write runs until None comes; after the first trouble, warn once and swallow the rest."""
    leave_interrupts()  # to the parent, which says when it is over
    end_with_parent()
    records: dict[str, _Record] = {}
    healthy = True
    while (progress := queue.get()) is not None:
        # a queue that nobody empties would stop the training, so it is read on after the first trouble
        healthy = healthy and _went_well(partial(_log, records, runs, progress))
    for record in records.values() if healthy else ():
        healthy = healthy and _went_well(record.close)


def _log(records: dict[str, "_Record"], runs: Mapping[str, MemberRun], progress: Progress) -> None:
    if (member := progress.member) not in runs:
        return
    if member not in records:
        records[member] = _Record(runs[member])
    if progress.last:
        records[member].end(progress)
    else:
        records[member].add(progress)


class _Record:
    """A member's run while it trains; nothing where it is on record already, its training having been over before."""

    def __init__(self, member: MemberRun) -> None:
        self.member, self.rows, self.run = member, 0, None
        if not entries(member.run_id, online=mode() == "online"):
            self.run = open_run(
                member.config["study"], str(member.name), member.run_id, job_type=member.name.job_type,
                group=member.name.generation, config=member.config,
                tags=tags_of(member.config, os.environ.get("DVC_EXP_NAME")),
            )  # fmt: skip

    def add(self, progress: Progress) -> None:
        """Log a row, unless W&B has it from before an interruption; an extension's untrained one is the row before."""
        if self.run is None or (self.member.begun_steps and not progress.row.env_steps):
            return
        if self.rows >= self.run.starting_step:
            self.run.log(self.member.logged(progress.row), step=self.rows)
        self.rows += 1

    def end(self, progress: Progress) -> None:
        """Put down what the training took."""
        if self.run is None:
            return
        steps = progress.row.env_steps
        cost = {} if progress.core_seconds is None else spent(steps, progress.core_seconds)
        self.run.summary.update({"steps": self.member.begun_steps + steps, **cost})
        note(self.run, self.rows)
        self.close()

    def close(self) -> None:
        """Let go of the run, whether its training is over or was interrupted."""
        if self.run is not None:
            self.run.finish()
            self.run = None


def _keep_comparison(study_name: str, comparison: "StoredRun", pedigree: Pedigree) -> None:
    leave_interrupts()
    end_with_parent()
    from heredity.report.tracking.publish import write_run

    if not any(each.content for each in entries(comparison.run_id, online=mode() == "online")):
        _went_well(partial(write_run, study_name, comparison, pedigree))


def _went_well(write: Callable[[], None]) -> bool:
    try:
        write()
    except BaseException as error:  # whatever W&B raises, the training goes on
        logging.basicConfig(format="%(message)s")
        log.warning("W&B stopped recording, the training goes on: %s", one_line(error)[:300])
        return False
    return True
