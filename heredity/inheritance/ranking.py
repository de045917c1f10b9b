"""Donors of one lineage by what they return, untrained, on the task of their heirs; and what that costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated

from pydantic import Field, StringConstraints

from heredity.errors import named
from heredity.reading import LARGEST_RETURN, Address, Count
from heredity.study.lineages import lineage_of

Lineage = Annotated[str, StringConstraints(pattern=r"^(l[0-9]{2,4})?$")]
MeanReturn = Annotated[float, Field(ge=-LARGEST_RETURN, le=LARGEST_RETURN)] | None


@dataclass(frozen=True)
class Ranking:
    """How the possible donors of one lineage were ranked: by play on their heirs' task, or by what the gate saw.

    episodes: how many each played for it, 0 where what the gate saw was ranked. returns: by candidate, best first, the
    mean return, None for one that could not be played. env_steps: what all that were played took, fresh ones included.
    drawn: candidates of equal returns, in the order that was drawn. fresh: the mean returns of fresh members, by their
    own addresses, that competed with donors for the places of heirs.
    """

    lineage: Lineage
    episodes: Count
    returns: Mapping[Address, MeanReturn]
    env_steps: Count
    drawn: tuple[tuple[Address, ...], ...] = ()
    fresh: Mapping[Address, MeanReturn] = field(default_factory=dict)

    @property
    def trouble(self) -> str | None:
        """What no stage records of a ranking: steps that do not fit its episodes, or draws among unequals."""
        played = [mean for mean in chain(self.returns.values(), self.fresh.values()) if mean is not None]
        fewest, drawn = self.episodes * len(played), list(chain.from_iterable(self.drawn))
        if self.env_steps < fewest or (self.env_steps and not fewest):
            return f"expected {f'at least {fewest}' if fewest else 'no'} steps, got {self.env_steps}"
        if strangers := [name for name in drawn if name not in self.returns]:
            return f"expected draws among those that were ranked, got {strangers[0]}"
        if len(set(drawn)) < len(drawn) or any(len({self.returns[name] for name in tie}) > 1 for tie in self.drawn):
            return f"expected draws among candidates of equal returns, got {named(drawn)}"
        if others := [
            name for name in self.returns if lineage_of(name) not in ("", self.lineage)
        ]:  # founders have none
            return f"expected candidates of its own, got {others[0]}"
        if others := [name for name in self.fresh if lineage_of(name) != self.lineage]:
            return f"expected fresh members of its own, got {others[0]}"
        return None


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
