"""params.yaml as a flow is asked to have it."""

import json
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvc.exceptions import DvcException
from dvc.utils.hydra import apply_overrides
from omegaconf.errors import OmegaConfBaseException
from prefect.exceptions import TerminationSignal

from heredity.errors import StudyError, one_line
from heredity.files import write_text
from heredity.layout import PARAMS
from heredity.reading import check_values
from heredity.study.dialect import parse_alike
from heredity.study.load import parse_study, read_params
from heredity.study.study import Study
from heredity.study.yaml_edit import edited

log = logging.getLogger(__name__)

HIDDEN = "\0"
"""Begins what stands for a text that the notation of changes would compute, and that is a text in params.yaml."""


def set_params(chosen: Path, overrides: Iterable[str], check: Callable[[str, Path], Study] = parse_study) -> None:
    """Make params.yaml say what was asked for, in the notation of `dvc exp run --set-param`.

    Nothing takes the file's place that heredity or DVC could not read, or that `check`, called with its text and
    `chosen`, refuses by a StudyError. Raises StudyError for a change that is refused, which changes nothing.
    """
    changes = list(overrides)
    text = read_params(chosen)
    parse_study(text, chosen)
    if changes:
        try:
            text = edited(text, _overridden(parse_alike(text), changes))
        except ValueError as error:
            raise StudyError(f"overrides: {error}") from None
    # Left alone where nothing changes, so that git and DVC see no new file; and written through, because params.yaml
    # may be a link.
    if not PARAMS.exists() or read_params(PARAMS) != text:
        check(text, chosen)
        write_text(PARAMS.resolve(), text)


@contextmanager
def params_of_run(
    chosen: Path, overrides: Iterable[str], has_run: Callable[[], bool], check: Callable[[str, Path], Study]
) -> Iterator[None]:
    """Make params.yaml say what a run asks for, as `set_params` does, and undo that where the run does not happen.

    That is where it is cancelled, or refused before any stage did something, which `has_run` says. What somebody else
    has changed in the file meanwhile stays. A failure later on leaves it, and so does Ctrl-C: both are gone on from.
    """
    before = read_params(PARAMS) if PARAMS.exists() else None
    set_params(chosen, overrides, check)
    written = read_params(PARAMS)
    try:
        yield
    except BaseException as error:
        not_run = isinstance(error, TerminationSignal) or (isinstance(error, Exception) and not has_run())
        if not_run and before is not None and before != written == read_params(PARAMS):
            write_text(PARAMS.resolve(), before)
            log.warning("%s is again as it was before this run", PARAMS)
        raise


def _overridden(values: Any, changes: Sequence[str]) -> Any:
    """Return the values after some changes. Raises StudyError for what is no change, ValueError for an odd value."""
    texts: list[str] = []

    def hide(text: str) -> str:
        texts.append(text)
        return f"{HIDDEN}{len(texts) - 1}" if "$" in text or "???" in text else text

    with tempfile.TemporaryDirectory() as directory:
        draft = Path(directory) / "params.json"  # values alone: how they are written is not DVC's to decide
        draft.write_text(json.dumps(_mapped(values, hide)), encoding="utf-8")
        try:
            apply_overrides(draft, changes)
        except (DvcException, OmegaConfBaseException) as error:
            expected = "expected key=value of a key that is there, or +key=value for another"
            raise StudyError(f"overrides: {expected}, got {' '.join(changes)}: {one_line(error)}") from None
        changed = json.loads(draft.read_text(encoding="utf-8"))
    changed = _mapped(changed, lambda text: texts[int(text[1:])] if text.startswith(HIDDEN) else text)
    check_values(changed)
    return changed


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Return a plain value with every text in it changed; its keys stay."""
    if isinstance(value, dict):
        return {key: _mapped(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_mapped(each, change) for each in value]
    return change(value) if isinstance(value, str) else value
