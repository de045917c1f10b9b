"""W&B runs, one per member, written by a process of their own so that no trouble there can touch a training.

Offline unless the user chose otherwise by W&B's own variables (WANDB_MODE, or WANDB_API_KEY for online).
"""

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from heredity.errors import HeredityError

if TYPE_CHECKING:
    from heredity.curves import CurveRow
    from heredity.training import OnProgress, Progress

log = logging.getLogger(__name__)

FINISH_SECONDS = 60
"""How long a finished training waits for the tracker before it goes on without."""


INTERRUPTED_SECONDS = 2
"""How long one that was interrupted waits."""


@contextmanager
def tracked(study: str, configs: Mapping[str, Mapping[str, Any]]) -> "Iterator[OnProgress]":
    """Yield a function that logs each Progress to its member's run.

    study: the W&B project. configs: per member, what the run's config records besides (parents and hashes included).
    """
    if disabled():
        yield lambda _: None
        return
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_keep_runs, args=(queue, study, dict(configs)), daemon=True)
    process.start()
    patience = INTERRUPTED_SECONDS
    try:
        yield queue.put
        patience = FINISH_SECONDS
    finally:
        queue.put(None)
        process.join(patience)
        if process.is_alive():
            log.warning("W&B did not finish in %d s; the training is kept, its record there may not be whole", patience)
            process.terminate()
        queue.cancel_join_thread()


def publish_summary(study: str, name: str, job_type: str, summary: Mapping[str, Any]) -> None:
    """Write one run that holds only a summary, such as the comparison of the two arms."""
    if disabled():
        return
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_keep_summary, args=(study, name, job_type, dict(summary)), daemon=True)
    process.start()
    process.join(FINISH_SECONDS)
    if process.is_alive():
        log.warning("W&B did not finish in %d s; the comparison is whole, its record there may not be", FINISH_SECONDS)
        process.terminate()


def disabled() -> bool:
    """Whether the user switched W&B off by its own variables."""
    return os.environ.get("WANDB_MODE", "").lower() == "disabled" or os.environ.get("WANDB_DISABLED", "").lower() in (
        "true",
        "1",
    )


def mode() -> Any:
    """Return the W&B mode: the user's own choice, online where a key is set, else offline."""
    return os.environ.get("WANDB_MODE") or ("online" if os.environ.get("WANDB_API_KEY") else "offline")


def logged_in() -> str:
    """Return the W&B entity that runs are written to. Raises HeredityError where they stay on this machine."""
    import wandb

    if mode() != "online":
        raise HeredityError(f"expected W&B online, got mode {mode()}; type: wandb login; export WANDB_MODE=online")
    try:
        return os.environ.get("WANDB_ENTITY") or wandb.Api(timeout=20).default_entity or ""
    except (wandb.errors.Error, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise HeredityError(f"expected a login at W&B, got {reason}; type: wandb login") from None


def _keep_runs(queue: Any, study: str, configs: dict[str, Mapping[str, Any]]) -> None:
    """Write runs until None comes; after the first trouble, warn once and swallow the rest."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when it is over
    runs: dict[str, Any] = {}
    healthy = True
    while (progress := queue.get()) is not None:
        if not healthy:
            continue
        try:
            _log(runs, study, configs, progress)
        except BaseException as error:
            healthy = _warned(error)
    try:
        for run in runs.values() if healthy else ():
            run.finish()
    except BaseException as error:
        _warned(error)


def _log(runs: dict[str, Any], study: str, configs: dict[str, Mapping[str, Any]], progress: "Progress") -> None:
    name = f"{progress.generation}-{progress.arm}-{progress.member}"
    if name not in runs:
        job_type = "control" if progress.arm == "control" else "train"
        config = {"generation": progress.generation, "arm": progress.arm, **configs.get(progress.member, {})}
        runs[name] = open_run(study, name, job_type, progress.generation, config)
        count_env_steps(runs[name])
    if progress.last:
        runs[name].summary["core_seconds"] = progress.core_seconds
        runs[name].finish()
    else:
        runs[name].log(logged(progress.row))


def open_run(
    study: str, name: str, job_type: str, group: str, config: Mapping[str, Any], run_id: str | None = None
) -> Any:
    """Open a run of its own in the project of a study; the caller logs to it and finishes it."""
    import wandb

    settings = wandb.Settings(init_timeout=30, console="off", silent=True, disable_git=False)
    return wandb.init(
        project=study, name=name, group=group, job_type=job_type, config=dict(config), mode=mode(),
        id=run_id, dir=os.environ.get("WANDB_DIR"), reinit="create_new", settings=settings,
    )  # fmt: skip


def count_env_steps(run: Any) -> None:
    """Let every chart of a run have the environment steps across."""
    run.define_metric("env_steps")
    run.define_metric("*", step_metric="env_steps")


def logged(row: "CurveRow") -> dict[str, Any]:
    """Return a row of a curve as it is logged: without what is not known."""
    return {key: value for key, value in asdict(row).items() if value is not None}


def _keep_summary(study: str, name: str, job_type: str, summary: dict[str, Any]) -> None:
    try:
        run = open_run(study, name, job_type, name, {})
        run.summary.update(summary)
        run.finish()
    except BaseException as error:
        _warned(error)


def _warned(error: BaseException) -> bool:
    reason = " ".join(str(error).split()) or type(error).__name__
    logging.basicConfig(format="%(message)s")
    log.warning("W&B stopped recording, the training goes on: %s", reason[:300])
    return False
