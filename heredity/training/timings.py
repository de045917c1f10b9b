"""Core-seconds of training, kept apart from all that DVC hashes: they differ between runs whose results are equal.

A file per arm, named by the digest of the arm's curves.csv: the times of a result that DVC restores are found again,
and those of another result are never taken for them.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from heredity.errors import CurveError, HeredityError
from heredity.files import write_json
from heredity.layout import Layout
from heredity.reading import TABLE_BYTES, Address, is_there, read_bytes, read_json, readable

SECONDS = TypeAdapter(dict[Address, Annotated[float, Field(ge=0)]])


def write_timings(curves: Path, core_seconds: Mapping[str, float], layout: Layout) -> None:
    """Keep what each member took to train whose curves were written."""
    write_json(timings_file(curves, layout), {member: round(seconds, 3) for member, seconds in core_seconds.items()})


def read_timings(curves: Path, layout: Layout) -> dict[str, float]:
    """Return the core-seconds of every member, empty where they were trained elsewhere."""
    if not is_there(curves) or not is_there(path := timings_file(curves, layout)):
        return {}
    return read_json(path, SECONDS, HeredityError, "core-seconds as train writes them", "; remove it")


def timings_file(curves: Path, layout: Layout) -> Path:
    """Return where the times of the members of some curves lie."""
    with readable(curves, CurveError):
        return layout.timings / f"{sha256(read_bytes(curves, TABLE_BYTES)).hexdigest()[:32]}.json"
