"""A pool of spawned processes, one core each, that compute a picklable function of picklable work."""

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread
from typing import Any, Protocol, TypeVar

from heredity.errors import WorkerLostError
from heredity.lifetime import end_with_parent
from heredity.seeds import ONE_THREAD

W = TypeVar("W")
R = TypeVar("R")
OnMessage = Callable[[Any], None]

DRAIN_SECONDS = 10
"""How long a finished item waits for the last message that its worker sent, and a pool for those of all."""

_queue: Any = None


class ParallelMap(Protocol):
    """What maps a function over work: `map_in_processes`, or whatever else the caller of a recipe brings."""

    def __call__(
        self, work_on: Callable[..., R], work: Sequence[W], *, on_progress: OnMessage | None = None
    ) -> list[R]:
        """Return `[work_on(item) for item in work]`, however it is computed."""
        ...


def map_in_processes(work_on: Callable[..., R], work: Sequence[W], *, on_progress: OnMessage | None = None) -> list[R]:
    """Return `[work_on(item) for item in work]`, computed by one process per core; the first error is raised.

    A single item is worked on in this process, which has loaded everything already. Raises WorkerLostError when a
    process died.

    With `on_progress`, `work_on` is called with a keyword of that name, and what a worker passes to it arrives in a
    thread of this process.
    """
    if len(work) < 2:
        keywords = {"on_progress": on_progress} if on_progress else {}
        with environment(ONE_THREAD):
            return [work_on(item, **keywords) for item in work]
    size = min(len(work), cores())
    with environment(ONE_THREAD), ThreadPoolExecutor(size) as threads, WorkerPool(size) as pool:
        futures = [threads.submit(pool.run, work_on, item, on_progress) for item in work]
        try:
            for future in as_completed(futures):
                future.result()
        except BrokenProcessPool:
            raise WorkerLostError(
                "a worker process died: was it killed, or out of memory? Start again to go on from the last "
                "checkpoint; a smaller train.shard needs less memory"
            ) from None
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


class WorkerPool:
    """Spawned processes with one queue for what they say; on leaving with an error they are ended at once."""

    def __init__(self, size: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._queue = context.Queue()
        self._listeners: dict[int, tuple[OnMessage, Event]] = {}
        self._tickets = count()
        self._pool = ProcessPoolExecutor(size, context, _start, (self._queue,))
        self._thread = Thread(target=self._forward, daemon=True)
        self._thread.start()

    def run(self, work_on: Callable[..., R], item: Any, on_progress: OnMessage | None = None) -> R:
        """Return `work_on(item)`, computed by one worker while this thread waits.

        Raises what `work_on` raised, and BrokenProcessPool when a worker died.
        """
        if on_progress is None:
            return self._submit(work_on, item).result()
        ticket, drained = next(self._tickets), Event()
        self._listeners[ticket] = on_progress, drained
        result: R = self._submit(_report_on, work_on, item, ticket).result()
        # Results and messages come through two pipes, so the result may be here while the last messages are not.
        # Whoever draws progress must not hear of an item after it is done: wait for the None that ends them.
        drained.wait(DRAIN_SECONDS)
        return result

    def _submit(self, work_on: Callable[..., R], *arguments: Any) -> "Future[R]":
        """Submit a call, so that a worker that dies over it is noticed."""
        future = self._pool.submit(work_on, *arguments)
        # The executor's manager thread waits for the death of those workers alone that were there when it last woke,
        # and a worker is started by the very submission that it is to compute. A second submission, of nothing, wakes
        # the manager once more; without it a worker killed over its first item would be waited for without end.
        self._pool.submit(int)
        return future

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(failed=kind is not None)

    def close(self, failed: bool) -> None:
        """Let the workers end; at once where something failed, because nobody waits for what they are at."""
        if failed:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
        self._pool.shutdown(cancel_futures=True)
        # A worker that was killed while it wrote to the queue holds the queue's lock for good. This process would then
        # neither get its own None through nor end: its feeder thread, which it joins when it exits, waits for the lock.
        # So the feeder is not joined, and the thread that reads is waited for only so long; it is a daemon.
        self._queue.cancel_join_thread()
        self._queue.put(None)
        self._thread.join(DRAIN_SECONDS)

    def _forward(self) -> None:
        while (posted := self._queue.get()) is not None:
            ticket, message = posted
            on_progress, drained = self._listeners[ticket]
            if message is None:
                drained.set()
            else:
                on_progress(message)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
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


def _start(queue: Any) -> None:
    global _queue
    _queue = queue
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends its workers
    logging.basicConfig(format="%(message)s")
    end_with_parent()  # a worker whose parent was killed would go on for nobody


def _report_on(work_on: Callable[..., R], item: Any, ticket: int) -> R:
    """Compute in a worker; every message carries the item's ticket, and None comes after the last."""
    try:
        return work_on(item, on_progress=lambda message: _queue.put((ticket, message)))
    finally:
        _queue.put((ticket, None))
