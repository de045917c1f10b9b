"""The requirements.txt of a project: where this heredity came from, its extras, and the versions that compute."""

import json
import subprocess
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit, urlunsplit

from heredity.cli.project.template import checkout
from heredity.extras import EXTRAS

NAME, REQUIREMENTS = "heredity", "requirements.txt"

REMOTE = ("https", "http", "ssh", "git")
"""Schemes of addresses that lead there from another machine too."""


ADDRESS = "for others write below where they find it: heredity @ git+URL@COMMIT"


@dataclass(frozen=True)
class Origin:
    """Where an installed heredity came from.

    address: behind `@` in a requirement, empty where none leads there from elsewhere. note: what else tells which one
    it is.
    """

    version: str
    address: str = ""
    note: str = ""


def requirements(origin: Origin, packages: Mapping[str, str]) -> str:
    """Return the text of a requirements.txt; it holds no path of this machine."""
    lines = [
        "# What this project was made with. Into an environment of its own: pip install -r requirements.txt",
        "# `study` depends on this file: with another version here, what that concerns runs again.",
        *own_lines(origin, ",".join(installed_extras())),
        "pytest>=8",
        *(f"{package}=={version}" for package, version in packages.items() if package != NAME),
    ]
    return "\n".join(lines) + "\n"


def own_lines(origin: Origin, extras: str) -> list[str]:
    """Return the requirement of heredity itself, with extras as "cohort,dvc", below a note where there is one."""
    name = f"{NAME}[{extras}]" if extras else NAME
    line = f"{name} @ {origin.address}" if origin.address else f"{name}=={origin.version}"
    return [*([f"# {NAME} {origin.version}: {origin.note}"] if origin.note else []), line]


def installed_extras() -> list[str]:
    """Return the extras whose packages are all installed."""
    return sorted(extra for extra, packages in EXTRAS.items() if all(map(find_spec, packages)))


def origin() -> Origin:
    """Return where the library that is imported here came from."""
    if root := checkout():
        return of_checkout(root)
    try:
        installed = distribution(NAME)
    except PackageNotFoundError:  # a folder on the path
        return Origin("0", note="from a folder that pip did not install")
    recorded = installed.read_text("direct_url.json")
    return of_record(installed.version, json.loads(recorded)) if recorded else Origin(installed.version)


def of_record(version: str, record: Mapping[str, Any]) -> Origin:
    """Return what a direct_url.json says (PEP 610): of a repository its commit, of an archive its digest."""
    url, subdirectory = record["url"], record.get("subdirectory", "")
    if "vcs_info" in record:
        commit = record["vcs_info"]["commit_id"]
        inside = f"#subdirectory={subdirectory}" if subdirectory else ""
        address = f"git+{_public(url)}@{commit}{inside}" if _public(url) else ""
        return Origin(version, address, "" if address else _from_commit(commit))
    if "archive_info" in record:
        return _of_archive(version, url, record["archive_info"])
    folder = Path(unquote(urlsplit(url).path))
    if (folder / "pyproject.toml").is_file():
        return of_checkout(folder)
    return Origin(version, note=f"from a folder without a commit; {ADDRESS}")


def of_checkout(root: Path) -> Origin:
    """Return the commit of a checkout and the address that it was cloned from."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    commit, remote = _git(root, "rev-parse", "HEAD"), _public(_git(root, "remote", "get-url", "origin"))
    changed = "with changes that no commit has" if commit and _git(root, "status", "--porcelain") else ""
    if remote and commit:
        return Origin(version, f"git+{remote}@{commit}", changed)
    source = _from_commit(commit) if commit else f"from a folder without a commit; {ADDRESS}"
    return Origin(version, note=", ".join(filter(None, (changed, source))))


def _of_archive(version: str, url: str, info: Mapping[str, Any]) -> Origin:
    digest = info.get("hashes", {}).get("sha256") or info.get("hash", "").partition("sha256=")[2]
    if public := _public(urldefrag(url)[0]):
        return Origin(version, f"{public}#sha256={digest}" if digest else public)
    file = Path(urlsplit(url).path).name
    return Origin(version, note=f"{file}, sha256 {digest or 'unknown'}; pip takes it with --find-links FOLDER")


def _from_commit(commit: str) -> str:
    return f"commit {commit} of a repository on one machine; {ADDRESS}"


def _public(url: str) -> str:
    """Return an address without credentials, as pip takes it; empty for one that holds on this machine alone."""
    if "://" not in url and ":" in url and not url.startswith(("/", ".")):  # git@host:path, as scp writes it
        host, _, path = url.partition(":")
        url = f"ssh://{host}/{path.lstrip('/')}"
    parts = urlsplit(url)
    if parts.scheme.removeprefix("git+") not in REMOTE or not parts.hostname:
        return ""
    user = "git@" if parts.scheme.endswith("ssh") and parts.username == "git" else ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme.removeprefix("git+"), f"{user}{parts.hostname}{port}", parts.path, "", ""))


def _git(root: Path, *words: str) -> str:
    """Return what a git command prints, nothing where it cannot say."""
    with suppress(OSError):
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""
    return ""
