"""The command line as a person types it, in the folder of a finished study."""

import subprocess
import sys


def run(written, *command, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "heredity.cli.main", *command], cwd=written.root, capture_output=True, text=True,
        env={"COLUMNS": "140", "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def git(written, *command):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *command],
        cwd=written.root,
        check=True,
        capture_output=True,
    )
