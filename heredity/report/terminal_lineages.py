"""A pedigree of many members on a terminal: a line per lineage and generation, and what opens one."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.tree import Tree

from heredity.errors import HeredityError, printable
from heredity.gate.confirmation import Confirmation
from heredity.gate.record import GateRecord
from heredity.inheritance.pedigree import Birth, Pedigree
from heredity.report import tables
from heredity.study.lineages import ALONE, by_lineage, lineage_names, lineage_of, own_name
from heredity.study.study import Study

MOST_BIRTHS = 200
"""Members of all generations who have a line each."""

NAMED = 4
"""Parents whom a line names, those with most heirs first; of more it says how many they are."""

Confirmations = Mapping[str, Mapping[str, Confirmation]]
"""What survivors did on episodes that did not choose them, by generation and member."""


def has_many_births(pedigree: Pedigree) -> bool:
    """Whether a line for every member would be more than anybody reads."""
    return len(pedigree.births) > MOST_BIRTHS


def how_to_open(study: Study, pedigree: Pedigree) -> str:
    """Say how the members of a lineage, or of a generation, are seen one by one."""
    names, last = lineage_names(study.lineages), study.order()[-1]
    ways = [last] if names == (ALONE,) else [names[0], f"{last}/{names[0]}"]
    return f"heredity tree {' or '.join(ways)} shows members one by one, --all all {len(pedigree.births):,}"


def births_at(study: Study, pedigree: Pedigree, place: str) -> Pedigree:
    """Return the births at a place, `[GENERATION/][LINEAGE/][MEMBER]`, and those of all their ancestors.

    Raises HeredityError for a place where nobody was born.
    """
    head, _, rest = place.partition("/")
    generation, name = (head, rest) if head in study.generations else (None, place)
    chosen = [
        (born_in, member)
        for born_in, member in pedigree.births
        if born_in == (generation or born_in)
        and born_in in study.generations
        and name in ("", member, lineage_of(member))
    ]
    if not chosen:
        lineage = lineage_names(study.lineages)[0]
        expected = ", ".join(filter(None, (study.order()[-1], lineage, lineage and f"{study.order()[-1]}/{lineage}")))
        raise HeredityError(f"expected a generation, a lineage or a member, as {expected}, got {place!r}")
    wanted = {*chosen, *(ancestor for each in chosen for ancestor in pedigree.ancestors(*each))}
    return Pedigree({place: birth for place, birth in pedigree.births.items() if place in wanted})


def drawn_lineages(
    study: Study,
    pedigree: Pedigree,
    gates: Mapping[str, GateRecord],
    ended: Mapping[str, str],
    confirmations: Confirmations | None = None,
    lineages: Sequence[str] = (),
) -> Tree:
    """Hang every generation of a lineage below the one that it comes after; the number is its first survivor's.

    lineages: those that are drawn, all where none is named.
    """
    drawn, births = Tree(f"{study.study}: founders"), {name: by_lineage(pedigree.of(name)) for name in study.order()}
    roots = {name: drawn.add(name) if name else drawn for name in lineages or lineage_names(study.lineages)}
    branches = dict[tuple[str, str], Tree]()
    for generation in study.order():
        if generation in ended:
            drawn.add(f"[dim]{generation} never came: {escape(printable(ended[generation]))}[/]")
            continue
        gate = gates.get(generation, GateRecord())
        passed, survivors = (by_lineage(dict.fromkeys(names)) for names in (gate.passed, gate.survivors))
        confirmed = (confirmations or {}).get(generation, {})
        for lineage, root in roots.items():
            above = branches.get((study.generations[generation].after, lineage), root)
            if members := births[generation].get(lineage):
                count = f"{len(passed.get(lineage, {})):,} of {len(members):,} passed" if gate.candidates else ""
                first = next(iter(survivors.get(lineage, {})), "")
                number = f"{own_name(first)} {tables.confirmed_text(confirmed.get(first))}".strip()
                said = "  ".join(filter(None, (count or f"{len(members):,} members", _parents(members), number)))
                branches[generation, lineage] = above.add(f"[bold]{generation}[/]  {escape(printable(said))}")
            elif (lost := gate.lineages.get(lineage)) and lost.ended:
                above.add(f"[dim]{generation}: {escape(printable(lost.ended))}[/]")
    return drawn


def _parents(births: Mapping[str, Birth]) -> str:
    """Name the parents of some members, with how many heirs each has where not all have as many."""
    heirs = Counter(own_name(parent) for birth in births.values() for parent in birth.parents)
    if len(heirs) > NAMED:
        return f"of {len(heirs):,} parents"
    alike = len(set(heirs.values())) < 2
    named = ", ".join(f"{name}" if alike else f"{name} ×{count}" for name, count in heirs.most_common())
    return named and f"of {named}"
