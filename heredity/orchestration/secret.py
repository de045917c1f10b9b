"""The login of a project's Prefect server: made on first use, for its owner's eyes alone, and never an argument.

It lies in `heredity/` below Prefect's home, a folder that git does not track, whatever the project's .gitignore says.
"""

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from heredity.errors import HeredityError, refused_by_system
from heredity.files import write_text

USER = "heredity"
SECRET_BYTES = 32
LONGEST_BYTES = 1 << 10
LOOPBACK = ("127.0.0.1", "localhost")
"""By what names the server is asked for; any other one is a page's that had it rebound to this machine."""


def project_login(home: Path) -> str:
    """Return the login of the server whose files lie in a folder, in Prefect's form user:password; made on first use.

    Two commands that begin at once are given the same one. Raises HeredityError where others could read or change it.
    """
    try:
        folder = _private_folder(home)
        with suppress(FileNotFoundError):
            return _read(folder / "login")
        _make(folder)
        return _read(folder / "login")
    except OSError as error:
        raise HeredityError(refused_by_system(error, home)) from None


def note_address(home: Path, url: str) -> None:
    """Write down where the project's server is, so that commands that are pointed to it know its login."""
    write_text(_private_folder(home) / "address", url)


def forget_address(home: Path) -> None:
    """Remove the note: whoever listens there later is somebody else."""
    (home / USER / "address").unlink(missing_ok=True)


def login_of(home: Path, url: str) -> str | None:
    """Return the login of the project's own server where a url is its address, None for any other server.

    Raises HeredityError as `project_login` does.
    """
    with suppress(OSError, ValueError):
        if _place(url) == _place((home / USER / "address").read_text(encoding="utf-8")):
            return project_login(home)
    return None


def _place(url: str) -> tuple[bool, int | None]:
    """Return whether a url is one of this machine, and its port."""
    parts = urlsplit(url.strip())
    if parts.hostname not in LOOPBACK:
        raise ValueError
    return True, parts.port


def _private_folder(home: Path) -> Path:
    folder = home / USER
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _refuse_what_others_reach(folder, folder.lstat(), stat.S_ISDIR, "a folder")
    with suppress(FileExistsError), (folder / ".gitignore").open("x") as file:
        file.write("*\n")
    return folder


def _make(folder: Path) -> None:
    """Write a new secret under a name of its own, and give it its name whole: the first of two stays."""
    draft = folder / f".login.{os.getpid()}.{secrets.token_hex(4)}.draft"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{USER}:{secrets.token_hex(SECRET_BYTES)}\n")
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            (folder / "login").hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> str:
    """Return the login in a file that nobody else can read, looked at before and as it is read."""
    _refuse_what_others_reach(path, path.lstat(), stat.S_ISREG, "a file")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="utf-8") as file:
        _refuse_what_others_reach(path, os.fstat(file.fileno()), stat.S_ISREG, "a file")
        text = file.read(LONGEST_BYTES)
    user, _, password = text.strip().partition(":")
    if user != USER or len(password) < 2 * SECRET_BYTES or not password.isalnum() or not password.isascii():
        raise HeredityError(f"{path}: expected the login that heredity wrote, got other text; remove it for a new one")
    return f"{user}:{password}"


def _refuse_what_others_reach(path: Path, status: os.stat_result, is_kind: Callable[[int], bool], kind: str) -> None:
    if not is_kind(status.st_mode):
        raise HeredityError(f"{path}: expected {kind}, got something else (a link?); remove it for a new login")
    if status.st_uid != os.getuid():
        raise HeredityError(
            f"{path}: expected {kind} of yours, got one of user {status.st_uid}; work in a checkout of your own"
        )
    if status.st_mode & 0o077:
        raise HeredityError(
            f"{path}: expected {kind} that you alone can read, got mode {stat.S_IMODE(status.st_mode):o}; remove it: "
            "the next command makes a new login, because others may know this one"
        )
