"""Paths that a study names: inside the project, or absolute; and names in it that become paths."""

from pathlib import Path

NAME, NAME_LENGTH = r"^[A-Za-z0-9][A-Za-z0-9_-]*$", 64
RESERVED = ("founders", "study")
"""Directories of lineage/ that are no generation."""


def outside(name: str) -> str | None:
    """Say why a path, as the study names it from the working directory, is refused; None where it may be read.

    A path that leads out of the project, upwards or through a link, must be absolute, so that whoever reads the study
    sees it.
    """
    project, path = Path.cwd().resolve(), Path(name)
    if path.is_absolute():
        return None
    try:
        found = (project / path).resolve()
    except (OSError, RuntimeError, ValueError):  # a circle of links
        return "which is no path"
    if found == project:
        return "which is no file"
    if not found.is_relative_to(project):
        return f"which leads to {found}; write that absolute path if you mean it"
    return None
