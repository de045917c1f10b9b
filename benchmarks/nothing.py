"""Work with a name and nothing to do, for measuring what is around it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Nothing:
    """One trivial shard."""

    member: str


def nothing(item: Nothing) -> str:
    return item.member
