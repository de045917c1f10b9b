"""Core-seconds of training, kept apart from all that DVC hashes: they differ between runs whose results are equal.

A file per arm below .heredity/timings, named by the digest of the arm's curves.csv: the times of a result that DVC
restores are found again, and those of another result are never taken for them.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter

from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.params import Study
from heredity.pedigree import Pedigree
from heredity.reading import read_json
from heredity.spending import Spent, charged

TIMINGS = Path(".heredity/timings")
SECONDS = TypeAdapter(dict[str, float])


def write_timings(curves: Path, core_seconds: Mapping[str, float], root: Path = Path()) -> None:
    """Keep what each member took to train whose curves were written; root: the project's directory."""
    write_json(_file(curves, root), {member: round(seconds, 3) for member, seconds in core_seconds.items()})


def read_timings(curves: Path, root: Path = Path()) -> dict[str, float]:
    """Return the core-seconds of every member, empty where they were trained elsewhere."""
    path = _file(curves, root) if curves.exists() else root
    known = path.is_file()
    return read_json(path, SECONDS, HeredityError, "core-seconds as train writes them", "; remove it") if known else {}


def stored_seconds(study: Study, lineage: Path, pedigree: Pedigree) -> dict[str, dict[str, Spent[float]]]:
    """Return what is known of the core-seconds of every arm: of heirs only where their ancestors' are known as well."""
    root, known = lineage.parent, dict[str, dict[str, dict[str, float]]]()
    for name in study.order():
        arms = {"inherited": lineage / name / "curves.csv", "control": lineage / name / "control" / "curves.csv"}
        if name not in study.control.generations:
            del arms["control"]
        if not all("inherited" in known.get(before, {}) for before in study.ancestors(name)):
            del arms["inherited"]
        known[name] = {arm: found for arm, curves in arms.items() if (found := read_timings(curves, root))}
    return charged(study, known, pedigree)


def _file(curves: Path, root: Path) -> Path:
    return root / TIMINGS / f"{sha256(curves.read_bytes()).hexdigest()[:32]}.json"
