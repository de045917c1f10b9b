"""Which generation has the children of random members that those of a generation's parents are compared with."""

from heredity.reading import Name
from heredity.study.sections import Section
from heredity.study.study import Generation, Study

CHOICE = ("donors", "at_most", "rank", "rank_episodes", "parents", "tournament", "immigrants", "compete")
"""The keys of `inherit` that say who the parents are, and not what is taken of them."""


class Sibling(Section):
    """A generation after the same one, on the same task and budget, whose parents are members at random.

    differs: the sections and keys in which it differs by more than the choice of its parents.
    """

    name: Name
    differs: tuple[str, ...]


def random_sibling(study: Study, generation: str) -> Sibling | None:
    """Return the sibling that differs in least, the first of equal ones; None where there is none.

    None also for a generation whose own parents are members at random.
    """
    node = study.generations[generation]
    if node.inherit.donors == "random":
        return None
    siblings = [
        Sibling(name=name, differs=_differences(node, other))
        for name in study.children(node.after)
        if (other := study.generations[name]).inherit.donors == "random"
        and (other.env, other.budget) == (node.env, node.budget)
    ]
    return min(siblings, key=lambda sibling: len(sibling.differs), default=None)


def _differences(node: Generation, other: Generation) -> tuple[str, ...]:
    """Return what children of equal parents would differ by."""
    sections = [
        key for key in ("threshold", "algorithm", "train", "evaluate") if getattr(node, key) != getattr(other, key)
    ]
    rules = node.inherit.resolved().model_dump(), other.inherit.resolved().model_dump()
    keys = [f"inherit.{key}" for key in rules[0] if key not in CHOICE and rules[0][key] != rules[1][key]]
    extended = node.gate.extension_steps != other.gate.extension_steps
    return (*sections, *keys, *(["gate.extend_budget"] if extended else []))
