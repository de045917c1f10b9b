"""What lies of a run in W&B's folder on this machine, noted beside it, so that nothing is written twice."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.reading import is_there, read_json

LEDGER = "heredity.json"


@dataclass(frozen=True)
class Entry:
    """rows: of the history. content: digest of all that was published, empty while nothing was. tags: of the run."""

    rows: int = 0
    content: str = ""
    tags: tuple[str, ...] = ()


ENTRY = TypeAdapter(Entry)


def note(run: Any, entry: Entry) -> None:
    """Put down what a run that is about to end holds."""
    write_json(Path(run.dir).parent / LEDGER, asdict(entry))


def entries(run_id: str, *, online: bool) -> list[Entry]:
    """Return what was noted of a run, the oldest first; of those that were written offline only where W&B is so now.

    A folder without a note is of a process that was killed: nothing is known to be whole there.
    """
    folder = Path(os.environ.get("WANDB_DIR", ".")) / "wandb"
    pattern = f"run-*-{run_id}" if online else f"*run-*-{run_id}"
    notes = sorted((each / LEDGER for each in folder.glob(pattern)), key=lambda path: path.parent.name.split("run-")[1])
    expected = "what heredity noted of a run"
    return [read_json(path, ENTRY, HeredityError, expected, "; remove it") for path in notes if is_there(path)]
