"""Who of a generation may have heirs, in which order, and how many of them do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from heredity.gate.record import GateRecord
from heredity.inheritance.parents import draw_names
from heredity.seeds import seed_integer
from heredity.study.inherit_rule import InheritRule


class Order(NamedTuple):
    """Names, best first, and those among them of equal returns, in the order that was drawn."""

    names: tuple[str, ...]
    drawn: tuple[tuple[str, ...], ...] = ()


def ordered(returns: Mapping[str, float | None], seed: int, settled: Sequence[str] = ()) -> Order:
    """Return names by return, best first, None last, equal ones in an order that is drawn by `seed`.

    settled: names whose order among equals is known; they come before others of the same return.
    """
    known, draw = set(settled), draw_names(list(returns), len(returns), seed_integer(seed, "ties"))
    places = {name: place for place, name in enumerate([*settled, *(name for name in draw if name not in known)])}
    groups: dict[float | None, list[str]] = {}
    for name in sorted(returns, key=places.__getitem__):
        groups.setdefault(returns[name], []).append(name)
    ranks = sorted(groups, key=lambda value: float("inf") if value is None else -value)
    unsettled = [tuple(name for name in groups[value] if name not in known) for value in ranks]
    return Order(
        tuple(chain.from_iterable(groups[value] for value in ranks)), tuple(tie for tie in unsettled if len(tie) > 1)
    )


@dataclass(frozen=True)
class Pool:
    """Whom the donors of one lineage are chosen from.

    names: best first by what they did on their own task, founders as they are listed, a blind draw as it was drawn.
    count: how many of them become donors, and `worst` whether these are the last ones. means: their mean returns on
    their own task, of those that have any. drawn: as in `Order`.
    """

    lineage: str
    names: tuple[str, ...]
    count: int
    means: Mapping[str, float] = field(default_factory=dict)
    worst: bool = False
    drawn: tuple[tuple[str, ...], ...] = ()

    def donors(self, names: Sequence[str]) -> Sequence[str]:
        """Return the donors out of all names in an order, best first."""
        return names[len(names) - self.count :] if self.worst else names[: self.count]


def pool(
    rule: InheritRule, gate: GateRecord, lineage: str, survivors: Sequence[str], living: Collection[str], seed: int
) -> Pool:
    """Return whom `rule.donors` means in one lineage, and in which order the gate of their generation has them.

    survivors: the gate's, best first; founders, whom no gate saw. living: all members that have a model. Random and
    worst donors are as many as the survivors among the donors would be. seed: of draws.
    """
    most = len(survivors[: rule.at_most])
    if rule.donors == "random":
        return Pool(lineage, tuple(draw_names(list(living), most, seed)), most, _means(gate, living))
    if rule.donors == "failed":
        means = {name: each.mean for name, each in gate.candidates.items() if name in living and not each.passed}
        failed = ordered(means, seed, survivors)
        return Pool(lineage, failed.names, len(failed.names[: rule.at_most]), means, drawn=failed.drawn)
    if rule.donors == "worst":
        everybody = _everybody(gate, survivors, living, seed)
        return Pool(lineage, everybody.names, most, _means(gate, living), True, everybody.drawn)
    return Pool(lineage, tuple(survivors), most, _means(gate, survivors))


def _means(gate: GateRecord, names: Collection[str]) -> dict[str, float]:
    """Return mean returns: on the gate's episodes, or in the race for a place in front of it."""
    raced = {name: each.mean for name, each in (gate.race or {}).items()}
    means = raced | {name: each.mean for name, each in gate.candidates.items()}
    return {name: means[name] for name in names if name in means}


def _everybody(gate: GateRecord, survivors: Sequence[str], living: Collection[str], seed: int) -> Order:
    """Rank all members: those whom the gate judged, then those who had lost the race before, then all others."""
    means = _means(gate, living)
    judged = {name: mean for name, mean in means.items() if name in gate.candidates}
    raced = {name: mean for name, mean in means.items() if name not in judged}
    others = dict.fromkeys((name for name in living if name not in means), None)
    orders = [ordered(each, seed, survivors) for each in (judged, raced, others)]
    return Order(
        tuple(chain.from_iterable(each.names for each in orders)),
        tuple(chain.from_iterable(each.drawn for each in orders)),
    )
