"""What lies in lineage/ and belongs to no stage: DVC would hash it with the rest, and another machine lacks it."""

import logging
import shutil
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from heredity.errors import HeredityError, printable
from heredity.layout import FOUNDERS, Layout
from heredity.reading import Name, read_json

READ_LINEAGE = ("compare", "continual", "report")
"""The stages that depend on lineage/ as a whole, and so on whatever lies in it."""

log = logging.getLogger(__name__)


class _Named(BaseModel):
    name: Name


class _HandedOut(BaseModel):
    """What `study` hands to `control`, as far as it says which controls there are."""

    controls: tuple[_Named, ...]


HANDED_OUT = TypeAdapter(_HandedOut)


def clear_leftovers(layout: Layout) -> list[Path]:
    """Remove what stages wrote of generations and controls that the study no longer has, and return what went.

    What `study` hands out says which there are; nothing is removed before it has run. Files that no stage writes stay,
    and are named where git does not take them along.
    """
    if not layout.handouts.is_dir() or not layout.lineage.is_dir():
        return []
    folders = [path for path in sorted(layout.lineage.iterdir()) if path.is_dir() and not path.is_symlink()]
    removed = [path for folder in folders for path in _without_stage(layout, folder.name)]
    for path in removed:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    if removed:
        log.warning("%s: not of the study any more, and removed: %s; DVC's cache has what it recorded",
                    layout.lineage, _listed(path.relative_to(layout.lineage) for path in removed))  # fmt: skip
    strays = [path for folder in folders for path in _strays(layout, folder)]
    if strays:
        log.warning("%s: no stage writes %s, but compare, continual and report depend on all that lies there: move it "
                    "elsewhere, or another machine finds them stale", layout.lineage, _listed(strays))  # fmt: skip
    return removed


def _without_stage(layout: Layout, generation: str) -> list[Path]:
    """Return the outputs of one folder that no stage of the study would write."""
    if generation == FOUNDERS:
        return []
    if not any((layout.handouts / generation).glob("*.json")):
        return [path for path in layout.outputs(generation) if path.exists() or path.is_symlink()]
    return _old_controls(layout, generation)


def _old_controls(layout: Layout, generation: str) -> list[Path]:
    """Return what lies among a generation's controls beside those that it has; all of it where that is not said."""
    folder, handout = layout.controls(generation), layout.handout("control", generation)
    if not folder.is_dir() or folder.is_symlink():
        return []
    try:
        asked = read_json(handout, HANDED_OUT, HeredityError, "what study hands out").controls
    except HeredityError:  # of another version, whose stage is stale
        return []
    kept = {layout.control(generation, each.name).directory for each in asked} | {layout.control_names(generation)}
    return [path for path in sorted(folder.iterdir()) if path not in kept]


def _strays(layout: Layout, folder: Path) -> list[Path]:
    """Return what lies in a folder beside a generation's outputs; an empty folder goes, as git and DVC know none."""
    entries = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    if not any(folder.iterdir()):
        folder.rmdir()
    return [path.relative_to(layout.lineage) for path in entries if path not in layout.outputs(folder.name)]


def _listed(paths: Iterable[Path]) -> str:
    return printable(", ".join(path.as_posix() for path in paths))
