"""Directories of models as the stages keep them: one zip per member."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from heredity.agent import Agent, write_agent
from heredity.errors import GateError
from heredity.failures import Failure, write_failures
from heredity.files import new_directory, replay_path, write_bytes
from heredity.params import Study
from heredity.pedigree import read_pedigree
from heredity.settled import settled
from stages.common import LINEAGE


def write_models(
    directory: Path,
    agents: Iterable[tuple[str, Agent]],
    failures: Sequence[Failure] = (),
    replays: Mapping[str, bytes | None] = MappingProxyType({}),
) -> None:
    """Replace a directory of models as a whole.

    failures.json is there only where a member failed, a member's replay buffer only where its children begin with it.
    """
    with new_directory(directory) as new:
        if failures:
            write_failures(new / "failures.json", failures)
        for name, agent in agents:
            write_agent(agent, new / f"{name}.zip")
            if (replay := replays.get(name)) is not None:
                write_bytes(replay_path(new / f"{name}.zip"), replay)


def best_parent(study: Study, generation: str) -> Path:
    """Return the model of the best survivor before this generation: the first parent of its first member."""
    first = read_pedigree(LINEAGE).links.get((generation, study.members()[0]))
    if not first or not first.parents:
        raise GateError(f"{generation}: expected a parent to be the champion, got members from fresh weights")
    return settled(LINEAGE / first.after) / "models" / f"{first.parents[0]}.zip"
