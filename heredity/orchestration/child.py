"""What `heredity serve` and a flow start beside themselves: a program that ends with whoever started it.

    python -m heredity.orchestration.child PARENT prefect worker start …
    python -m heredity.orchestration.child PARENT heredity.orchestration.door 3

Run in this very process, so that a signal to it is one to the program. SIGINT is what Prefect's worker turns SIGTERM
into, and a shell that starts a command with & hands it ignored.
"""

import runpy
import signal
import sys

from heredity.lifetime import end_with_parent


def run_for_parent() -> None:
    """Run a module as `python -m` does, until it or the parent ends."""
    _, parent, module, *words = sys.argv
    signal.signal(signal.SIGINT, signal.default_int_handler)
    end_with_parent(int(parent) or None)
    sys.argv[:] = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    run_for_parent()
