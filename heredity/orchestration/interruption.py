"""Ctrl-C in a flow, a closed terminal, or SIGTERM: it ends at once, and says how to go on."""

import logging
import os
import signal
import sys
from contextlib import suppress
from threading import Timer
from typing import NoReturn

import psutil

from heredity.pipeline.runner import INTERRUPTED, INTERRUPTED_MESSAGE

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

GRACE_SECONDS = 3
"""How long an interrupted flow may take to tell the server."""


def end_on_interrupt() -> None:
    """Let Ctrl-C end this process as it ends a stage, and a closed terminal (but under nohup) and SIGTERM likewise."""
    for each in ENDING:
        if each == signal.SIGINT or signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _interrupted)


def leave() -> NoReturn:
    """Say how to go on, and end workers, a temporary server and this process; whatever is half done is done again."""
    with suppress(OSError):  # the terminal may be closed
        print(f"{INTERRUPTED_MESSAGE} python -m flows.study", file=sys.stderr, flush=True)
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has ended by itself meanwhile
            child.terminate()
    os._exit(INTERRUPTED)


def _interrupted(*_: object) -> NoReturn:
    """End as Ctrl-C does, without Prefect's account of everything that it cuts short, nor waiting for it for long."""
    logging.disable()
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)  # a second one would cut this short
    last = Timer(GRACE_SECONDS, leave)
    last.daemon = True
    last.start()
    raise KeyboardInterrupt
