"""Which generations can be compared as branches, and in what they differ."""

from collections.abc import Iterator
from typing import Any

from heredity.errors import StudyError
from heredity.study.study import Generation, Study

CHOOSING = ("donors", "rank", "rank_episodes", "at_most", "parents", "tournament")
"""Keys of `inherit` that say who the parents are."""

APART = ("controls", "seed_name", "threshold", "env")
"""Keys of a generation in which branches differ for no result, or cannot differ."""


def refuse_unlike_branches(study: Study) -> None:
    """Raise StudyError naming the first pair of `compare` that is none, or whose branches are not asked the same."""
    for place, pair in enumerate(study.compare):
        where = f"compare.{place}"
        for name in pair:
            if name not in study.generations:
                known = ", ".join(study.generations)
                raise StudyError(f"{where}: expected names out of {known}, got {name!r}")
        first, second = pair
        if first == second:
            raise StudyError(f"{where}: expected two generations, got {first} twice")
        if {first, second} in [set(earlier) for earlier in study.compare[:place]]:
            raise StudyError(
                f"{where}: expected every pair once, got {first} and {second} twice; leave one of them out"
            )
        for descendant, ancestor in (pair, pair[::-1]):
            if ancestor in study.ancestors(descendant):
                raise StudyError(
                    f"{where}: expected branches, got {ancestor}, which {descendant} descends from; name another"
                )
        if unlike := _unlike(study.generations[first], study.generations[second]):
            key, one, other = unlike
            raise StudyError(
                f"{where}: expected one task and budget, got {key} {one!r} of {first} and {other!r} of {second}; "
                "write the same for both"
            )


def _unlike(first: Generation, second: Generation) -> tuple[str, Any, Any] | None:
    """Return the first key in which two tasks or budgets differ, with both values; None for one that is looked up."""
    pairs: dict[str, tuple[Any, Any]] = {
        "env.id": (first.env.id, second.env.id),
        "env.kwargs": (first.env.kwargs, second.env.kwargs),
        "env.wrappers": (first.env.wrappers, second.env.wrappers),
        "threshold": (first.threshold, second.threshold),
        "budget": (first.budget, second.budget),
    }
    if not (isinstance(first.threshold, float) and isinstance(second.threshold, float)):
        del pairs["threshold"]  # the task registers it: they are compared when it has been looked up
    return next(((key, one, other) for key, (one, other) in pairs.items() if one != other), None)


def keys_apart(study: Study, first: str, second: str) -> dict[str, tuple[Any, Any]]:
    """Return by dotted key in what two branches differ: the value of each, None where one has no such key."""
    one, other = (dict(_leaves(study.generations[name].model_dump(mode="json"))) for name in (first, second))
    keys = [key for key in dict.fromkeys([*one, *other]) if key.partition(".")[0] not in APART]
    return {key: (one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)}


def differ_in_parents_alone(study: Study, first: str, second: str) -> bool:
    """Say whether two branches come after one generation and differ in nothing but who their parents are."""
    unlike = keys_apart(study, first, second)
    return bool(unlike) and unlike.keys() <= {f"inherit.{key}" for key in CHOOSING}


def _leaves(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
