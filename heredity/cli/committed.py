"""Whether what lies here is byte for byte what the committed dvc.lock says."""

import subprocess
from contextlib import suppress
from pathlib import Path

from heredity.cli.advice import project_standing
from heredity.errors import HeredityError
from heredity.layout import LOCK
from heredity.reading import read_bytes

SAID = "Every result here is byte for byte that of the committed dvc.lock."


def as_committed(project: Path) -> bool:
    """Say whether a project's dvc.lock is its commit's, and DVC finds every result as the lock has it.

    False where there is no git, no commit, no lock, or no DVC.
    """
    with suppress(OSError, HeredityError):
        asked = ["git", "show", f"HEAD:./{LOCK}"]
        committed = subprocess.run(asked, cwd=project, capture_output=True, check=False)
        if committed.returncode == 0 and committed.stdout == read_bytes(project / LOCK):
            standing = project_standing(project)
            return standing is not None and not standing.remedy
    return False
