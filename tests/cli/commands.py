"""The command line as a person types it."""

import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from unittest.mock import patch

from heredity.cli.main import main


def typed(folder, *words, code=0, columns=140):
    """Type a command in a folder, in this process; return what it prints."""
    out, err = io.StringIO(), io.StringIO()
    with (
        chdir(folder), redirect_stdout(out), redirect_stderr(err), patch.dict(os.environ, {"COLUMNS": f"{columns}"}),
        patch.object(sys, "argv", ["heredity", *words]), patch.object(sys, "path", [*sys.path]),
    ):  # fmt: skip
        try:
            ended = main()
        except SystemExit as exit_:
            ended = exit_.code
    assert (ended or 0) == code, err.getvalue()
    return out.getvalue() + err.getvalue()


def run(written, *command, code=0):
    """Type a command in the folder of a finished study."""
    return typed(written.root, *command, code=code)


def git(written, *command):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *command],
        cwd=written.root,
        check=True,
        capture_output=True,
    )
