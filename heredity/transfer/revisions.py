"""transfer.json, contrasts.json and params.yaml of another revision: a git revision, a DVC experiment, or a folder."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from heredity.errors import HeredityError
from heredity.layout import PARAMS, Layout
from heredity.reading import YAML_BYTES, parse_yaml, read_text
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.estimates import Transfer
from heredity.transfer.record import parse_contrasts, parse_transfers, read_contrasts, read_transfers

WORKSPACE = "workspace"

TRANSFER, CONTRASTS = Layout().transfer.as_posix(), Layout().contrasts.as_posix()
"""The files' paths inside a study."""


def transfers_of(revision: str, root: Path = Path()) -> dict[str, Transfer]:
    """Return transfer.json of a study's folder, of "workspace" (what lies in `root`), or of a revision of `root`.

    A revision is whatever git knows, or the name of a DVC experiment, which git keeps below refs/exps.

    Raises HeredityError for a revision that is unknown or has no such file.
    """
    folder = root if revision == WORKSPACE else Path(revision)
    if revision == WORKSPACE or (folder / TRANSFER).is_file():
        return read_transfers(folder / TRANSFER)
    text = _show(_experiment(revision, root) or revision, root)
    return parse_transfers(f"{revision}: {TRANSFER}", text)


def contrasts_of(revision: str, root: Path = Path()) -> tuple[BranchContrast, ...]:
    """Return contrasts.json of a revision as `transfers_of` takes it; nothing where it has none, as earlier ones have.

    Raises HeredityError for a file that no `compare` wrote.
    """
    folder = root if revision == WORKSPACE else Path(revision)
    if revision == WORKSPACE or (folder / TRANSFER).is_file():
        return read_contrasts(folder / CONTRASTS) if (folder / CONTRASTS).is_file() else ()
    name = _experiment(revision, root) or revision
    done = _git(["show", "--end-of-options", f"{name}:./{CONTRASTS}"], root)
    return parse_contrasts(f"{revision}: {CONTRASTS}", done.stdout) if done.returncode == 0 else ()


def params_of(revision: str, root: Path = Path()) -> dict[str, Any]:
    """Return what params.yaml says in a revision as `transfers_of` takes it; nothing where it has none.

    Raises HeredityError for one that is no mapping in YAML.
    """
    folder = root if revision == WORKSPACE else Path(revision)
    if revision == WORKSPACE or (folder / TRANSFER).is_file():
        text = read_text(folder / PARAMS, YAML_BYTES) if (folder / PARAMS).is_file() else ""
    else:
        name = _experiment(revision, root) or revision
        done = _git(["show", "--end-of-options", f"{name}:./{PARAMS}"], root)
        text = done.stdout if done.returncode == 0 else ""
    try:
        said = parse_yaml(text) or {}
    except ValueError as error:
        raise HeredityError(f"{revision}: {PARAMS}: {error}") from None
    if not isinstance(said, dict):
        raise HeredityError(f"{revision}: {PARAMS}: expected a mapping, got {type(said).__name__}")
    return said


def _experiment(name: str, root: Path) -> str | None:
    """Return the full name of an experiment's reference."""
    references = _git(["for-each-ref", "--format=%(refname)", "refs/exps"], root).stdout.split()
    return next((reference for reference in references if reference.rsplit("/", 1)[-1] == name), None)


def _show(revision: str, root: Path) -> str:
    asked = _git(["rev-parse", "--git-dir"], root)
    if asked.returncode:
        reason, remedy = f"{root.resolve()} is in no git repository", "name two folders, or workspace"
        if where := os.environ.get("GIT_DIR"):
            reason, remedy = f"GIT_DIR={where} is no repository", "type: unset GIT_DIR"
        elif "dubious ownership" in asked.stderr:
            reason = f"{root.resolve()} belongs to somebody else, and git reads no repository of others"
            remedy = f"type: git config --global --add safe.directory {shlex.quote(str(root.resolve()))}"
        raise HeredityError(
            f"{revision}: expected a folder with {TRANSFER}, got none, and no revision either, because {reason}; "
            f"{remedy}"
        )
    done = _git(["show", "--end-of-options", f"{revision}:./{TRANSFER}"], root)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["git failed"])[0].removeprefix("fatal: ")
        raise HeredityError(
            f"{revision}: expected a folder, a git revision or a DVC experiment with {TRANSFER}: {reason}"
        )
    return done.stdout


def _git(command: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *command], cwd=root, capture_output=True, encoding="utf-8", errors="replace", check=False,
            env={**os.environ, "LC_ALL": "C"},  # what git says is read here
        )  # fmt: skip
    except OSError as error:
        raise HeredityError(f"git cannot be run: {error.strerror}; name two folders instead") from None
