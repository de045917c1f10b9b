"""The process pool: order, progress, one thread each, the first error."""

import os
import signal
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

from heredity import workers
from heredity.errors import TrainingError, WorkerLostError
from heredity.workers import WorkerPool, map_in_processes


def square(number):
    return number * number


def reporting(number, on_progress):
    on_progress((number, os.environ["OMP_NUM_THREADS"]))
    return os.getpid()


def dies_speaking(number, on_progress):
    on_progress(number)
    workers._queue._wlock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


def failing(number):
    if number == 1:
        raise TrainingError("first: member m01 with seed 5 failed: broken")
    return number


def test_results_keep_the_order_of_the_work():
    assert map_in_processes(square, [3, 1, 2]) == [9, 1, 4]
    assert map_in_processes(square, []) == []


def test_workers_are_other_processes_with_one_thread_and_their_words_arrive():
    before, heard = os.environ.get("OMP_NUM_THREADS"), []
    processes = map_in_processes(reporting, [1, 2], on_progress=heard.append)
    assert sorted(heard) == [(1, "1"), (2, "1")]
    assert os.getpid() not in processes
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_the_workers_error_is_raised_as_it_was():
    with pytest.raises(TrainingError, match="member m01 with seed 5 failed: broken"):
        map_in_processes(failing, [0, 1])


def test_a_worker_that_is_killed_as_it_speaks_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(workers, "DRAIN_SECONDS", 0.5)
    with pytest.raises(WorkerLostError, match="a worker process died"):
        map_in_processes(dies_speaking, [1, 2], on_progress=print)


def test_a_pool_that_is_closed_after_a_failure_ends_what_its_workers_are_at():
    pool = WorkerPool(1)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(pool.run, time.sleep, 60)
        while not pool._pool._processes:
            time.sleep(0.05)
        began = time.monotonic()
        pool.close(failed=True)
        with pytest.raises((BrokenProcessPool, CancelledError)):
            future.result()
    assert time.monotonic() - began < 30
