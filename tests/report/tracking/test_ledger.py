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
    return SimpleNamespace(dir=str(folder / name / "files"))


def test_what_was_noted_is_found_oldest_first_and_that_of_offline_runs_only_offline(folder):
    later, first = Entry(3, "abc", ("experiment:x",)), Entry(3)
    note(run(folder, "run-20260102_000000-id"), later)
    note(run(folder, "offline-run-20260101_000000-id"), first)
    (folder / "offline-run-20260103_000000-id").mkdir()  # of a process that was killed
    note(run(folder, "offline-run-20260104_000000-other"), Entry(9))
    assert entries("id", online=False) == [first, later]
    assert entries("id", online=True) == [later]


def test_a_damaged_note_is_refused_with_what_to_do(folder):
    note(run(folder, "run-20260102_000000-id"), Entry())
    (folder / "run-20260102_000000-id" / "heredity.json").write_text("[]")
    with pytest.raises(HeredityError, match=r"heredity\.json: .*remove it"):
        entries("id", online=True)
