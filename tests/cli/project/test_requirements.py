"""Where a heredity came from, by what pip has recorded of it, and never by a path of the machine."""

import json
import subprocess

import pytest
from packaging.requirements import Requirement

from heredity.cli.project import requirements as module
from heredity.cli.project.requirements import Origin, installed_extras, of_checkout, of_record, origin, requirements
from tests.examples import CHECKOUT

COMMIT, DIGEST = "c0ffee" * 6 + "c0ff", "ab" * 32
VERSIONS = {"gymnasium": "1.4.0", "torch": "2.13.0"}


def of_git(url, **more):
    return {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"}, **more}


def of_file(url, digest=None):
    return {"url": url, "archive_info": digest or {"hash": f"sha256={DIGEST}", "hashes": {"sha256": DIGEST}}}


def parsed(text):
    """Return the requirements of a text as pip takes them."""
    lines = (line.partition(" #")[0] for line in text.splitlines() if not line.startswith("#"))
    return {(each := Requirement(line)).name: each for line in lines}


@pytest.mark.parametrize(
    ("record", "address"),
    [
        (of_git("https://example.org/heredity.git"), f"git+https://example.org/heredity.git@{COMMIT}"),
        (of_git("https://ada:secret@example.org:8443/h.git"), f"git+https://example.org:8443/h.git@{COMMIT}"),
        (of_git("ssh://git@example.org/h.git"), f"git+ssh://git@example.org/h.git@{COMMIT}"),
        (of_git("https://example.org/all.git", subdirectory="py"), f"git+https://example.org/all.git@{COMMIT}#subdirectory=py"),
        (of_file("https://example.org/h-0.2.0-py3-none-any.whl"), f"https://example.org/h-0.2.0-py3-none-any.whl#sha256={DIGEST}"),
    ],
    ids=["git", "credentials", "ssh", "subdirectory", "a wheel from the web"],
)  # fmt: skip
def test_an_address_that_leads_there_from_elsewhere_is_a_requirement_of_pip(record, address):
    text = requirements(of_record("0.2.0", record), VERSIONS)
    assert parsed(text)["heredity"].url == address
    assert "secret" not in text


@pytest.mark.parametrize("digest", [None, {"hash": f"sha256={DIGEST}"}])
def test_of_a_wheel_on_this_machine_name_version_and_digest_are_told(digest):
    text = requirements(of_record("0.2.0", of_file("file:///home/ada/heredity-0.2.0-py3-none-any.whl", digest)), {})
    assert str(parsed(text)["heredity"].specifier) == "==0.2.0"
    assert f"heredity-0.2.0-py3-none-any.whl, sha256 {DIGEST}" in text
    assert "/home" not in text


@pytest.mark.parametrize(
    "record",
    [of_git("file:///home/ada/heredity"), {"url": "file:///home/ada/heredity", "dir_info": {"editable": True}}],
)
def test_no_path_of_a_machine_is_told(record):
    text = requirements(of_record("0.2.0", record), {})
    assert "/home" not in text
    assert str(parsed(text)["heredity"].specifier) == "==0.2.0"
    assert "write below where they find it: heredity @ git+URL@COMMIT" in text
    assert (COMMIT in text) == ("vcs_info" in record)


@pytest.fixture
def clone(tmp_path):
    """A repository with a commit; the second value types a git command in it."""

    def git(*words):
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / "pyproject.toml").write_text('[project]\nname = "heredity"\nversion = "0.3.0"\n')
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "one")):
        git(*words)
    return tmp_path, git


def test_of_a_checkout_commit_and_the_address_it_was_cloned_from_are_told(clone):
    path, git = clone
    assert of_checkout(path).note.startswith(f"commit {git('rev-parse', 'HEAD')} of a repository on one machine")
    git("remote", "add", "origin", "git@example.org:team/heredity.git")
    address = f"git+ssh://git@example.org/team/heredity.git@{git('rev-parse', 'HEAD')}"
    assert of_checkout(path) == Origin("0.3.0", address)
    (path / "new.py").write_text("")
    assert of_checkout(path) == Origin("0.3.0", address, "with changes that no commit has")
    git("remote", "set-url", "origin", str(path))
    assert str(path) not in requirements(of_checkout(path), {})


def test_an_installation_from_a_folder_is_as_its_checkout(clone):
    path, _ = clone
    assert of_record("0.3.0", {"url": path.as_uri(), "dir_info": {}}) == of_checkout(path)


def test_here_it_is_this_checkout_and_an_installed_one_tells_what_pip_recorded(monkeypatch):
    assert origin() == of_checkout(CHECKOUT)
    monkeypatch.setattr(module, "checkout", lambda: None)

    class Installed:
        version = "0.2.0"

        def __init__(self, record):
            self.record = record

        def read_text(self, name):
            assert name == "direct_url.json"
            return self.record

    monkeypatch.setattr(module, "distribution", lambda _: Installed(json.dumps(of_git("https://example.org/h.git"))))
    assert origin().address == f"git+https://example.org/h.git@{COMMIT}"
    monkeypatch.setattr(module, "distribution", lambda _: Installed(None))
    assert origin() == Origin("0.2.0")


def test_extras_are_those_whose_packages_are_all_installed_and_versions_are_exact(monkeypatch):
    monkeypatch.setattr(module, "EXTRAS", {"one": ("pydantic",), "two": ("pydantic", "no_such_package")})
    assert installed_extras() == ["one"]
    lines = parsed(requirements(Origin("0.2.0"), VERSIONS))
    assert lines["heredity"].extras == {"one"}
    assert {name: str(lines[name].specifier) for name in VERSIONS} == {"gymnasium": "==1.4.0", "torch": "==2.13.0"}
    assert "pytest" in lines
