"""Environments closed: one that cannot be closed has failed, but hides no failure that came before."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Protocol

from heredity.errors import TaskError

PATIENCE_SECONDS = 5
"""Of environments of one kind, those after one that took longer and failed are left as they are."""


class Closing(Protocol):
    """What holds something."""

    def close(self) -> None:
        """Let go of it. Raises TaskError."""
        ...


def close_all(environments: Iterable[Closing]) -> None:
    """Close every one. Raises TaskError where one cannot be, which is the first of them."""
    first: TaskError | None = None
    for environment in environments:
        begun = monotonic()
        try:
            environment.close()
        except TaskError as error:
            first = first or error
            if monotonic() - begun > PATIENCE_SECONDS:
                break
    if first:
        raise first


@contextmanager
def closed_after(close: Callable[[], None]) -> Iterator[None]:
    """Close when the block ends. Raises TaskError where that fails, and what the block raises before that."""
    try:
        yield
    except BaseException:
        with suppress(TaskError):
            close()
        raise
    close()
