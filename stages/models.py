"""Directories of models as the stages keep them: one zip per member."""

from collections.abc import Iterable
from pathlib import Path

from heredity.agent import Agent, read_agent, write_agent
from heredity.errors import GateError
from heredity.files import new_directory
from heredity.params import Study
from heredity.pedigree import read_pedigree
from stages.common import LINEAGE


def read_models(directory: Path, names: Iterable[str] | None = None) -> dict[str, Agent]:
    """Read the named models of a directory in that order, or all of them by name."""
    names = sorted(path.stem for path in directory.glob("*.zip")) if names is None else names
    return {name: read_agent(directory / f"{name}.zip") for name in names}


def write_models(directory: Path, agents: Iterable[tuple[str, Agent]]) -> None:
    """Replace a directory of models as a whole."""
    with new_directory(directory) as new:
        for name, agent in agents:
            write_agent(agent, new / f"{name}.zip")


def best_parent(study: Study, generation: str) -> Path:
    """Return the model of the best survivor before this generation: the first parent of its first member."""
    first = read_pedigree(LINEAGE).links.get((generation, study.members()[0]))
    if not first or not first.parents:
        raise GateError(f"{generation}: expected a parent to be the champion, got members from fresh weights")
    return LINEAGE / first.after / "models" / f"{first.parents[0]}.zip"
