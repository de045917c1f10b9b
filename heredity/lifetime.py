"""Processes that end when whoever started them does."""

import os
import time
from contextlib import suppress
from threading import Thread

import psutil

POLL_SECONDS = 0.5


def end_with_parent(parent: int | None = None) -> None:
    """End this process and all below it within a second of its parent's end, however that came about.

    Polled, because Linux's signal of a parent's death follows the thread that made the child, and macOS has none.
    parent: the process id of the parent, where its child is told it; a parent that is gone already is noticed then.
    """
    Thread(target=_watch, args=(os.getppid() if parent is None else parent,), daemon=True).start()


def end_all_below(process: int) -> None:
    """Kill every process below one, and whatever they start meanwhile."""
    with suppress(psutil.NoSuchProcess):
        while below := [each for each in psutil.Process(process).children(recursive=True) if _lives(each)]:
            for each in below:
                with suppress(psutil.Error):
                    each.kill()
            psutil.wait_procs(below, timeout=POLL_SECONDS)


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    end_all_below(os.getpid())
    os._exit(1)
