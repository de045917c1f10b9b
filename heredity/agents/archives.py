"""Zips from anywhere, read in memory: nothing in them names a place on disk or unpacks to more than it should."""

import io
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast
from unicodedata import normalize

import numpy as np

from heredity.errors import AgentError, one_line, shortened
from heredity.reading import MODEL_BYTES, read_bytes

Array = np.ndarray[Any, Any]

EPOCH = (1980, 1, 1, 0, 0, 0)
FREE_BYTES, LARGEST_RATIO = 64 << 20, 4
"""A zip may unpack to 64 MiB and 4 times its size; weights hardly compress, and Stable-Baselines3 stores them."""

TABLE_BYTES, MOST_MEMBERS = 2 << 20, 10_000
"""Of a zip's table of contents, and how many members it may list: PyTorch keeps each tensor as one."""

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How members may be compressed: other ways take as much memory as the file asks for."""

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)

HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def pack_zip(members: Mapping[str, bytes]) -> bytes:
    """Return a zip that depends on its members' names and contents alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), members[name])
    return buffer.getvalue()


def unpack_zip(content: bytes) -> dict[str, bytes]:
    """Return every member by name. Raises AgentError for what `check_zip` refuses and for damaged ones."""
    check_zip(io.BytesIO(content), len(content))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except DAMAGED as error:
        raise AgentError(f"expected a whole zip, got a damaged one ({one_line(error)})") from None


def check_zip(file: BinaryIO, size: int) -> None:
    """Look at the table of contents of a zip of `size` bytes alone.

    Raises AgentError when it is none, when it lists too much or twice the same, when a name is absolute or leads
    upwards, when a member is packed otherwise than by deflating or not at all, or when all of them would unpack to more
    than FREE_BYTES and LARGEST_RATIO times its size.
    """
    try:
        with zipfile.ZipFile(cast(Any, _Table(file))) as archive:
            members = archive.infolist()
    except DAMAGED as error:
        raise AgentError(f"expected a Stable-Baselines3 zip, got {size} other bytes ({one_line(error)})") from None
    if len(members) > MOST_MEMBERS:
        raise AgentError(f"expected a zip of at most {MOST_MEMBERS} members, got {len(members)}")
    # Nothing here is unpacked to disk, but Stable-Baselines3, or whoever is handed the file next, may do so.
    names = [member.filename for member in members]
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
            raise AgentError(f"expected names inside the zip, got {shortened(name)}")
    if len({normalize("NFC", name).casefold() for name in names}) < len(names):
        raise AgentError("expected every name in the zip once, got one twice")
    if odd := next((member for member in members if member.compress_type not in PACKINGS), None):
        raise AgentError(
            f"expected members that are stored or deflated, got {shortened(odd.filename)}, packed otherwise"
        )
    unpacked, limit = sum(member.file_size for member in members), FREE_BYTES + LARGEST_RATIO * size
    if unpacked > limit:
        raise AgentError(f"expected a zip that unpacks to at most {limit} bytes, got {unpacked}")


class _Table:
    """A zip's file while its table of contents is read, which is asked for in one piece of the size that it says."""

    def __init__(self, file: BinaryIO) -> None:
        self.tell, self.seek, self._read = file.tell, file.seek, file.read

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises ValueError for more than TABLE_BYTES."""
        if size > TABLE_BYTES:
            raise ValueError(f"a table of contents of {size} bytes")
        return self._read(size if size >= 0 else TABLE_BYTES)  # without a size the last 64 KiB are asked for


def read_zip(path: Path) -> bytes:
    """Return the content of a zip's file, whose table of contents is looked at before the rest.

    Raises OSError, ValueError for no regular file or too large a one, and AgentError as `check_zip` does.
    """
    if path.is_file():
        with path.open("rb") as file:
            check_zip(file, path.stat().st_size)
    return read_bytes(path, MODEL_BYTES)


def npz(arrays: Mapping[str, Array]) -> bytes:
    """Return named arrays as the bytes of an .npz, equal for equal arrays."""
    buffer = io.BytesIO()  # NumPy dates what it packs to 1980, and orders it as it comes
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def read_arrays(content: bytes, what: str) -> dict[str, Array]:
    """Read an npz of numbers without unpickling. Raises AgentError, which begins with `what`, when it is not one."""
    try:
        return {name.removesuffix(".npy"): _read_array(name, each) for name, each in unpack_zip(content).items()}
    except Exception as error:
        raise AgentError(
            f"{what}: expected an .npz of plain arrays, got {len(content)} other bytes ({one_line(error)})"
        ) from None


def _read_array(name: str, content: bytes) -> Array:
    """Return an array of numbers, which is no larger than what the file holds of it."""
    file = io.BytesIO(content)
    try:
        shape, fortran, dtype = HEADERS[np.lib.format.read_magic(file)](file)
    except Exception:  # whatever NumPy's parser raises, in many words
        raise ValueError(f"{shortened(name)}, which does not begin as an array does") from None
    if dtype.kind not in "biuf" or dtype.fields:
        raise ValueError(f"{shortened(name)} of type {dtype}")
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError(f"{shortened(name)} of shape {shape} in {len(content)} bytes")
    # A copy of its own, because what is read into is changed in place.
    return np.frombuffer(content, dtype, offset=file.tell()).reshape(shape, order="F" if fortran else "C").copy("K")
