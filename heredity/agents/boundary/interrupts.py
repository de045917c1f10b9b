"""Whether a Ctrl-C came: an environment that raises KeyboardInterrupt has failed, and interrupts nobody."""

import signal
from threading import get_ident, main_thread
from types import FrameType
from typing import Any

arrived = 0
"""How many SIGINTs have come while somebody listened."""


def listen() -> None:
    """Count the SIGINTs that come from now on, and hand each to the handler that is there; where none is, do nothing.

    Called again and again, because whoever sets a handler of their own replaces the one that counts.
    """
    handler: Any = signal.getsignal(signal.SIGINT)
    if not callable(handler) or _counts(handler) or get_ident() != main_thread().ident:
        return

    def count(number: int, frame: FrameType | None) -> None:
        global arrived
        arrived += 1
        handler(number, frame)

    vars(count)["counts_interrupts"] = True
    signal.signal(signal.SIGINT, count)


def unheard() -> bool:
    """Whether a Ctrl-C would raise KeyboardInterrupt, and nobody count it."""
    handler = signal.getsignal(signal.SIGINT)
    return callable(handler) and not _counts(handler) and get_ident() == main_thread().ident


def _counts(handler: Any) -> bool:
    return getattr(handler, "counts_interrupts", False) is True
