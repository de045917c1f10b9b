"""The login of a project's server: made once, readable by its owner alone, and refused where it is not."""

import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from heredity.errors import HeredityError
from heredity.orchestration.secret import forget_address, login_of, note_address, project_login


@pytest.fixture
def home(tmp_path):
    """Return Prefect's folder of a project in git, which nobody has made yet."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path / ".prefect"


@pytest.fixture
def umask():
    """Let new files be anybody's, as the shell of somebody careless does."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_once_and_stays(home):
    login = project_login(home)
    assert login.startswith("heredity:")
    assert len(login.partition(":")[2]) == 64
    assert project_login(home) == login


def test_two_projects_have_two(home, tmp_path):
    assert project_login(home) != project_login(tmp_path / "other")


def test_nobody_else_can_read_it_whatever_the_umask(home, umask):
    project_login(home)
    assert mode(home) == mode(home / "heredity") == 0o700
    assert mode(home / "heredity" / "login") == 0o600


def test_git_does_not_see_it_in_a_project_that_ignores_nothing(home, tmp_path):
    project_login(home)
    status = subprocess.run(["git", "status", "--porcelain", "-uall"], cwd=tmp_path, capture_output=True, check=True)
    assert status.stdout == b""


def test_commands_that_begin_at_once_are_given_the_same(home):
    with ThreadPoolExecutor(16) as threads:
        logins = set(threads.map(lambda _: project_login(home), range(64)))
    assert len(logins) == 1
    assert sorted(path.name for path in (home / "heredity").iterdir()) == [".gitignore", "login"]


@pytest.mark.parametrize("wide", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused(home, wide):
    project_login(home)
    (home / "heredity" / "login").chmod(wide)
    with pytest.raises(HeredityError, match=rf"login: expected a file that you alone can read, got mode {wide:o}"):
        project_login(home)


def test_a_folder_that_others_can_change_is_refused(home):
    project_login(home)
    (home / "heredity").chmod(0o770)
    with pytest.raises(HeredityError, match="heredity: expected a folder that you alone can read, got mode 770"):
        project_login(home)


@pytest.mark.parametrize("name", ["heredity", "heredity/login"])
def test_a_link_is_refused(home, tmp_path, name):
    project_login(home)
    (home / name).rename(tmp_path / "elsewhere")
    (home / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HeredityError, match=r"expected a (file|folder), got something else \(a link\?\)"):
        project_login(home)


def test_a_pipe_is_refused_and_not_waited_for(home):
    project_login(home)
    (home / "heredity" / "login").unlink()
    os.mkfifo(home / "heredity" / "login", 0o600)
    with pytest.raises(HeredityError, match="expected a file, got something else"):
        project_login(home)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_somebody_elses_is_refused(home):
    project_login(home)
    os.chown(home / "heredity" / "login", 65534, 65534)
    with pytest.raises(HeredityError, match="expected a file of yours, got one of user 65534"):
        project_login(home)


@pytest.mark.parametrize("text", ["", "heredity:", "heredity:short", "admin:" + "a" * 64, "heredity:" + "!" * 64])
def test_other_text_is_no_login(home, text):
    project_login(home)
    (home / "heredity" / "login").write_text(text)
    with pytest.raises(HeredityError, match="expected the login that heredity wrote, got other text"):
        project_login(home)


@pytest.mark.parametrize("url", ["http://127.0.0.1:4300/api", "http://localhost:4300/api"])
def test_a_command_that_is_pointed_to_the_projects_server_knows_its_login(home, url):
    note_address(home, "http://127.0.0.1:4300/api")
    assert login_of(home, url) == project_login(home)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4301/api", "http://example.org:4300/api", "http://127.0.0.1:x/api", ""]
)
def test_no_other_server_is_told(home, url):
    note_address(home, "http://127.0.0.1:4300/api")
    assert login_of(home, url) is None


def test_nor_whoever_listens_there_when_the_server_has_ended(home):
    note_address(home, "http://127.0.0.1:4300/api")
    forget_address(home)
    assert login_of(home, "http://127.0.0.1:4300/api") is None
