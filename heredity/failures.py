"""Members that did not live through a generation: what they failed of, and the command that shows it again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from heredity.errors import TrainingError
from heredity.files import write_json
from heredity.reading import read_json


@dataclass(frozen=True)
class Failure:
    """One member that failed after `env_steps` of its training; all of its draws derive from `seed`."""

    member: str
    seed: int
    env_steps: int
    reason: str
    command: str


FAILURES = TypeAdapter(list[Failure])


def write_failures(path: Path, failures: Sequence[Failure]) -> None:
    """Write failures.json."""
    write_json(path, [asdict(failure) for failure in failures])


def read_failures(path: Path) -> list[Failure]:
    """Return what is on record, nothing where there is no such file. Raises TrainingError for one that is damaged."""
    if not path.exists():
        return []
    return read_json(path, FAILURES, TrainingError, "failures as train writes them", "; type: dvc checkout")
