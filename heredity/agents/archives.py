"""Zips from anywhere, read in memory: nothing in them names a place on disk or unpacks to more than it should."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from heredity.errors import AgentError
from heredity.layout import normalizer_path

EPOCH = (1980, 1, 1, 0, 0, 0)
FREE_BYTES, LARGEST_RATIO = 64 << 20, 20
"""A zip may unpack to 64 MiB and 20 times its size; weights hardly compress, and Stable-Baselines3 stores them."""

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


def pack_zip(members: Mapping[str, bytes]) -> bytes:
    """Return a zip that depends on its members' names and contents alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), members[name])
    return buffer.getvalue()


def unpack_zip(content: bytes) -> dict[str, bytes]:
    """Return every member by name. Raises AgentError for what `check_zip` refuses and for damaged ones."""
    check_zip(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except DAMAGED as error:
        raise AgentError(f"expected a whole zip, got a damaged one ({error})") from None


def check_zip(content: bytes) -> None:
    """Look at a zip's table of contents alone.

    Raises AgentError when it is none, when a name is absolute, leads upwards or comes twice, or when its members
    would unpack to more than FREE_BYTES and LARGEST_RATIO times its size.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except DAMAGED as error:
        raise AgentError(f"expected a Stable-Baselines3 zip, got {len(content)} other bytes ({error})") from None
    # Nothing here is unpacked to disk, but Stable-Baselines3, or whoever is handed the file next, may do so.
    names = [member.filename for member in members]
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
            raise AgentError(f"expected names inside the zip, got {name!r}")
    if len(set(names)) < len(names):
        raise AgentError("expected every name in the zip once, got one twice")
    size, limit = sum(member.file_size for member in members), FREE_BYTES + LARGEST_RATIO * len(content)
    if size > limit:
        raise AgentError(f"expected a zip that unpacks to at most {limit} bytes, got {size}")


def npz(arrays: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    """Return named arrays as the bytes of an .npz, equal for equal arrays."""
    buffer = io.BytesIO()  # NumPy dates what it packs to 1980, and orders it as it comes
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def read_arrays(content: bytes, what: str) -> dict[str, np.ndarray[Any, Any]]:
    """Read an npz without unpickling. Raises AgentError, which begins with `what`, when it is not one."""
    try:
        check_zip(content)
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:
        raise AgentError(
            f"{what}: expected an .npz of plain arrays, got {len(content)} other bytes ({error})"
        ) from None


def file_digest(path: Path) -> str:
    """Return the SHA-256 over a model's file and its statistics', hexadecimal, which is its agent's digest."""
    beside = normalizer_path(path)
    return sha256(path.read_bytes() + (beside.read_bytes() if beside.exists() else b"")).hexdigest()
