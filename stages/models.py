"""Directories of models as the stages keep them: one zip per member."""

from collections.abc import Iterable
from pathlib import Path

from heredity.agent import Agent, read_agent, write_agent
from heredity.files import new_directory


def read_models(directory: Path, names: Iterable[str] | None = None) -> dict[str, Agent]:
    """Read the named models of a directory in that order, or all of them by name."""
    names = sorted(path.stem for path in directory.glob("*.zip")) if names is None else names
    return {name: read_agent(directory / f"{name}.zip") for name in names}


def write_models(directory: Path, agents: Iterable[tuple[str, Agent]]) -> None:
    """Replace a directory of models as a whole."""
    with new_directory(directory) as new:
        for name, agent in agents:
            write_agent(agent, new / f"{name}.zip")
