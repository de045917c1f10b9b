"""W&B runs, one per member, written by a process of their own so that no trouble there can touch a training."""

import logging
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from heredity.errors import one_line
from heredity.lifetime import end_with_parent
from heredity.report.tracking.runs import RunName, count_env_steps, disabled, logged, open_run, run_config
from heredity.training.progress import OnProgress, Progress
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.estimates import Transfer
from heredity.worker import leave_interrupts, start

log = logging.getLogger(__name__)

FINISH_SECONDS = 60
"""How long a finished training waits for the tracker before it goes on without."""

INTERRUPTED_SECONDS = 2
"""How long one that was interrupted waits."""

Settings = Mapping[str, Mapping[str, Any]]
"""By member, what its run's config records besides generation and arm: settings, and as "pedigree" its birth."""


@contextmanager
def tracked(project: str, configs: Settings) -> Iterator[OnProgress]:
    """Yield a function that logs each Progress to its member's run in a project."""
    if disabled():
        yield lambda _: None
        return
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_keep_runs, args=(queue, project, dict(configs)), daemon=True)
    start(process)
    patience = INTERRUPTED_SECONDS
    try:
        yield queue.put
        patience = FINISH_SECONDS
    finally:
        queue.put(None)
        _wait(process, patience, "the training is kept, its record there may not be whole")
        queue.cancel_join_thread()  # what a process that was given up has not read would hold this one back


def publish_comparison(
    project: str, transfers: Mapping[str, Transfer], contrasts: Sequence[BranchContrast] = ()
) -> None:
    """Write a run that holds nothing but what was compared, as its summary: generations, and branches in pairs."""
    if disabled():
        return
    summary = {name: transfer.to_dict() for name, transfer in transfers.items()}
    summary |= {contrast.title: contrast.to_dict() for contrast in contrasts}
    process = multiprocessing.get_context("spawn").Process(target=_keep_summary, args=(project, summary), daemon=True)
    start(process)
    _wait(process, FINISH_SECONDS, "the comparison is whole, its record there may not be")


def _wait(process: Any, seconds: float, consequence: str) -> None:
    """Give a process so long, then leave it behind with a warning."""
    process.join(seconds)
    if process.is_alive():
        log.warning("W&B did not finish in %d s; %s", seconds, consequence)
        process.terminate()


def _keep_runs(queue: Any, project: str, configs: Settings) -> None:
    """Write runs until None comes; after the first trouble, warn once and swallow the rest."""
    leave_interrupts()  # to the parent, which says when it is over
    end_with_parent()
    runs: dict[RunName, Any] = {}
    healthy = True
    while (progress := queue.get()) is not None:
        # a queue that nobody empties would stop the training, so it is read on after the first trouble
        healthy = healthy and _went_well(partial(_log, runs, project, configs, progress))
    for run in runs.values() if healthy else ():
        healthy = healthy and _went_well(run.finish)


def _log(runs: dict[RunName, Any], project: str, configs: Settings, progress: Progress) -> None:
    name = RunName(progress.generation, progress.arm, progress.member)
    if name not in runs:
        config = run_config(name, configs.get(progress.member, {}))
        runs[name] = open_run(project, str(name), job_type=name.job_type, group=name.generation, config=config)
        count_env_steps(runs[name])
    if progress.last:
        runs[name].summary["core_seconds"] = progress.core_seconds
        runs[name].finish()
    else:
        runs[name].log(logged(progress.row))


def _keep_summary(project: str, summary: dict[str, Any]) -> None:
    leave_interrupts()
    end_with_parent()

    def write() -> None:
        run = open_run(project, "compare", job_type="compare", group="compare", config={})
        run.summary.update(summary)
        run.finish()

    _went_well(write)


def _went_well(write: Callable[[], None]) -> bool:
    try:
        write()
    except BaseException as error:  # whatever W&B raises, the training goes on
        logging.basicConfig(format="%(message)s")
        log.warning("W&B stopped recording, the training goes on: %s", one_line(error)[:300])
        return False
    return True
