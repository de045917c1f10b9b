"""Picklable work that workers of every kind can import, and soon: it loads next to nothing."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from heredity.errors import TrainingError


@dataclass
class Item:
    """Work with a member's name, as labels want it."""

    member: str
    path: str


def kill_once(item):
    return dying_once(item.path)


def fail(item):
    return failing(item.path)


def double(number):
    return 2 * number


def saying(number, on_progress):
    on_progress(("half", number))
    on_progress(("whole", number))
    return number


def environment(_):
    return os.environ.get("OMP_NUM_THREADS")


def failing(path):
    with Path(path).open("a") as file:
        file.write("tried\n")
    raise TrainingError("first: inherited member m01 with seed 5 failed: the environment raised")


def dying_once(path):
    """Kill the own process the first time, and return 7 the next."""
    path = Path(path)
    if not path.exists():
        path.write_text("was here")
        os.kill(os.getpid(), signal.SIGKILL)
    return 7


def named(item):
    """Return what kind an item is."""
    return type(item).__name__


def gpus(_):
    """Return the GPUs that a worker sees."""
    time.sleep(0.2)
    return os.environ.get("CUDA_VISIBLE_DEVICES")
