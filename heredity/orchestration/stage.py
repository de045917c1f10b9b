"""One stage of dvc.yaml as a task run, and its shards as task runs below it."""

import shlex
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from threading import Event
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.states import Completed
from prefect.tasks import Task, exponential_backoff
from prefect.utilities.annotations import quote

from heredity.errors import HeredityError, WorkerLostError
from heredity.orchestration.artifacts import progress_artifact
from heredity.orchestration.session import Session, session
from heredity.pipeline.runner import call_stage
from heredity.workers import OnMessage

RETRIES = 3
"""How often a shard that lost its worker is computed anew."""

OUTCOMES = {
    "ran": ("Completed", "computed and recorded in dvc.lock"),
    "restored": ("Restored", "the same work was done before; its outputs come from DVC's cache"),
    "skipped": ("Skipped", "dvc.lock says it is up to date"),
}


@task(task_run_name="{name}", cache_policy=NO_CACHE)
def stage(name: str) -> State[None]:
    """Bring one stage up to date; the state's name says whether it ran, was restored, or skipped.

    Raises HeredityError with the command that resumes.
    """
    current = session()
    try:
        outcome = current.dvc_lock.record(name, partial(_work, current, name))
    except HeredityError as error:
        project = shlex.quote(str(current.dvc_lock.project))
        raise error.saying(f"{error}; to resume: python -m flows.study --project {project}") from error
    current.visited.add(name)
    current.ran |= outcome != "skipped"
    state_name, message = OUTCOMES[outcome]
    return Completed(name=state_name, message=message)


def _work(current: Session, name: str, command: str) -> None:
    """Do what a stage's command would do; a command that is no stage of this project runs as it is."""
    words = shlex.split(command)
    if words[:2] != ["python", "-m"] or not words[2].startswith("stages."):
        if code := subprocess.run(command, shell=True, check=False).returncode:
            raise HeredityError(f"{name}: expected its command to succeed, got exit code {code}: {command}")
        return
    with current.code_lock:
        call_stage(import_module(words[2]).main, words[3:], parallel_map=partial(parallel_map, current, name))


def parallel_map(
    current: Session,
    name: str,
    work_on: Callable[..., Any],
    work: Sequence[Any],
    *,
    on_progress: OnMessage | None = None,
) -> list[Any]:
    """Map a function over a stage's shards, one task run each, as many at a time as there are workers.

    Called by the stage whose turn it is. Once a shard has failed for good, no other is begun.
    """
    failed = Event()

    def ended(future: Any) -> None:
        if not future.wrapped_future.result().is_completed():
            failed.set()
        current.slots.release()

    with current.released(), progress_artifact(name, work, on_progress) as report:
        futures: list[PrefectFuture[Any]] = []
        for item in work:
            # Taken before the task run is made, so that the UI shows as running what is computed and not what waits,
            # and so that nothing is begun after a failure; given back by `ended`, in whatever thread that is called.
            current.slots.acquire()
            if failed.is_set():
                current.slots.release()
                break
            label = _label(name, item)
            run = partial(current.executor.run, work_on, item, report)
            future = shard.with_options(task_run_name=label).submit(label, quote(run))  # type: ignore[call-overload]
            future.add_done_callback(ended)
            futures.append(future)
        return [future.result() for future in futures]


def _lost_worker(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), WorkerLostError)


@task(
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=_lost_worker,
)
def shard(label: str, run: Callable[[], Any]) -> Any:
    """Compute one shard. A lost worker is tried again, whatever the shard itself raises is not."""
    try:
        return run()
    except WorkerLostError as error:
        raise WorkerLostError(f"{label}: {error}") from None


def _label(stage_name: str, item: Any) -> str:
    """Name a shard by its members, and their seeds where they train: "train@small m00 (seed 7), m01 (seed 8)".

    What is nobody's alone (a generation's heirs) has the stage's name.
    """
    members = getattr(item, "members", None)
    if members is None:
        return f"{stage_name} {getattr(item, 'member', '')}".rstrip()
    return f"{stage_name} " + ", ".join(f"{member.name} (seed {member.seed})" for member in members)
