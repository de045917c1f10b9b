"""A pool of spawned processes, one core each, that map a picklable function over picklable work."""

import logging
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

W = TypeVar("W")
R = TypeVar("R")

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""Libraries that would spread one worker over all cores, told not to: thread counts can change results."""

_queue: Any = None


def map_in_processes(
    work_on: Callable[..., R],
    work: Sequence[W],
    *,
    on_progress: Callable[[Any], None] | None = None,
) -> list[R]:
    """Return `[work_on(item) for item in work]`, computed by one process per core; the first error is raised.

    A single item is worked on in this process, which has loaded everything already.

    With `on_progress`, `work_on` is called with a keyword of that name, and what a worker passes to it arrives in a
    thread of this process.
    """
    if len(work) < 2:
        listening = {"on_progress": on_progress} if on_progress else {}
        return [work_on(item, **listening) for item in work]
    context = multiprocessing.get_context("spawn")
    queue = context.Queue() if on_progress else None
    with _environment(ONE_THREAD), _listening(queue, on_progress):
        pool = ProcessPoolExecutor(min(len(work), cores()), context, _start, (queue,))
        try:
            futures = [pool.submit(_run, work_on, item) for item in work]
            for future in as_completed(futures):
                future.result()
            return [future.result() for future in futures]
        except BaseException:
            for process in list((pool._processes or {}).values()):
                process.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start(queue: Any) -> None:
    global _queue
    _queue = queue
    logging.basicConfig(format="%(message)s")


def _run(work_on: Callable[..., R], item: Any) -> R:
    return work_on(item) if _queue is None else work_on(item, on_progress=_queue.put)


@contextmanager
def _listening(queue: Any, on_progress: Callable[[Any], None] | None) -> Iterator[None]:
    if on_progress is None:
        yield
        return
    thread = Thread(target=_forward, args=(queue, on_progress), daemon=True)
    thread.start()
    try:
        yield
    finally:
        queue.put(None)
        thread.join()


def _forward(queue: Any, on_progress: Callable[[Any], None]) -> None:
    while (message := queue.get()) is not None:
        on_progress(message)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for the processes started inside, and put back what was there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
