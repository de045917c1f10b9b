"""params.yaml as a flow is asked to have it."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.utils.hydra import apply_overrides

from heredity.errors import StudyError
from heredity.layout import PARAMS
from heredity.study.load import load_study


def set_params(chosen: Path, overrides: Iterable[str]) -> None:
    """Make params.yaml say what was asked for, as `dvc exp run --set-param` would; a refused change changes nothing."""
    changes = list(overrides)
    load_study(chosen)
    if not changes and chosen.resolve() == PARAMS.resolve():
        return
    with tempfile.TemporaryDirectory() as directory:
        draft = Path(shutil.copy(chosen, Path(directory) / PARAMS.name))
        try:
            apply_overrides(draft, changes)
        except DvcException as error:
            raise StudyError(f"overrides: expected key=value, got {' '.join(changes)}: {error}") from None
        load_study(draft)
        # Left alone where nothing changes, so that git and DVC see no new file; and written through, because
        # params.yaml may be a link.
        if not PARAMS.exists() or draft.read_bytes() != PARAMS.read_bytes():
            shutil.copy(draft, PARAMS)
