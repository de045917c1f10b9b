"""transfer.json of folders and of what git knows; `heredity compare` is tested with the terminal."""

import subprocess

import pytest

from heredity.errors import HeredityError
from heredity.transfer.record import write_comparison
from heredity.transfer.revisions import contrasts_of, transfers_of
from tests.report.conftest import Written
from tests.transfer.branches import Branched


def test_a_folder_is_a_revision_like_the_workspace(tmp_path):
    Written(tmp_path).write()
    assert transfers_of(str(tmp_path)) == transfers_of("workspace", tmp_path)


def test_branches_are_read_of_folders_and_of_what_git_knows_and_earlier_revisions_have_none(tmp_path):
    written = Branched(tmp_path)
    evidence = written.evidence()
    write_comparison(evidence, written.plan(), written.layout)
    assert contrasts_of(str(tmp_path)) == contrasts_of("workspace", tmp_path) == evidence.contrasts
    identity = ("-c", "user.name=t", "-c", "user.email=t@t")
    for command in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert contrasts_of("HEAD", tmp_path) == evidence.contrasts
    written.layout.contrasts.unlink()
    assert contrasts_of("workspace", tmp_path) == ()
    for command in (["add", "-A"], [*identity, "commit", "-qm", "two"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert contrasts_of("HEAD", tmp_path) == ()
    assert contrasts_of("HEAD~1", tmp_path) == evidence.contrasts


@pytest.mark.parametrize(("revision", "reason"), [("nothing", "invalid object name"), ("--help", "")])
def test_a_revision_that_is_none_is_refused(tmp_path, revision, reason):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    with pytest.raises(
        HeredityError, match=f"{revision}: expected a folder, a git revision or a DVC experiment.*{reason}"
    ):
        transfers_of(revision, tmp_path)


def test_without_git_only_folders_can_be_compared(tmp_path):
    with pytest.raises(HeredityError, match=f"HEAD: .*{tmp_path} is in no git repository; name two folders, or"):
        transfers_of("HEAD", tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1", r"belongs to somebody else, .*; type: git config --global --add safe"),
        ("GIT_DIR", "/nowhere", "GIT_DIR=/nowhere is no repository; type: unset GIT_DIR"),
    ],
)
def test_a_repository_that_git_does_not_read_is_named_with_what_to_type(tmp_path, monkeypatch, variable, value, line):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setenv(variable, value)
    with pytest.raises(HeredityError, match=line):
        transfers_of("HEAD", tmp_path)
