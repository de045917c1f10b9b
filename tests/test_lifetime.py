"""Whoever is started by a process that is killed ends too, and so does whatever it started."""

import subprocess
import sys
import time

import psutil
import pytest

from heredity.lifetime import end_all_below

pytestmark = pytest.mark.study

SLEEP = "import time; time.sleep(60)"
CHILD = f"""
import subprocess, sys, time
from heredity.lifetime import end_with_parent
end_with_parent()
subprocess.Popen([sys.executable, "-c", {SLEEP!r}])
time.sleep(60)
"""
PARENT = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {CHILD!r}])
time.sleep(60)
"""


def below(process, count):
    """Return the processes below one, once there are so many."""
    until = time.monotonic() + 20
    while len(found := psutil.Process(process.pid).children(recursive=True)) < count:
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def left_of(family):
    """Return who of some processes has not ended; one that its parent has not yet heard of is no more than a number."""
    until = time.monotonic() + 5
    while left := [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]:
        if time.monotonic() > until:
            return left
        time.sleep(0.05)
    return []


def test_a_parent_that_is_killed_leaves_nobody_behind():
    parent = subprocess.Popen([sys.executable, "-c", PARENT])
    family = below(parent, 2)
    parent.kill()
    parent.wait()
    left = left_of(family)
    for process in left:
        process.kill()
    assert left == []


def test_all_below_a_process_ends_and_the_process_goes_on():
    parent = subprocess.Popen([sys.executable, "-c", PARENT])
    family = below(parent, 2)
    end_all_below(parent.pid)
    left = left_of(family)
    alive = parent.poll() is None
    parent.kill()
    parent.wait()
    assert (left, alive) == ([], True)
