"""How a generation ended up: where its final models, curves and evaluation lie, and why it never came if it did not."""

import json
from pathlib import Path
from typing import Any

from heredity.errors import HeredityError
from heredity.files import new_directory, write_json

EXTENSION = "extension"
"""Where a gate keeps its members' last models, curves and evaluation, if it trained them once more."""


STEPS = "steps.json"
"""How many steps they were given for it, written last."""


def settled(directory: Path) -> Path:
    """Return where the last models/, curves.csv and evaluation.csv of a generation lie."""
    return directory / EXTENSION if extension_steps(directory) else directory


def extension_steps(directory: Path) -> int:
    """Return how many steps a generation's members were given besides their budget, 0 where its gate gave none."""
    steps = _read(directory / EXTENSION / STEPS)
    return steps if isinstance(steps, int) else 0


def not_extended(directory: Path) -> None:
    """Write the extension of a generation whose members were not trained once more."""
    with new_directory(directory / EXTENSION) as new:
        write_json(new / STEPS, 0)


def ended(directory: Path) -> str | None:
    """Return why a generation never came, which is where and why its study ended before it; None for one that came."""
    found = _read(directory / "heirs" / "pedigree.json")
    return found.get("ended") if isinstance(found, dict) else None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    except (OSError, ValueError) as error:
        raise HeredityError(f"{path}: expected what its stage writes, got {error}; type: dvc repro") from None
