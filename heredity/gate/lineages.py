"""The decisions of several lineages as one: whom the gate let through in each of them."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

import numpy as np

from heredity.gate.record import Decision, PopulationError
from heredity.study.lineages import ALONE, address

T = TypeVar("T")


def merged(decisions: Mapping[str, Decision]) -> Decision:
    """Return the decisions of lineages as one over all their members, lineage by lineage.

    Selection differential, reliability and winner's curse are means over the lineages that have one; bar, limits and
    fallback are None where lineages differ in them, and the F test is each lineage's own. The error is that of all
    members of all lineages. Raises ValueError for no decision.
    """
    if list(decisions) == [ALONE]:
        return decisions[ALONE]
    several = list(decisions.values())

    def names(of: Callable[[Decision], Iterable[str]]) -> tuple[str, ...]:
        return tuple(chain.from_iterable(map(of, several)))

    return replace(
        several[0],
        bar=_common([decision.bar for decision in several]),
        alpha=_common([decision.alpha for decision in several]),
        population_error=_of_all([decision.population_error for decision in several]),
        floor=_common([decision.floor for decision in several]),
        ceiling=_common([decision.ceiling for decision in several]),
        cannot_tell=any(decision.cannot_tell for decision in several),
        episodes_needed=_most(several),
        ties=tuple(chain.from_iterable(decision.ties for decision in several)),
        f_test_p=None,
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


def _of_all(errors: Sequence[PopulationError | None]) -> PopulationError | None:
    """Return the error over lineages, whose seeds are their own; None where one of them states none."""
    known = [error for error in errors if error is not None]
    if len(known) < len(errors):
        return None
    separate = 1 - math.prod(1 - error.separate for error in known)
    return PopulationError(round(separate, 12), round(min(1.0, sum(error.always for error in known)), 12))


def _most(decisions: Sequence[Decision]) -> int | None:
    """Return with how many episodes members of all lineages could pass, None where some could not with any."""
    needed = [decision.episodes_needed for decision in decisions if decision.cannot_tell]
    return None if None in needed else max(filter(None, needed), default=None)


def _common(values: list[T]) -> T | None:
    return values[0] if all(value == values[0] for value in values) else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
