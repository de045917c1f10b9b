"""Files put into a directory and taken out of it, all of them or none; what is written over, others have let pass."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from heredity.cli.project.repository import remove
from heredity.errors import HeredityError, named, refused_by_system
from heredity.files import DRAFT
from heredity.layout import PARAMS
from heredity.reading import is_there

ELSEWHERE = "make the project where you may write: heredity init DIRECTORY"
"""What is to be done where nothing can be written."""


def nearest_there(path: Path) -> Path:
    """Return the directory itself, or the nearest above it that is there."""
    return next(each for each in (path, *path.parents) if is_there(each))


def refuse_unwritable(project: Path, remedy: str = ELSEWHERE) -> None:
    """Raise HeredityError where nothing can be made in a directory, or in the one above that it would be made in."""
    place = nearest_there(project)
    if not place.is_dir():
        raise HeredityError(f"{place}: expected a directory, got a file; name another one: heredity init DIRECTORY")
    if not os.access(place, os.W_OK | os.X_OK):
        raise HeredityError(f"{place}: Permission denied; {remedy}")


def refuse_taken(project: Path, paths: Iterable[str], *, keeping: str = "") -> None:
    """Raise HeredityError naming what of some files, or in the place of their folders, is there already.

    keeping: what is typed for a params.yaml to stay.
    """
    taken = dict.fromkeys(place for path in paths if (place := _taken(project, path)))
    if taken:
        keep = f", add {keeping}, which keeps it" if keeping and PARAMS.name in taken else ""
        raise HeredityError(
            f"{project}: expected none of the files that a project is made of, got {named(taken)}; "
            f"move them{keep}, or make the project in a directory of its own: heredity init DIRECTORY"
        )


def place(
    project: Path,
    files: Mapping[str, bytes],
    around: AbstractContextManager[None],
    *,
    removed: Iterable[str] = (),
    remedy: str = ELSEWHERE,
) -> None:
    """Remove files of a directory, which is made where it is not there, and write others, all of it or nothing.

    around: what is done before they are moved into place, in their order, and undone where that fails. Raises
    HeredityError naming what the system refuses, and `remedy`.
    """
    try:
        with ExitStack() as directories:
            _make(project, directories)
            with _drafted(project, files) as draft, around, ExitStack() as moved:
                for path in removed:
                    _remove(project / path, moved)
                for path in files:
                    _make((project / path).parent, moved)
                    _move(draft / path, project / path, moved)
                moved.pop_all()
            directories.pop_all()
    except OSError as error:
        raise HeredityError(f"{refused_by_system(error, project)}; {remedy}") from None


@contextmanager
def _drafted(project: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """Yield a folder in a directory with all files in it; what nobody has moved out of it goes."""
    draft = Path(tempfile.mkdtemp(dir=project, prefix=".init.", suffix=DRAFT))
    try:
        for path, content in files.items():
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).write_bytes(content)
        yield draft
    finally:
        remove(draft)


def _make(directory: Path, undo: ExitStack) -> None:
    """Make a directory with those above it; each that was not there is removed again, if it is empty then."""
    for each in reversed((directory, *directory.parents)):
        if not is_there(each):
            each.mkdir()
            undo.callback(_remove_empty, each)


def _move(draft: Path, target: Path, undo: ExitStack) -> None:
    content = target.read_bytes() if is_there(target) else None  # which whoever checked has let pass
    if content is not None:
        shutil.copymode(target, draft)
    draft.replace(target)
    undo.callback(target.unlink) if content is None else undo.callback(target.write_bytes, content)


def _remove(target: Path, undo: ExitStack) -> None:
    """Remove a file, and its folder where nothing is left in it."""
    content, mode = target.read_bytes(), target.stat().st_mode
    target.unlink()
    undo.callback(_put_back, target, content, mode)
    _remove_empty(target.parent)


def _put_back(target: Path, content: bytes, mode: int) -> None:
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(content)
    target.chmod(mode)


def _remove_empty(directory: Path) -> None:
    with suppress(OSError):
        directory.rmdir()


def _taken(project: Path, path: str) -> str:
    """Return what stands where a file is to be: itself, or what is no folder where its folder is to be."""
    for above in Path(path).parents[:-1]:
        folder = project / above
        if is_there(folder) and (folder.is_symlink() or not folder.is_dir()):
            return above.as_posix()
    return path if is_there(project / path) else ""
