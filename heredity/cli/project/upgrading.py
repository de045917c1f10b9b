"""A project moved to the installed heredity: what changes is known first, then all of it is put in place."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from heredity.cli.project.comparison import Recipe, State, compared, content, leads_elsewhere
from heredity.cli.project.differences import DIFF, differences, named_in
from heredity.cli.project.pins import Moved, moved
from heredity.cli.project.placement import place, refuse_unwritable
from heredity.cli.project.recipes import RECORD, Record, digest, read_record
from heredity.cli.project.requirements import REQUIREMENTS, origin
from heredity.errors import HeredityError

REMEDY = "nothing has changed; type this again where you may write"


@dataclass(frozen=True)
class Upgrade:
    """What is to change in a project.

    before, now: versions of heredity. recipes: by their paths. differing: those that the diff is of. requirements: as
    they are to be. files: what is written, by its path, in this order. removed: what goes.
    """

    project: Path
    before: str
    now: str
    recipes: Mapping[str, Recipe]
    differing: tuple[str, ...]
    requirements: Moved
    files: Mapping[str, bytes]
    removed: tuple[str, ...]

    def of(self, state: State) -> list[str]:
        """Return the recipes in a state."""
        return [name for name, recipe in self.recipes.items() if recipe.state is state]

    @property
    def is_nothing(self) -> bool:
        """Whether all is as it is to be."""
        return not (self.files or self.removed)

    def put_in_place(self) -> None:
        """Write and remove, all of it or nothing. Raises HeredityError naming what the system refuses."""
        if not self.is_nothing:
            refuse_unwritable(self.project, REMEDY)
            place(self.project, self.files, nullcontext(), removed=self.removed, remedy=REMEDY)


def planned(project: Path) -> Upgrade:
    """Return what an upgrade would change. Raises HeredityError where this is no project that can be upgraded."""
    record, ours = read_record(project), origin()
    if Version(record.heredity) > Version(ours.version):
        raise HeredityError(
            f"{project}: expected a project of heredity {ours.version} or older, got one of {record.heredity}; "
            f"type: pip install -r {REQUIREMENTS}"
        )
    recipes, requirements = compared(project, record), moved(_requirements(project), ours)
    earlier = content(project / DIFF)
    differing = _differing(recipes, frozenset() if earlier is None else named_in(earlier))
    diff = differences(ours.version, differing)
    written = {
        **{name: each.after for name, each in recipes.items() if each.state in (State.NEW, State.WRITTEN)},
        REQUIREMENTS: requirements.text.encode(),
        DIFF: diff or None,
        RECORD: _record(ours.version, recipes).written(),  # last: where all is cut short, it is done again
    }
    return Upgrade(
        project,
        before=record.heredity,
        now=ours.version,
        recipes=recipes,
        differing=tuple(differing),
        requirements=requirements,
        files={name: new for name, new in written.items() if new is not None and new != content(project / name)},
        removed=(*_obsolete(recipes), *([DIFF] if earlier is not None and not diff else [])),
    )


def _obsolete(recipes: Mapping[str, Recipe]) -> list[str]:
    return [name for name, each in recipes.items() if each.state is State.OBSOLETE]


def _differing(recipes: Mapping[str, Recipe], pending: frozenset[str]) -> dict[str, tuple[bytes | None, bytes]]:
    """Return both contents of recipes that are changed, where heredity's are news or were not taken over yet."""
    return {
        name: (each.before, each.after)
        for name, each in recipes.items()
        if each.state is State.CHANGED and each.after is not None and (each.is_news or name in pending)
    }


def _record(version: str, recipes: Mapping[str, Recipe]) -> Record:
    digests = {name: digest(name, each.after) for name, each in recipes.items() if each.after is not None}
    return Record(heredity=version, recipes=digests)


def _requirements(project: Path) -> str:
    """Return the text of a project's requirements.txt. Raises HeredityError where it has none of its own."""
    path = project / REQUIREMENTS
    if leads_elsewhere(project, REQUIREMENTS):
        raise HeredityError(f"{path}: expected a file of the project's own, got a link; put a copy in its place")
    text = content(path)
    if text is None:
        raise HeredityError(f"{path}: expected the requirements that heredity init wrote, got none; put them back")
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise HeredityError(f"{path}: cannot be read: {error}") from None
