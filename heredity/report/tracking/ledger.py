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


def note(run: Any, rows: int, content: str = "") -> None:
    """Put down what a run of W&B that is about to end holds; of its tags the experiment, which a shell may not know."""
    experiment = tuple(tag for tag in run.tags if tag.startswith("experiment:"))
    put_down(Path(run.dir).parent, Entry(rows, content, experiment))


def put_down(folder: Path, entry: Entry) -> None:
    """Note what a run's folder holds."""
    write_json(folder / LEDGER, asdict(entry))


def noted(folder: Path) -> Entry | None:
    """Return what was noted of a run's folder, None where nothing was. Raises HeredityError for a damaged note."""
    path = folder / LEDGER
    return (
        read_json(path, ENTRY, HeredityError, "what heredity noted of a run", "; remove it") if is_there(path) else None
    )


def entries(run_id: str, *, online: bool) -> list[Entry]:
    """Return what was noted of a run, the oldest first; of those that were written offline only where W&B is so now.

    A folder without a note is of a process that was killed: nothing is known to be whole there.
    """
    root = Path(os.environ.get("WANDB_DIR", ".")) / "wandb"
    folders = root.glob(f"run-*-{run_id}" if online else f"*run-*-{run_id}")
    in_time = sorted(folders, key=lambda folder: folder.name.partition("run-")[2])
    return [entry for folder in in_time if (entry := noted(folder))]
