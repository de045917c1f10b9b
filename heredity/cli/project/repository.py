"""git and DVC, initialised where they are not, and put back as they were where the rest fails."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from heredity.errors import HeredityError, one_line
from heredity.reading import is_there

QUIET = "[core]\n    analytics = false\n    check_update = false\n    autostage = false\n"
"""What DVC is told in a project that it is set up for: it sends nothing, and writes only what it is asked to."""

MADE_BY_DVC = (".dvc", ".dvcignore")


@dataclass(frozen=True)
class Repository:
    """What there is around a directory.

    root: of its git repository, None where it has none. by_git: whether the project is to have one.
    """

    project: Path
    root: Path | None
    by_git: bool

    @property
    def has_dvc(self) -> bool:
        """Whether DVC is set up for this directory itself."""
        return (self.project / ".dvc").is_dir()

    @contextmanager
    def initialised(self) -> Iterator[None]:
        """Set up what is missing of git and DVC in the directory, and undo that where the block fails."""
        missing = [path for name in (".git", *MADE_BY_DVC) if not is_there(path := self.project / name)]
        tracked = self._tracked()
        try:
            if self.by_git and self.root is None:
                _typed(self.project, "git", "init", "--quiet")
            if not self.has_dvc:
                self._set_up_dvc()
            yield
        except BaseException:
            if told := self._tracked() - tracked:  # DVC has told git of its files
                git = ["git", "rm", "--quiet", "--cached", "--force", "--", *sorted(told)]
                subprocess.run(git, cwd=self.project, capture_output=True, check=False)
            for path in missing:
                remove(path)
            raise

    def _tracked(self) -> set[str]:
        """Return which of DVC's own files git knows, where there was a repository before."""
        if not (self.by_git and self.root):
            return set()
        git = ["git", "ls-files", "-z", "--", *MADE_BY_DVC]
        done = subprocess.run(git, cwd=self.project, capture_output=True, text=True, check=False)
        return set(filter(None, done.stdout.split("\0")))

    def _set_up_dvc(self) -> None:
        how = ["--no-scm"] if not self.by_git else ["--subdir"] if self.root not in (None, self.project) else []
        _typed(self.project, sys.executable, "-m", "dvc", "init", *how)
        no_scm = "" if self.by_git else "    no_scm = True\n"
        (self.project / ".dvc" / "config").write_text(QUIET + no_scm, encoding="utf-8")


def repository_of(project: Path, start: Path, *, by_git: bool) -> Repository:
    """Return what is around a directory; `start` is the nearest one above it that is there.

    Raises HeredityError where git is wanted and is not installed, or does not want to work there.
    """
    if not by_git:
        return Repository(project, None, by_git)
    if shutil.which("git") is None:
        raise HeredityError("expected the program git, got none; install git, or add --no-scm to do without")
    asked = ["git", "rev-parse", "--show-toplevel"]
    done = subprocess.run(asked, cwd=start, capture_output=True, text=True, check=False, env=_in_english())
    if done.returncode == 0:
        return Repository(project, Path(done.stdout.removesuffix("\n")), by_git)
    if "not a git repository (or any" in done.stderr:
        return Repository(project, None, by_git)
    raise HeredityError(f"{start}: expected git to say whether this is a repository, got {_complaint(done.stderr)}")


def remove(path: Path) -> None:
    """Remove a file or a folder, whatever is left of it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _in_english() -> dict[str, str]:
    """Return the variables of a program whose complaints are looked at, and that is to send nothing."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "C", "DVC_NO_ANALYTICS": "1"}


def _complaint(said: str) -> str:
    """Return what git or DVC says is wrong, in one line."""
    for mark in ("ERROR: ", "fatal: "):
        said = said.rpartition(mark)[2]
    return " ".join(said.split()) or "nothing"


def _typed(project: Path, *words: str) -> None:
    try:
        done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False, env=_in_english())
    except OSError as error:
        raise HeredityError(f"{words[0]}: cannot be run: {one_line(error)}") from None
    if done.returncode:
        command = " ".join(word for word in words if word not in (sys.executable, "-m", "--quiet"))
        raise HeredityError(f"{project}: {command}: {_complaint(done.stderr or done.stdout)}")
