"""Signals to a flow that is a program of its own: it ends at once, and says how to go on.

A flow that a Prefect worker runs is Prefect's to cancel.
"""

import sys

from heredity.lifetime import INTERRUPTED_MESSAGE, end_on_signals

HOW_TO_GO_ON = f"{INTERRUPTED_MESSAGE} python -m flows.study"


def answer_signals() -> None:
    """Let signals end `python -m flows.study` as they end a stage, in place of handlers that Prefect has put."""
    if "flows.study" in sys.orig_argv:
        end_on_signals(HOW_TO_GO_ON)
