"""A project made: what it will hold is known and tried out first, then all of it is put in place."""

import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from heredity.agents.vecnormalize import statistics_places
from heredity.cli.project.design import Design, Wanted
from heredity.cli.project.graph import dependencies, graph
from heredity.cli.project.placement import nearest_there, place, refuse_taken, refuse_unwritable
from heredity.cli.project.recipes import README, RECORD, STUDIES, recorded, titled
from heredity.cli.project.repository import repository_of
from heredity.cli.project.requirements import REQUIREMENTS, origin, requirements
from heredity.cli.project.template import template
from heredity.errors import AgentError, HeredityError, StudyError, TaskError
from heredity.extras import environment
from heredity.layout import FOUNDERS, GRAPH, LOCK, PARAMS, Layout, normalizer_path
from heredity.reading import MODEL_BYTES, NAME_LENGTH, is_there, read_bytes, read_text, readable
from heredity.study.paths import look_first_in
from heredity.workers import ParallelMap, map_in_processes

DVCIGNORE = ".dvcignore"

REMEDY = re.compile(r"; (write|type|install|add|make|did you|gymnasium\.pprint)|pip install")
ABSENT = re.compile(r"No module named '(\w+)")

MEND = "mend the environment and type this again; arguments that it needs go where it is registered: kwargs={…}"
"""What a refusal says that knows no better, and how one is told that does."""


def make_project(project: Path, wanted: Wanted, *, by_git: bool, local_map: ParallelMap = map_in_processes) -> Design:
    """Make a project in a directory, whole or not at all, and return the study that it has.

    Raises HeredityError of one line where there can be none, or something stands in its way.
    """
    refuse_unwritable(project)
    files, model = template(), _Model(project, wanted.model)
    ignored = files.pop(DVCIGNORE)
    extended = _dvcignore(project, ignored)
    beside = wanted.params and wanted.params.resolve().parent
    brought = wanted.params is not None and wanted.params.resolve() == project / PARAMS  # which stays as it is
    made = [
        *(name for name in files if name not in STUDIES and not (brought and name == PARAMS.name)),
        REQUIREMENTS,
        RECORD,
        LOCK.name,
        *_outputs(),
        *model.copied,
    ]
    if is_there(project / RECORD):
        raise HeredityError(f"{project}: expected no project, got one; write its {PARAMS}, or name another directory")
    refuse_taken(project, made, keeping="" if wanted.params else f"--params {PARAMS}")
    repository = repository_of(project, nearest_there(project), by_git=by_git)
    texts = {name: files.pop(name).decode() for name in (PARAMS.name, GRAPH.name, README, *STUDIES)}
    with _importing_from(project), environment({"PYTHONDONTWRITEBYTECODE": "1"}):  # nothing is left where it fails
        named = replace(wanted, templates=texts, name=study_name(project), founder=model.named)
        study = _tried_out(named, beside, local_map)
    sources = [*dependencies(study.sources, project, repository.root), *model.files]
    files |= {} if brought else {PARAMS.name: study.params.encode()}
    files[GRAPH.name] = graph(texts[GRAPH.name], REQUIREMENTS, sources).encode()
    files[README] = titled(texts[README].encode(), study_name(project))
    ours = origin()
    files[RECORD] = recorded(ours.version, {**files, DVCIGNORE: ignored}).written()
    files[REQUIREMENTS] = requirements(ours, study.packages).encode()
    place(project, {**files, **extended, **model.contents()}, repository.initialised())
    return study


def _tried_out(wanted: Wanted, beside: Path | None, local_map: ParallelMap) -> Design:
    """Return a study that can run; beside: where its params.yaml lies, if it is written already.

    Raises HeredityError of one line that says what to do.
    """
    try:
        (study,) = local_map(_designed, [wanted])
    except StudyError as error:
        absent = ABSENT.search(str(error))
        if not (absent and beside and list(beside.glob(f"{absent[1]}*"))):
            raise
        where = f"{absent[1]}, which lies beside it, in the project's directory as well"
        raise StudyError(f"{wanted.params}: expected the module {where}; copy it there, and type this again") from None
    except TaskError as error:
        line = str(error) if str(error).startswith("--") else f"--env: {error}"
        raise TaskError(line if REMEDY.search(line) else f"{line}; {MEND}") from None
    return study


def _designed(wanted: Wanted) -> Design:
    """Design in a process of its own, because it runs others' code, and loads what trains."""
    from heredity.cli.project.designing import designed

    return designed(wanted)


def study_name(project: Path) -> str:
    """Return what a study is called after its directory: its letters, digits, - and _, accents taken off."""
    plain = unicodedata.normalize("NFKD", project.name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-_")[:NAME_LENGTH] or "study"


class _Model:
    """The founder's files: named where they lie in the project, and else copied into it.

    named: as params.yaml names it. files: as dvc.yaml names all of them. copied: those that are copied.
    """

    def __init__(self, project: Path, model: Path | None) -> None:
        self.named, self._sources = "", dict[str, Path]()
        if model is None:
            self.files, self.copied = [], []
            return
        inside = model.is_relative_to(project)
        start = project if inside else model.parent
        beside = [path for path in (normalizer_path(model), *statistics_places(model)) if path.is_file()]
        folder = "" if inside else f"{FOUNDERS}/"
        named = {f"{folder}{path.relative_to(start).as_posix()}": path for path in (model, *beside)}
        self.named, *_ = self.files = list(named)
        self.copied = [] if inside else self.files
        self._sources = {} if inside else named

    def contents(self) -> dict[str, bytes]:
        """Return what is copied. Raises AgentError for a file that cannot be read."""
        contents = {}
        for name, path in self._sources.items():
            with readable(path, AgentError):
                contents[name] = read_bytes(path, MODEL_BYTES)
        return contents


@contextmanager
def _importing_from(project: Path) -> Iterator[None]:
    """Work where the stages of a project will, and find modules as they will; an empty directory stands for none."""
    typed_in, before = Path.cwd(), [*sys.path]
    with TemporaryDirectory() as empty:
        here = project if project.is_dir() else Path(empty)
        if "-m" in sys.orig_argv and sys.path[:1] == [str(typed_in)]:
            del sys.path[0]  # which `python -m` has put there
        look_first_in(here)
        with chdir(here):
            try:
                yield
            finally:
                sys.path[:] = before


def _outputs() -> list[str]:
    """Return the folders that stages write, in which they leave nothing that was there."""
    layout = Layout()
    return [path.as_posix() for path in (layout.handouts, layout.lineage, layout.report)]


def _dvcignore(project: Path, ours: bytes) -> dict[str, bytes]:
    """Return the .dvcignore that a project needs, none where it is as it has to be.

    Raises HeredityError for one that ignores other things: which of them count is for its owner to say.
    """
    path = project / DVCIGNORE
    if not is_there(path):
        return {DVCIGNORE: ours}
    with readable(path, HeredityError):
        text = read_text(path)
    patterns, needed = _patterns(text), _patterns(ours.decode())
    if not patterns:  # as `dvc init` leaves it
        return {DVCIGNORE: f"{text.rstrip()}\n{ours.decode()}".lstrip().encode()}
    if missing := [pattern for pattern in needed if pattern not in patterns]:
        raise HeredityError(f"{path}: expected it to ignore {', '.join(missing)} too; add a line for each")
    return {}


def _patterns(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
