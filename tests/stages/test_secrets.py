"""No secret of the person who runs a study is in anything that the study writes."""

import shutil
import zlib

import pytest

from tests.projects import CANARY

pytestmark = pytest.mark.study

HOLD_SECRETS = {".git/config", ".dvc/config.local"}
"""Where a user keeps them; git tracks neither."""


def leaks(*roots):
    """Return every file below some roots that has the canary in it."""
    found = []
    for root in roots:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            content = path.read_bytes()
            if "objects" in path.parts and content[:1] == b"x":  # git's own are compressed
                content = zlib.decompress(content)
            if CANARY.encode() in content:
                found.append(path.relative_to(root).as_posix())
    return found


def test_a_study_leaves_no_secret_in_models_tables_report_lock_or_cache(finished):
    assert set(leaks(finished.path)) == HOLD_SECRETS
    assert (finished.path / "report" / "index.html").exists()


@pytest.mark.slow
def test_what_wandb_writes_of_a_training_and_of_a_stored_study_has_no_secret(project):
    project.environment |= {"WANDB_MODE": "offline", "WANDB_DATA_DIR": str(project.path / "wandb" / "data")}
    shutil.rmtree(project.path / ".heredity")  # where its finished members lie
    project.run("python", "-m", "stages.train", "first")
    project.run("python", "-m", "heredity.cli", "publish")
    written = list((project.path / "wandb").rglob("*.wandb"))
    assert len(written) == 2 + 7  # members that trained; members of three arms, and the comparison
    assert set(leaks(project.path)) == HOLD_SECRETS
