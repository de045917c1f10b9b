"""Which donors become the parents of which member."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from heredity.errors import AgentError, named
from heredity.inheritance.pedigree import Birth
from heredity.seeds import seed_sequence
from heredity.study.inherit_rule import InheritRule

UNRELATED = ("fresh", "permute", "crossover")
"""Operators whose heirs are no relatives of their parents, as far as averaging weights is concerned."""


def weight_hashes(birth: Birth) -> tuple[str, ...]:
    """Return content hashes of the parents whose weights a child began with; children that share one are siblings."""
    unrelated = birth.operator in UNRELATED or birth.parts.get("actor") == "reset"
    return () if unrelated else birth.parent_hashes


def draw_names(names: Sequence[str], count: int, seed: int) -> list[str]:
    """Return `count` of the names at random, without repetition: `donors: random`, what selection is compared with."""
    rng = np.random.default_rng(seed_sequence(seed, "donors"))
    # sorted, because a directory lists its files in any order
    return [str(name) for name in rng.permutation(sorted(names))[:count]]


def full_fitness(fitness: Mapping[str, float | None]) -> dict[str, float]:
    """Return a number for every donor, best first: the least of all for one without, by rank where none has any."""
    if known := [value for value in fitness.values() if value is not None]:
        return {name: min(known) if value is None else value for name, value in fitness.items()}
    return {name: float(len(fitness) - rank) for rank, name in enumerate(fitness)}


def first_parent(rule: InheritRule, fitness: Mapping[str, float], index: int, seed: int) -> str:
    """Return the parent of the member at `index`.

    fitness: of every donor, best first. round_robin deals donors out in turn; best always takes the first; tournament
    takes the best of `rule.tournament` random donors; proportional draws with probabilities in proportion to what a
    donor is above the worst one, plus an even share, because returns may be negative.
    """
    names = list(fitness)
    rng = np.random.default_rng(seed_sequence(seed, "parent"))
    if rule.parents == "best":
        return names[0]
    if rule.parents == "tournament":
        return names[int(rng.integers(len(names), size=rule.tournament).min())]
    if rule.parents == "proportional":
        above = np.array(list(fitness.values())) - min(fitness.values())
        weights = above + (above.max() / len(names) or 1.0)
        return names[int(rng.choice(len(names), p=weights / weights.sum()))]
    return names[index % len(names)]


def all_parents(
    rule: InheritRule, first: str, donors: Sequence[str], weight_hashes: Mapping[str, Collection[str]], seed: int
) -> tuple[str, ...]:
    """Return the first parent and those that its operator mixes it with.

    weight_hashes: of the parents that every donor took its weights from; donors that share one are siblings. A
    soup is made of siblings, a crossing of donors that are none.

    Raises AgentError when there is nobody to mix with.
    """
    if rule.operator not in ("crossover", "soup"):
        return (first,)
    others, own = [name for name in donors if name != first], set(weight_hashes.get(first, ()))
    siblings = [name for name in others if own & set(weight_hashes.get(name, ()))]
    if rule.operator == "crossover":
        strangers = [name for name in others if name not in siblings]
        if not strangers:
            raise AgentError(
                f"crossover: expected a donor that is no sibling of {first}, because mixing siblings does little harm, "
                f"got {named(donors)}; let more survive, or use permute"
            )
        rng = np.random.default_rng(seed_sequence(seed, "mate"))
        return first, strangers[int(rng.integers(len(strangers)))]
    if not siblings:
        raise AgentError(
            f"soup: expected siblings, because weights without a common ancestor cannot be averaged, got {first} "
            f"with none among {named(donors)}; use copy, or parents: best one generation earlier"
        )
    return first, *siblings[: rule.soup - 1]
