"""Arrays of many members in one file, of which only the rows that are looked at are read; nothing is unpickled."""

import io
import json
import math
import mmap
import os
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from heredity.agents.archives import DAMAGED, HEADERS, Array, check_zip
from heredity.errors import AgentError, one_line, shortened
from heredity.reading import Address, opened, parse_json

HEADER_BYTES = 4096
"""Of an array in an .npz: far more than its name, shape and type take."""

KEPT_FILES = 8
"""How many files of arrays stay open: of a generation, its heirs, and what lies beside them."""

ACCOUNT = "account"


@dataclass(frozen=True)
class Account:
    """What a file of arrays says in plain text.

    names: whose rows they are, in their order. texts: of every member, by what they are.
    """

    names: tuple[Address, ...]
    texts: dict[str, tuple[str, ...]]

    @cached_property
    def rows(self) -> dict[str, int]:
        """Where each member stands in the arrays."""
        return {name: row for row, name in enumerate(self.names)}


SHAPE = TypeAdapter(Account)


def write_mapped(path: Path, account: Account, arrays: Mapping[str, Array]) -> None:
    """Write arrays and what is said of them, equal bytes for equal ones; in a directory that is not in place yet."""
    said = json.dumps({"names": account.names, "texts": account.texts}, sort_keys=True).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **{ACCOUNT: np.frombuffer(said, np.uint8)}, **arrays)
        file.flush()
        os.fsync(file.fileno())


def as_it_is(path: Path) -> tuple[int, int, int]:
    """Return what tells a file from any that stood in its place before. Raises AgentError where there is none."""
    try:
        status = path.stat()
    except OSError as error:
        raise AgentError(f"{path}: cannot be read: {error.strerror or error}") from None
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_mapped(path: Path) -> tuple[Account, Mapping[str, Array]]:
    """Return what `write_mapped` wrote, read-only arrays that are read as they are looked at.

    A file is read once as long as it stays as it is. Raises AgentError naming one that is anything else.
    """
    return _read(path, *as_it_is(path))


@lru_cache(maxsize=KEPT_FILES)
def _read(path: Path, *_: int) -> tuple[Account, Mapping[str, Array]]:
    try:
        with opened(path) as file:
            check_zip(file, os.fstat(file.fileno()).st_size)
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            file.seek(0)
            with zipfile.ZipFile(file) as archive:
                archive.read(f"{ACCOUNT}.npy")  # which is held against its checksum; rows are by whoever reads them
                arrays = {each.filename.removesuffix(".npy"): _array(whole, each) for each in archive.infolist()}
        account = parse_json(arrays.pop(ACCOUNT).tobytes().decode(), SHAPE)
    except (*DAMAGED, AgentError, KeyError) as error:
        raise AgentError(f"{path}: expected a file of members as heredity writes it, got {one_line(error)}") from None
    count = len(account.names)
    if len({*account.names}) < count or any(len(each) != count for each in account.texts.values()):
        raise AgentError(f"{path}: expected every member once, with all its texts, got others")
    return account, arrays


def _array(whole: mmap.mmap, member: zipfile.ZipInfo) -> Array:
    """Return an array of numbers where it lies in a file: all of a stored member, and no larger than the file."""
    name, sizes = shortened(member.filename), whole[member.header_offset + 26 : member.header_offset + 30]
    begin = member.header_offset + 30 + sum(struct.unpack("<2H", sizes))  # of its name and of what zips add to it
    head = io.BytesIO(whole[begin : begin + HEADER_BYTES])
    try:
        shape, fortran, dtype = HEADERS[np.lib.format.read_magic(head)](head)
    except Exception:  # whatever NumPy's parser raises, in many words
        raise ValueError(f"{name}, which does not begin as an array does") from None
    count, end = math.prod(shape), begin + member.file_size
    stored = member.compress_type == zipfile.ZIP_STORED and head.tell() + count * dtype.itemsize == member.file_size
    if (
        dtype.kind not in "biuf"
        or dtype.fields
        or fortran
        or not stored
        or end > len(whole)
        or min(shape, default=0) < 0
    ):
        raise ValueError(f"{name} of shape {shape} and type {dtype} in {member.file_size} bytes")
    return np.frombuffer(whole, dtype, count, begin + head.tell()).reshape(shape)
