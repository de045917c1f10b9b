"""git and DVC, set up where they are not, and put back where the rest fails."""

import subprocess

import pytest

from heredity.cli.project.repository import repository_of
from heredity.errors import HeredityError

pytestmark = pytest.mark.study


def git(path, *words):
    return subprocess.run(["git", *words], cwd=path, check=True, capture_output=True, text=True).stdout


def config(path):
    return (path / ".dvc" / "config").read_text()


def set_up(project, *, by_git=True):
    with repository_of(project, project, by_git=by_git).initialised():
        pass


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A directory that no repository is around, wherever tests have their temporary files."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    project = tmp_path / 'eine größe\'s "x"'
    project.mkdir()
    return project


def test_a_directory_of_its_own_becomes_a_repository_of_both(alone):
    set_up(alone)
    assert (alone / ".git").is_dir()
    assert "analytics = false" in config(alone)
    assert "no_scm" not in config(alone)


def test_in_a_larger_repository_dvc_is_set_up_for_the_directory_alone(alone):
    git(alone, "init", "-q")
    project = alone / "mein projekt"
    project.mkdir()
    set_up(project)
    assert not (project / ".git").exists()
    assert (project / ".dvc").is_dir()
    assert not (alone / ".dvc").exists()
    assert repository_of(project, project, by_git=True).root == alone


def test_what_is_set_up_already_stays(alone):
    set_up(alone)
    (alone / ".dvc" / "config").write_text("[core]\n    remote = ours\n")
    set_up(alone)
    assert config(alone) == "[core]\n    remote = ours\n"


def test_without_git_dvc_does_without(alone, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    set_up(alone, by_git=False)
    assert "no_scm = True" in config(alone)
    assert not (alone / ".git").exists()
    with pytest.raises(HeredityError, match="expected the program git, got none; install git, or add --no-scm"):
        repository_of(alone, alone, by_git=True)


@pytest.mark.parametrize("around", [False, True], ids=["alone", "in a larger repository"])
def test_where_the_rest_fails_both_are_as_they_were(alone, around):
    project = alone
    if around:
        git(alone, "init", "-q")
        project = alone / "inside"
        project.mkdir()
    (project / ".dvcignore").write_text("*.tmp\n")
    with (
        pytest.raises(KeyboardInterrupt),
        repository_of(project, project, by_git=True).initialised(),
    ):
        assert (project / ".dvc").is_dir()
        raise KeyboardInterrupt
    assert [path.name for path in project.iterdir()] == [".dvcignore"]
    if around:
        assert git(alone, "status", "--porcelain") == "?? inside/\n"


def test_a_directory_that_git_ignores_is_refused_in_dvcs_words(alone):
    git(alone, "init", "-q")
    (alone / ".gitignore").write_text("inside/\n")
    (alone / "inside").mkdir()
    with pytest.raises(HeredityError, match=r"inside: dvc init --subdir: .*ignored"):
        set_up(alone / "inside")
    assert list((alone / "inside").iterdir()) == []


def test_what_else_git_says_is_handed_on(alone):
    (alone / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(HeredityError, match=r"expected git to say whether this is a repository, got .*nowhere"):
        repository_of(alone, alone, by_git=True)
