"""How members are addressed: m07, and l03/m07 in a study of several lineages."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

MOST_LINEAGES = 1000

ALONE = ""
"""The lineage of a study that has no other: no part of an address."""


def lineage_names(count: int) -> tuple[str, ...]:
    """Return the names of a study's lineages: l00, l01, …, or ALONE."""
    return (ALONE,) if count == 1 else tuple(f"l{index:02d}" for index in range(count))


def member_name(index: int) -> str:
    """Return the name of a member by its place in the population of its lineage: m00, m01, …"""
    return f"m{index:02d}"


def address(lineage: str, member: str) -> str:
    """Return how a member of a lineage is addressed."""
    return f"{lineage}/{member}" if lineage else member


def member_place(generation: str, member: str) -> str:
    """Return how messages name a member of a generation, as `heredity verify` takes it: medium/l03/m07."""
    return f"{generation}/{member}"


def lineage_of(member: str) -> str:
    """Return the lineage of an address."""
    return member.rpartition("/")[0]


def own_name(member: str) -> str:
    """Return what a member is called within its lineage."""
    return member.rpartition("/")[2]


def by_lineage(values: Mapping[str, T]) -> dict[str, dict[str, T]]:
    """Return values by member, by lineage and member."""
    lineages: dict[str, dict[str, T]] = {}
    for member, value in values.items():
        lineages.setdefault(lineage_of(member), {})[member] = value
    return lineages
