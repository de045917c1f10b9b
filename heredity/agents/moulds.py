"""A zip of stored contents as a mould: others of the same lengths are poured into it, and everything else stays.

So the same bytes come out as whoever wrote the zip would have written, whatever library and version that is.
"""

import io
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

from heredity.agents.archives import DAMAGED, check_zip
from heredity.errors import AgentError, one_line

LOCAL, CENTRAL = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I")
"""The headers of a member before its content and in the table of contents (APPNOTE.TXT of the zip format)."""

CENTRAL_CHECK, LOCAL_CHECK, DESCRIPTOR, STREAMED = 16, 14, b"PK\x07\x08", 0x08

SERIALIZATION_ID = "/.data/serialization_id"
"""What PyTorch writes last: 20 digits of the members' names, and 20 of their checksums."""

GOLDEN, ALL_BITS, DIGITS = 0x9E3779B9, 2**64 - 1, 20


class Hollow(NamedTuple):
    """Where the content of a member lies in a zip, and where its checksum stands."""

    start: int
    end: int
    checks: tuple[int, ...]


@dataclass(frozen=True)
class Mould:
    """A zip whose members are stored; nothing in it is looked at but the headers.

    content: the zip. slots: by the names of its members, in the order in which they lie.
    """

    content: bytes
    slots: dict[str, Hollow]

    @classmethod
    def of(cls, content: bytes) -> "Mould":
        """Return the mould of a zip. Raises AgentError for a damaged one, or one that is packed otherwise."""
        check_zip(io.BytesIO(content), len(content))
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                places = _central_places(content, archive)
                mould = cls(content, {each.filename: _slot(content, each, places) for each in archive.infolist()})
        except (*DAMAGED, struct.error) as error:
            raise AgentError(f"expected a whole zip, got a damaged one ({one_line(error)})") from None
        if mould.poured(mould.contents(content)) != content:
            raise AgentError("expected a zip whose members lie one after another, got another")
        return mould

    def contents(self, content: bytes) -> dict[str, bytes]:
        """Return the contents by name of a zip that may be of this mould: `poured` tells whether it is.

        Raises AgentError for one of another length.
        """
        if len(content) != len(self.content):
            raise AgentError(f"expected a zip of {len(self.content)} bytes, got {len(content)}")
        return {name: content[slot.start : slot.end] for name, slot in self.slots.items()}

    @cached_property
    def derived(self) -> str | None:
        """The member that PyTorch computes of the checksums of those before it, None where there is none."""
        name = next(reversed(self.slots), "")
        if not name.endswith(SERIALIZATION_ID):
            return None
        slot = self.slots[name]
        return name if self._serialization_id(self.content) == self.content[slot.start : slot.end] else None

    @property
    def has_unknown_id(self) -> bool:
        """Whether PyTorch names the file by a number that is not computed as it is known to be."""
        return next(reversed(self.slots), "").endswith(SERIALIZATION_ID) and self.derived is None

    def poured(self, contents: Mapping[str, bytes]) -> bytes:
        """Return the zip with other contents; members that are not named keep theirs.

        Raises AgentError for a content of another length.
        """
        made = bytearray(self.content)
        for name, content in contents.items():
            self._pour(made, name, content)
        if self.derived:
            self._pour(made, self.derived, self._serialization_id(made))
        return bytes(made)

    def _pour(self, made: bytearray, name: str, content: bytes) -> None:
        slot = self.slots[name]
        if len(content) != slot.end - slot.start:
            raise AgentError(f"{name}: expected {slot.end - slot.start} bytes, got {len(content)}")
        made[slot.start : slot.end] = content
        check = crc32(content).to_bytes(4, "little")
        for place in slot.checks:
            made[place : place + 4] = check

    def _serialization_id(self, content: bytes | bytearray) -> bytes:
        """Return what PyTorch names a file by (caffe2/serialize/inline_container.cc, writeSerializationId)."""
        *before, last = self.slots.values()
        combined = 0
        for slot in before:
            check = int.from_bytes(content[slot.checks[0] : slot.checks[0] + 4], "little")
            combined ^= (check + GOLDEN + (combined << 6 & ALL_BITS) + (combined >> 2)) & ALL_BITS
        return bytes(content[last.start : last.start + DIGITS]) + f"{combined:0{DIGITS}}".encode()


def _central_places(content: bytes, archive: zipfile.ZipFile) -> dict[str, int]:
    """Return where each member's entry in the table of contents begins."""
    places, place = {}, archive.start_dir
    for member in archive.infolist():
        places[member.filename] = place
        header = CENTRAL.unpack_from(content, place)
        place += CENTRAL.size + sum(header[10:13])
    return places


def _slot(content: bytes, member: zipfile.ZipInfo, places: Mapping[str, int]) -> Hollow:
    if member.compress_type != zipfile.ZIP_STORED:
        raise AgentError(f"expected a zip of stored members, got {member.filename}, packed otherwise")
    header = LOCAL.unpack_from(content, member.header_offset)
    start = member.header_offset + LOCAL.size + sum(header[9:11])
    end = start + member.file_size
    streamed = member.flag_bits & STREAMED
    if streamed and content[end : end + 4] != DESCRIPTOR:
        raise ValueError("no checksum after a member")
    beside = end + 4 if streamed else member.header_offset + LOCAL_CHECK
    return Hollow(start, end, (places[member.filename] + CENTRAL_CHECK, beside))
