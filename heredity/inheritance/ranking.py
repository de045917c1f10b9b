"""Donors of one lineage by what they return, untrained, on the task of their heirs; and what that costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from heredity.reading import Address, Count, Positive
from heredity.study.lineages import lineage_of


@dataclass(frozen=True)
class Ranking:
    """How the possible donors of one lineage were ranked.

    episodes: how many each played. returns: by candidate, fresh ones included that compete with them, the mean return,
    None where it could not be played. env_steps: what all of them took. drawn: candidates of equal returns, in the
    order that was drawn.
    """

    lineage: str
    episodes: Positive
    returns: Mapping[Address, float | None]
    env_steps: Count
    drawn: tuple[tuple[Address, ...], ...] = field(default=())


def ranking_steps(rankings: Iterable[Ranking], heirs: Sequence[str]) -> dict[str, int]:
    """Return by heir its share of the environment steps that ranking took in its lineage; the shares add up.

    The steps are shared equally; what is left over falls to the first ones.
    """
    shares = dict.fromkeys(heirs, 0)
    for ranking in rankings:
        siblings = [heir for heir in heirs if lineage_of(heir) == ranking.lineage]
        each, over = divmod(ranking.env_steps, max(len(siblings), 1))
        shares |= {heir: each + (place < over) for place, heir in enumerate(siblings)}
    return shares
