"""What is noted of a run beside its files, and found again, where it is of use."""

from types import SimpleNamespace

import pytest

from heredity.errors import HeredityError
from heredity.report.tracking.ledger import Entry, entries, note


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    return tmp_path / "wandb"


def run(folder, name):
    return SimpleNamespace(dir=str(folder / name / "files"), tags=("nightly", "experiment:x"))


def test_what_was_noted_is_found_oldest_first_and_that_of_offline_runs_only_offline(folder):
    first, later = (Entry(3, content, ("experiment:x",)) for content in ("", "abc"))
    note(run(folder, "run-20260102_000000-id"), 3, "abc")
    note(run(folder, "offline-run-20260101_000000-id"), 3)
    (folder / "offline-run-20260103_000000-id").mkdir()  # of a process that was killed
    note(run(folder, "offline-run-20260104_000000-other"), 9)
    assert entries("id", online=False) == [first, later]
    assert entries("id", online=True) == [later]


def test_a_damaged_note_is_refused_with_what_to_do(folder):
    note(run(folder, "run-20260102_000000-id"), 0)
    (folder / "run-20260102_000000-id" / "heredity.json").write_text("[]")
    with pytest.raises(HeredityError, match=r"heredity\.json: .*remove it"):
        entries("id", online=True)
