"""The decisions of several lineages as one: whom the gate let through in each of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import TypeVar

import numpy as np

from heredity.gate.record import Decision
from heredity.study.lineages import ALONE, address

T = TypeVar("T")


def merged(decisions: Mapping[str, Decision]) -> Decision:
    """Return the decisions of lineages as one over all their members, lineage by lineage.

    Selection differential, reliability and winner's curse are means over the lineages that have one; bar and fallback
    are None where lineages differ in them. Raises ValueError for no decision.
    """
    if list(decisions) == [ALONE]:
        return decisions[ALONE]
    several = list(decisions.values())

    def names(of: Callable[[Decision], Iterable[str]]) -> tuple[str, ...]:
        return tuple(chain.from_iterable(map(of, several)))

    return replace(
        several[0],
        bar=_common([decision.bar for decision in several]),
        fallback=_common([decision.fallback for decision in several]),
        passed=names(lambda decision: decision.passed),
        survivors=names(lambda decision: decision.survivors),
        candidates=dict(chain.from_iterable(decision.candidates.items() for decision in several)),
        nulls={
            address(lineage, name): null for lineage, each in decisions.items() for name, null in each.nulls.items()
        },
        selection_differential=_mean([decision.selection_differential for decision in several]),
        reliability=_mean([decision.reliability for decision in several]),
        winners_curse=_mean([decision.winners_curse for decision in several]),
    )


def _common(values: list[T]) -> T | None:
    return values[0] if all(value == values[0] for value in values) else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
