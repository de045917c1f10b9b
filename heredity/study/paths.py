"""Paths that a study names: inside the project, or absolute."""

import sys
from pathlib import Path


def outside(name: str) -> str | None:
    """Say why a path, as the study names it from the working directory, is refused; None where it may be read.

    A path that leads out of the project, upwards or through a link, must be absolute, so that whoever reads the study
    sees it.
    """
    project, path = Path.cwd().resolve(), Path(name)
    if path.is_absolute():
        return None
    try:
        target = (project / path).resolve()
    except (OSError, RuntimeError, ValueError):  # a circle of links
        return "which is no path"
    if target == project:
        return "which is no file"
    if not target.is_relative_to(project):
        return f"which leads to {target}; write that absolute path if you mean it"
    return None


def look_first_in(*places: Path) -> None:
    """Have a study's own modules imported from these directories, the first one first, as `python -m` has it there.

    Processes that are spawned later look there as well.
    """
    for place in reversed(places):
        sys.path.insert(0, str(place.resolve()))
