"""The process pool: order, progress, one thread each, the first error."""

import os

import pytest

from heredity.errors import TrainingError
from heredity.workers import map_in_processes


def square(number):
    return number * number


def reporting(number, on_progress):
    on_progress((number, os.environ["OMP_NUM_THREADS"]))
    return os.getpid()


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
