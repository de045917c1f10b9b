"""A pool of spawned processes, one core each, that compute a picklable function of picklable work.

A worker that ends over an item costs the pool that worker alone. Who acted in it, as its word says, is given
a second chance, because somebody outside may have ended it, and is then blamed: an item that knows how is computed
without it. An item whose `device` is cuda has a visible GPU to itself, in a worker that sees no other.
"""

import logging
import os
import pickle
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from multiprocessing.connection import Connection
from threading import BoundedSemaphore, Lock
from typing import Any, Protocol, TypeVar

from heredity.errors import HeredityError, TaskError, WorkerLostError
from heredity.extras import VISIBLE, Gpus, environment
from heredity.lifetime import end_with_parent
from heredity.seeds import ONE_THREAD
from heredity.worker import ERROR, MESSAGE, Death, Worker, finish, leave_interrupts, replied, say, share

W = TypeVar("W")
R = TypeVar("R")
OnMessage = Callable[[Any], None]
OnItem = Callable[[int, int], None]

END_SECONDS = 2.0
"""How long workers whose work is done may take to end by themselves, with whatever exit handlers they were given."""

LOST = (
    "was it killed, or out of memory? Start again to go on from the last checkpoint; a smaller train.shard needs less "
    "memory"
)


class ParallelMap(Protocol):
    """What maps a function over work: `map_in_processes`, or whatever else the caller of a recipe brings."""

    def __call__(
        self, work_on: Callable[..., R], work: Sequence[W], *, on_progress: OnMessage | None = None
    ) -> list[R]:
        """Return `[work_on(item) for item in work]`, however it is computed."""
        ...


def map_in_processes(work_on: Callable[..., R], work: Sequence[W], *, on_progress: OnMessage | None = None) -> list[R]:
    """Return `[work_on(item) for item in work]`, computed by one process per core; the first error is raised.

    With `on_progress`, `work_on` is called with a keyword of that name, and what a worker passes to it arrives in a
    thread of this process, one message at a time.

    An item with a method `blaming(death)` is computed as what that returns where its environment ended two workers, or
    does not return from a call. Raises TaskError for one that has none, WorkerLostError where nobody acted.
    """
    if not work:
        return []
    with environment(ONE_THREAD), _workers() as pool, ThreadPoolExecutor(min(len(work), pool.size)) as threads:
        tell = _silent if on_progress else _tell.get()  # a worker's own word says more
        tell(0, len(work))
        futures = [threads.submit(pool.run, work_on, item, on_progress) for item in work]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                tell(done, len(work))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            pool.close(failed=True)
            raise
        return [future.result() for future in futures]


class WorkerPool:
    """At most `size` spawned processes, started as they are needed; on leaving with an error they are ended at once."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._free = BoundedSemaphore(size)
        self._lock, self._speaking = Lock(), Lock()
        self._idle: dict[str | None, list[Worker]] = defaultdict(list)  # by the GPU that they see alone
        self._all: list[Worker] = []
        self._gpus = Gpus()
        self.closed = False

    def run(self, work_on: Callable[..., R], item: Any, on_progress: OnMessage | None = None) -> R:
        """Return `work_on(item)`, computed by one worker while this thread waits.

        Raises what `work_on` raised, and for workers that end over it what `map_in_processes` does.
        """
        suspects = set[str]()
        with self._gpus.lent_to(item) as gpu, self._free:
            while True:
                answer = self._computed(work_on, item, on_progress, gpu)
                if not isinstance(answer, Death):
                    result: R = answer
                    return result
                suspect = answer.actor if answer.call else ""
                if not answer.late and suspect not in suspects:  # somebody outside may have ended it
                    suspects.add(suspect)
                else:
                    item = _blamed(item, answer)

    def _computed(self, work_on: Callable[..., Any], item: Any, on_progress: OnMessage | None, gpu: str | None) -> Any:
        """Return a function of an item, or the death of the worker that was at it."""
        packed = pickle.dumps((work_on, item, on_progress is not None))
        worker = self._taken(gpu)
        try:
            worker.send(packed)
            while (answer := worker.answer()) is not None:
                kind, value = answer
                if kind != MESSAGE:
                    break
                with self._speaking:
                    if on_progress:
                        on_progress(value)
        except BaseException:
            self._end([worker])
            raise
        if answer is None:
            self._end([worker])
            self._refuse_if_closed()
            return worker.death()
        with self._lock:
            self._idle[gpu].append(worker)
        if kind == ERROR:
            raise value
        return value

    def _taken(self, gpu: str | None) -> Worker:
        """Return a worker that waits for work; a new one where there is none."""
        with self._lock:
            self._refuse_if_closed()
            if idle := self._idle[gpu]:
                return idle.pop()
            with environment({VISIBLE: gpu} if gpu else {}):
                self._all.append(Worker(_work))
            return self._all[-1]

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(failed=kind is not None)

    def close(self, failed: bool) -> None:
        """End the workers, for good; at once where something failed, because nobody waits for what they are at."""
        with self._lock:
            self.closed, workers = True, [*self._all]
        if not failed:
            for worker in workers:
                worker.release()
            until = time.monotonic() + END_SECONDS
            for worker in workers:
                worker.process.join(max(until - time.monotonic(), 0))
        self._end(workers)

    def _end(self, workers: Sequence[Worker]) -> None:
        for worker in workers:
            worker.end()
            with self._lock, suppress(ValueError):
                self._all.remove(worker)

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise HeredityError("expected workers, got the end of what they worked for")


_pool: ContextVar[WorkerPool | None] = ContextVar("pool", default=None)


def _silent(_done: int, _of: int) -> None:
    """Tell nobody."""


_tell: ContextVar[OnItem] = ContextVar("tell", default=_silent)


@contextmanager
def items_told(tell: OnItem) -> Iterator[None]:
    """Tell how many items are done of all that is mapped in the block, from none on, where workers say nothing more."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def telling(items: Sequence[W]) -> Iterator[W]:
    """Yield items of work that is done in this process, and tell before and after each how many are."""
    tell = _tell.get()
    tell(0, len(items))
    for done, item in enumerate(items, 1):
        yield item
        tell(done, len(items))


@contextmanager
def kept_workers() -> Iterator[None]:
    """Let everything that is mapped in the block be computed by the same workers, which load their libraries once.

    Within another such block they are that one's.
    """
    with _workers() as pool:
        token = _pool.set(pool)
        try:
            yield
        finally:
            _pool.reset(token)


@contextmanager
def _workers() -> Iterator[WorkerPool]:
    pool = _pool.get()
    if pool is None or pool.closed:
        with WorkerPool(cores()) as pool:
            yield pool
    else:
        yield pool


def _blamed(item: Any, death: Death) -> Any:
    """Return what is computed in an item's place once it is known who ended its workers."""
    if not death.call:
        last = f"; last at work: {death.actor}" if death.actor else ""
        raise WorkerLostError(f"a worker process died ({death.ending}): {LOST}{last}")
    if hasattr(item, "blaming"):
        return item.blaming(death)
    raise TaskError(f"{death.actor}: {death}" if death.actor else str(death), death.seed)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work(pipe: Connection, word: Any) -> None:
    """Be a worker: answer what comes until nothing does any more."""
    leave_interrupts()  # to the parent, which ends its workers
    logging.basicConfig(format="%(message)s")
    end_with_parent()  # a worker whose parent was killed would go on for nobody
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=pipe.close)  # what an environment forks has nothing to say here
    share(word)
    with suppress(EOFError, OSError):
        while packed := pipe.recv_bytes():
            say(pipe, replied(pipe, packed))
    finish()
