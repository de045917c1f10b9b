"""What to type where results are missing: what DVC has to say of them decides, and not who misses them first."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from heredity.errors import HeredityError
from heredity.layout import GRAPH

if TYPE_CHECKING:  # which loads DVC
    from heredity.orchestration.standing import Standing

TYPE = "; type: dvc "
GENERAL = ("repro", "checkout")
"""What a room advises that knows a file alone."""

ABSENT = "No such file"


def project_standing(project: Path) -> "Standing | None":
    """Return how the results of a project stand; None where it is none of DVC's. Raises HeredityError."""
    if not ((project / ".dvc").is_dir() and (project / GRAPH).is_file() and find_spec("dvc")):
        return None
    from heredity.orchestration.standing import standing_of

    return standing_of(project)


def again_after_a_change(project: Path) -> str:
    """Return what to type where code or packages are others than when `study` ran, which DVC may not notice."""
    with suppress(HeredityError, ModuleNotFoundError):
        from heredity.orchestration.dvc_lock import stages_left

        if "study" in stages_left(project):
            return "dvc repro"
    from heredity.pipeline.stamp import FORCED

    return FORCED


@contextmanager
def fitting_advice(project: Path) -> Iterator[None]:
    """Let a refusal of the block that advises `dvc repro` or `dvc checkout` advise what helps in this project.

    One of a file that is not there, and that advises nothing, does so as well.
    """
    try:
        yield
    except HeredityError as error:
        said, found, typed = str(error).rpartition(TYPE)
        said = said if found and typed in GENERAL else str(error) if ABSENT in str(error) else ""
        remedy = _remedy(project) if said else ""
        if not remedy:
            raise
        raise error.saying(f"{said}; type: {remedy}") from None


def _remedy(project: Path) -> str:
    with suppress(HeredityError):
        if standing := project_standing(project):
            return standing.remedy
    return ""
