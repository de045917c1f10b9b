"""`heredity serve` as it is typed in a project."""

import subprocess
import sys
import time
from contextlib import contextmanager

import psutil

STARTUP_SECONDS = 300


@contextmanager
def served(project, port, *before):
    """Yield `heredity serve` once it has printed its line, the line, and all its processes; kill what is left."""
    log = project.path.parent / "serve.log"
    environment = {name: value for name, value in project.environment.items() if not name.startswith("PREFECT_")}
    command = [*before, sys.executable, "-m", "heredity.cli.main", "serve", "--port", str(port)]
    with log.open("w") as file:
        process = subprocess.Popen(
            command, cwd=project.path, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    family = [psutil.Process(process.pid)]
    try:
        until = time.monotonic() + STARTUP_SECONDS
        while not (lines := [line for line in log.read_text().splitlines() if "(Ctrl-C ends it)" in line]):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        time.sleep(3)  # until the worker is there
        family += family[0].children(recursive=True)
        yield process, lines[0], family
    finally:
        for each in family:
            if each.is_running():
                each.kill()
        process.wait()


def login(project):
    return (project.path / ".prefect" / "heredity" / "login").read_text().strip()


def signed(project):
    return tuple(login(project).split(":"))
