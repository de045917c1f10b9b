"""A flow that goes on from the last survivors where the environment has changed since they were trained."""

import logging
from pathlib import Path

from heredity.errors import HeredityError, printable
from heredity.layout import PARAMS, Layout
from heredity.orchestration.dvc_lock import DvcLock
from heredity.pipeline.continuing import continuation, write_continuation
from heredity.pipeline.handouts import named_files
from heredity.study.load import load_study, read_params

log = logging.getLogger(__name__)


def go_on_where_changed(dvc_lock: DvcLock) -> None:
    """Make params.yaml begin with the last survivors where the source of an environment is another than theirs.

    Without survivors it is left as it is, and members begin as they did.
    """
    changed = _changed_environments(dvc_lock)
    if not changed:
        return
    try:
        begun = continuation(read_params(PARAMS), PARAMS, Layout())
    except HeredityError as error:
        log.warning("%s", printable(f"{changed[0]} has changed; nobody to go on from: {error}"))
        return
    write_continuation(begun, PARAMS)
    log.warning("%s", printable(f"{changed[0]} has changed: the study begins with {', '.join(begun.founders)}"))


def _changed_environments(dvc_lock: DvcLock) -> list[str]:
    """Return the dependencies of `study` that have changed and that an environment or a wrapper consists of."""
    moved = dvc_lock.moved("study")
    if not moved:
        return []
    study = load_study()
    models = {Path(name).resolve() for name in study.founders}
    files = {path.resolve() for path in named_files(study)} - models
    return [name for name in moved if any(path.is_relative_to(Path(name).resolve()) for path in files)]
