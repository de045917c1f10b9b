"""Ctrl-C in a flow: it ends at once, and says how to go on."""

import logging
import os
import signal
import sys
from contextlib import suppress
from threading import Timer
from typing import NoReturn

import psutil

from heredity.pipeline.runner import INTERRUPTED, INTERRUPTED_MESSAGE

GRACE_SECONDS = 3
"""How long an interrupted flow may take to tell the server."""


def end_on_interrupt() -> None:
    """Let Ctrl-C end this process as it ends a stage."""
    signal.signal(signal.SIGINT, _interrupted)


def leave() -> NoReturn:
    """Say how to go on, and end workers, a temporary server and this process; whatever is half done is done again."""
    print(f"{INTERRUPTED_MESSAGE} python -m flows.study", file=sys.stderr, flush=True)
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has ended by itself meanwhile
            child.terminate()
    os._exit(INTERRUPTED)


def _interrupted(*_: object) -> NoReturn:
    """End as Ctrl-C does, without Prefect's account of everything that it cuts short, nor waiting for it for long."""
    logging.disable()
    last = Timer(GRACE_SECONDS, leave)
    last.daemon = True
    last.start()
    raise KeyboardInterrupt
