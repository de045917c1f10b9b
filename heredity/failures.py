"""Members that did not live through a generation: what they failed of, and the command that shows it again."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from heredity.errors import TrainingError
from heredity.files import write_json


@dataclass(frozen=True)
class Failure:
    """One member that failed after `env_steps` of its training; all of its draws derive from `seed`."""

    member: str
    seed: int
    env_steps: int
    reason: str
    command: str


def write_failures(path: Path, failures: Sequence[Failure]) -> None:
    """Write failures.json."""
    write_json(path, [asdict(failure) for failure in failures])


def read_failures(path: Path) -> list[Failure]:
    """Return what is on record, nothing where there is no such file. Raises TrainingError for one that is damaged."""
    if not path.exists():
        return []
    try:
        return [Failure(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(f"{path}: expected failures as train writes them, got {error}") from None
