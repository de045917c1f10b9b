"""The command line: `heredity init`, `upgrade`, `check`, `rename`, `tree`, `show`, `verify`, `serve` and others."""

import logging
import shlex
import sys
from pathlib import Path

import typer
from typer.exceptions import TyperException

from heredity.cli import door as door  # before what the system may refuse to load
from heredity.cli.export import export
from heredity.cli.going_on import go_on
from heredity.cli.init import init
from heredity.cli.maintenance import gc, serve
from heredity.cli.publish import publish
from heredity.cli.rename import rename
from heredity.cli.results import compare, show, tree
from heredity.cli.study import check
from heredity.cli.upgrade import upgrade
from heredity.cli.verify import verify
from heredity.errors import HeredityError, printable, refused_by_system
from heredity.extras import missing_extras_named
from heredity.lifetime import AGAIN, signalled, unwinding
from heredity.pipeline.shortages import shortages_named
from heredity.pipeline.surroundings import enter

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for command in (init, upgrade, check, rename, tree, show, compare, verify, export, publish, gc, serve):
    app.command()(command)
app.command("continue")(go_on)


def main() -> None:
    """Run the command line; a refusal is one line and exit code 2, a signal one and 128 + n."""
    enter()
    logging.basicConfig(format="%(message)s")
    words = sys.argv[1:] or ["--help"]
    with unwinding(f"{AGAIN} {shlex.join(words)}"):
        code = _exit_code(words)
    sys.exit(code)


def _exit_code(words: list[str]) -> int:
    try:
        with missing_extras_named(), shortages_named():
            return int(app(words, standalone_mode=False) or 0)
    except HeredityError as error:
        line = f"error: {error}"
    except OSError as error:
        line = f"error: {refused_by_system(error, Path())}"
    except TyperException as error:
        line = f"error: {printable(' '.join(error.format_message().split()))}"
    if not signalled():
        print(line, file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
