"""The process pool: order, progress, one thread each, the first error, and workers that end."""

import os
import pickle
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from heredity import worker, workers
from heredity.errors import HeredityError, TaskError, TrainingError, WorkerLostError
from heredity.workers import WorkerPool, items_told, kept_workers, map_in_processes, telling
from tests.harm import ENDING, FREEZING, LEAVING, harm


def square(number):
    return number * number


def reporting(number, on_progress):
    on_progress((number, os.environ["OMP_NUM_THREADS"]))
    return os.getpid()


def dies_speaking(number, on_progress):
    on_progress(number)
    os.kill(os.getpid(), signal.SIGKILL)


def failing(number):
    if number == 1:
        raise TrainingError("first: member m01 with seed 5 failed: broken")
    return number


def exiting(number):
    raise SystemExit(number)


def process_of(_):
    return os.getpid()


@dataclass(frozen=True)
class OnGpu:
    """Work that says what it needs."""

    device: str = "cuda"


def seen_by(_):
    time.sleep(0.05)
    return os.getpid(), os.environ.get("CUDA_VISIBLE_DEVICES")


def dying_once(marker):
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 7


def leaving(mode):
    harm(mode)
    return os.getpid(), [child.pid for child in psutil.Process().children()]


@dataclass(frozen=True)
class Play:
    """Two players, of whom one ends the process, and what happens to each."""

    mode: str = "exit-0"
    lost: tuple[str, ...] = ()

    def blaming(self, death):
        return replace(self, lost=(*self.lost, f"{death.actor}: {death}"))


def played(play):
    for name in ("m00", "m01"):
        worker.acting(name)
        if name == "m01" and not play.lost:
            worker.word.call, worker.word.seed, worker.word.seconds = b"step", 5, 0.1
            worker.word.deadline = time.monotonic() + 0.1
            harm(play.mode)
        worker.word.deadline = 0.0
    return play.lost


def test_results_keep_the_order_of_the_work():
    assert map_in_processes(square, [3, 1, 2]) == [9, 1, 4]
    assert map_in_processes(square, []) == []


def test_workers_are_other_processes_with_one_thread_and_their_words_arrive():
    before, heard = os.environ.get("OMP_NUM_THREADS"), []
    processes = map_in_processes(reporting, [1, 2], on_progress=heard.append)
    assert sorted(heard) == [(1, "1"), (2, "1")]
    assert os.getpid() not in processes
    assert os.environ.get("OMP_NUM_THREADS") == before


@pytest.mark.parametrize(("visible", "gpus"), [("5,6", {"5", "6"}), ("GPU-7f", {"GPU-7f"}), ("", {""})])
def test_work_on_a_gpu_has_one_to_itself_in_a_worker_that_sees_no_other(visible, gpus, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr(workers, "cores", lambda: 3)
    *on_gpu, other = map_in_processes(seen_by, [*[OnGpu()] * 4, OnGpu("cpu")])
    assert {seen for _, seen in on_gpu} <= gpus and len({pid for pid, _ in on_gpu}) <= len(gpus)
    assert len(set(on_gpu)) == len({pid for pid, _ in on_gpu})  # a worker sees the same one all the time
    assert other[1] == visible and other[0] not in {pid for pid, _ in on_gpu}
    assert os.environ["CUDA_VISIBLE_DEVICES"] == visible


def test_of_workers_that_say_nothing_it_is_told_how_many_items_are_done():
    told, heard = [], []
    with items_told(lambda done, of: told.append((done, of))):
        map_in_processes(square, [1, 2])
        assert told == [(0, 2), (1, 2), (2, 2)]
        map_in_processes(reporting, [1], on_progress=heard.append)
        assert list(telling("ab")) == ["a", "b"]
        assert told[3:] == [(0, 2), (1, 2), (2, 2)]
    map_in_processes(square, [1])
    assert list(telling("ab")) == ["a", "b"]
    assert len(told) == 6
    assert heard


def test_a_single_item_has_a_process_of_its_own_too_and_maps_of_a_block_share_theirs():
    with kept_workers():
        processes = [map_in_processes(process_of, [None])[0] for _ in range(2)]
    assert os.getpid() != processes[0] == processes[1]


def test_the_workers_error_is_raised_as_it_was():
    with pytest.raises(TrainingError, match="member m01 with seed 5 failed: broken"):
        map_in_processes(failing, [0, 1])


def test_what_would_end_this_process_is_an_error_of_the_work():
    with pytest.raises(HeredityError, match="expected work that returns or fails, got SystemExit: 0"):
        map_in_processes(exiting, [0])


def test_a_worker_that_is_killed_as_it_speaks_holds_nobody_up():
    with pytest.raises(WorkerLostError, match=r"a worker process died \(signal 9 \(SIGKILL\)\)"):
        map_in_processes(dies_speaking, [1, 2], on_progress=print)


def test_a_worker_that_is_killed_once_is_replaced(tmp_path):
    assert map_in_processes(dying_once, [str(tmp_path / "marker")]) == [7]


HOW = ("exit code 0", "exit code 3", "signal 9 (SIGKILL)", "signal 11 (SIGSEGV)", "signal 6 (SIGABRT)")


def test_who_ended_two_workers_is_blamed_and_the_others_go_on():
    reason = "m01: expected an environment that lets its process live, got {} in its step on seed 5"
    reasons = [reason.format(how) for how in HOW]
    assert map_in_processes(played, [Play(mode) for mode in ENDING]) == [(reason,) for reason in reasons]


def test_who_does_not_return_from_a_call_is_blamed_at_once(monkeypatch):
    monkeypatch.setattr(worker, "GRACE_LOOKS", 0)
    reason = "m01: expected a step within 0.1 s, got none on seed 5"
    assert map_in_processes(played, [Play(mode) for mode in FREEZING]) == [(reason,)] * len(FREEZING)


def played_plainly(_):
    played(Play())


def test_work_that_cannot_blame_ends_in_one_line():
    with pytest.raises(TaskError, match=r"^m01: expected an environment that lets its process live, got exit code 0"):
        map_in_processes(played_plainly, [None])


def test_a_worker_ends_whatever_it_was_left_with(monkeypatch):
    monkeypatch.setattr(workers, "END_SECONDS", 0.2)
    left = map_in_processes(leaving, LEAVING)
    assert len(left[LEAVING.index("child")][1]) == 1
    processes = [process for worker_id, children in left for process in (worker_id, *children)]
    assert not [each for each in processes if psutil.pid_exists(each) and psutil.Process(each).status() != "zombie"]


def test_a_pool_that_is_closed_after_a_failure_ends_what_its_workers_are_at():
    pool = WorkerPool(1)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(pool.run, time.sleep, 60)
        while not pool._all:
            time.sleep(0.05)
        began = time.monotonic()
        pool.close(failed=True)
        with pytest.raises(HeredityError, match="got the end of what they worked for"):
            future.result()
    assert time.monotonic() - began < 30


def test_a_worker_that_begins_hears_no_ctrl_c_and_who_started_it_goes_on_hearing(capfd):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    each = worker.Worker(workers._work)
    try:
        for _ in range(200):
            os.kill(each.process.pid, signal.SIGINT)
            time.sleep(0.005)
        each.send(pickle.dumps((square, 3, False)))
        assert each.answer() == (worker.RESULT, 9)
    finally:
        each.end()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
    assert capfd.readouterr().err == ""


def test_blocks_within_one_another_have_the_same_workers():
    with kept_workers():
        outer = map_in_processes(process_of, [0])
        with kept_workers():
            inner = map_in_processes(process_of, [0])
        assert map_in_processes(process_of, [0]) == outer == inner
