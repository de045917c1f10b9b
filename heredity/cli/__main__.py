"""`python -m heredity.cli`, and the command `heredity`."""

import shlex
import sys

from heredity.cli import door as door  # before what the system may refuse to load
from heredity.lifetime import AGAIN, end_children, end_on_signals


def program() -> None:
    """Run the command line, signals answered before the rest is imported; what it has left behind ends with it."""
    end_on_signals(f"{AGAIN} {shlex.join(sys.argv[1:])}".rstrip())
    from heredity.cli.main import main

    try:
        main()
    finally:
        end_children()


if __name__ == "__main__":
    program()
