"""The files that births name by their hashes: whether every heir and every parent is the one that it was at birth."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from heredity.agents.kept import kept_digest
from heredity.gate.extension import final_arm
from heredity.inheritance.pedigree import Birth, generations_born, stored_births
from heredity.layout import Layout, replay_path
from heredity.study.lineages import member_place


class _Expected(NamedTuple):
    """A file that a birth names by its hash: who it is (heir, or parent by its place), and where it lies."""

    who: str
    path: Path
    digest: str


def broken_links(root: str | Path = "lineage") -> list[str]:
    """Return one line per heir, or parent of one, whose file is gone or is not the one that was hashed at birth."""
    layout = Layout(Path(root))
    births = [birth for name in generations_born(layout) for birth in stored_births(layout, name).heirs]
    broken = []
    for birth in births:
        for expected in _expected_files(birth, layout):
            digest = kept_digest(expected.path)
            if digest != expected.digest:
                got = "no file" if digest is None else digest[:8]
                who = f"{member_place(birth.generation, birth.child)}: {expected.who}"
                broken.append(f"{who}: expected {expected.digest[:8]}, got {got} ({expected.path})")
    return broken


def _expected_files(birth: Birth, layout: Layout) -> Iterator[_Expected]:
    heir = layout.heir(birth.generation, birth.child)
    parents = [f"parent {member_place(birth.after, parent)}" for parent in birth.parents]
    yield _Expected("heir", heir, birth.child_hash)
    for who, parent, digest in zip(parents, birth.parents, birth.parent_hashes, strict=True):
        yield _Expected(who, final_arm(layout, birth.after).model(parent), digest)
    if birth.warm_start.kickstart:
        yield _Expected(parents[0], layout.teacher(birth.generation, birth.child), birth.parent_hashes[0])
    if replay := birth.warm_start.replay_hash:
        yield _Expected(parents[0], replay_path(heir), replay)
