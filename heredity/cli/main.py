"""The command line: `heredity check`, `tree`, `show`, `compare`, `verify`, `publish`, `gc`, `serve`."""

import logging
import sys
from pathlib import Path

import typer
from typer.exceptions import TyperException

from heredity.cli import door as door  # before what the system may refuse to load
from heredity.cli.maintenance import gc, serve
from heredity.cli.publish import publish
from heredity.cli.results import compare, show, tree
from heredity.cli.study import check
from heredity.cli.verify import verify
from heredity.errors import HeredityError, refused_by_system
from heredity.extras import missing_extras_named
from heredity.pipeline.shortages import shortages_named
from heredity.pipeline.surroundings import enter

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for command in (check, tree, show, compare, verify, publish, gc, serve):
    app.command()(command)


def main() -> None:
    """Run the command line; a refusal is one line and exit code 2."""
    enter()
    logging.basicConfig(format="%(message)s")
    try:
        with missing_extras_named(), shortages_named():
            code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"error: {refused_by_system(error, Path())}", file=sys.stderr)
        sys.exit(2)
    except TyperException as error:
        print(f"error: {' '.join(error.format_message().split())}", file=sys.stderr)
        sys.exit(2)
    sys.exit(code)


if __name__ == "__main__":
    main()
