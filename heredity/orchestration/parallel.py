"""Branches of a study side by side, each in a thread of its own."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from heredity.orchestration.server import through_restarts


def side_by_side(calls: Iterable[Callable[[], Any]]) -> None:
    """Make every call in a thread of its own, again if the server was gone; at the end, raise the first error."""
    waiting = list(calls)
    if not waiting:
        return
    with ThreadPoolExecutor(len(waiting)) as threads:
        futures = [threads.submit(copy_context().run, through_restarts, call) for call in waiting]
    for future in futures:
        future.result()
