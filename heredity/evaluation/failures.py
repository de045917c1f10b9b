"""Members that did not live through a generation: what they failed of, and the command that shows it again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from heredity.errors import TrainingError
from heredity.files import write_json
from heredity.reading import is_there, read_json


@dataclass(frozen=True)
class Failure:
    """One member that failed: on which seed, of what, after how many steps of training, and what shows it again."""

    member: str
    seed: int | None
    reason: str
    env_steps: int = 0
    command: str = ""


FAILURES = TypeAdapter(list[Failure])


def write_failures(path: Path, failures: Sequence[Failure]) -> None:
    """Write failures.json."""
    write_json(path, [asdict(failure) for failure in failures])


def read_failures(path: Path) -> list[Failure]:
    """Return what is on record, nothing where there is no such file. Raises TrainingError for one that is damaged."""
    if not is_there(path):
        return []
    return read_json(path, FAILURES, TrainingError, "failures as train writes them", "; type: dvc checkout")
