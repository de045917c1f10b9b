"""The donors of a generation as they are stored."""

from collections.abc import Collection, Mapping, Sequence

from heredity.agents.kept import members_in
from heredity.agents.stored import read_agents
from heredity.agents.task import Task
from heredity.errors import AgentError, named
from heredity.gate.extension import final_arm
from heredity.gate.record import GateRecord
from heredity.inheritance.choosing import Pool, pool
from heredity.inheritance.heirs import Donor
from heredity.inheritance.parents import weight_hashes
from heredity.inheritance.pedigree import AGAIN, read_sources, stored_births
from heredity.inheritance.warm_start import read_replay
from heredity.layout import FOUNDERS, Layout
from heredity.reading import is_there
from heredity.study.inherit_rule import InheritRule
from heredity.study.lineages import lineage_of

Born = Mapping[str, tuple[str, ...]]
"""By member of a generation whose weights it began with, as `stored_born` reads it, once for all lineages."""


def stored_born(layout: Layout, generation: str) -> Born:
    """Return by member whose weights it began with; of founders nobody knows."""
    births = stored_births(layout, generation).heirs if is_there(layout.pedigree(generation)) else ()
    return {birth.child: weight_hashes(birth) for birth in births}


def stored_pool(
    layout: Layout, after: str, rule: InheritRule, gate: GateRecord, lineage: str, seed: int, born: Born
) -> Pool:
    """Return whom the donors of one lineage are chosen from, out of the generation `after`; founders are everybody's.

    gate: that generation's. seed: of draws. Raises AgentError for members that were never born.
    """

    def of_lineage(names: Sequence[str]) -> list[str]:
        return [name for name in names if after == FOUNDERS or lineage_of(name) == lineage]

    survivors, living = of_lineage(gate.survivors), of_lineage(members_in(final_arm(layout, after).models))
    chosen = pool(rule, gate, lineage, survivors, living, seed)
    _refuse_strangers(layout, after, survivors if after == FOUNDERS else chosen.names, born)
    return chosen


def stored_donors(
    layout: Layout,
    after: str,
    rule: InheritRule,
    *,
    names: Sequence[str],
    fitness: Mapping[str, float | None],
    task: Task | None,
    born: Born,
) -> dict[str, Donor]:
    """Return donors out of the generation `after` in the order of their names, best first.

    fitness: the mean returns of those that have any. task: what they learned, None for founders.

    Raises AgentError naming a file that cannot be read.
    """
    models = final_arm(layout, after)
    keeps_replay = rule.replay_buffer == "keep"
    return {
        name: Donor(
            agent,
            fitness.get(name),
            born.get(name, ()),
            task,
            read_replay(models.model(name)) if keeps_replay else None,
        )
        for name, agent in read_agents(models.models, names).items()
    }


def _refuse_strangers(layout: Layout, after: str, names: Collection[str], born: Born) -> None:
    """Refuse donors that were never born; founders are those that were read, all of them. Raises AgentError."""
    if after != FOUNDERS:
        if born and (strangers := [name for name in names if name not in born]):
            raise AgentError(f"{layout.gate(after)}: expected donors that were born, got {strangers[0]}{AGAIN}")
    elif is_there(layout.sources) and sorted(names) != (read := sorted(read_sources(layout))):
        raise AgentError(f"{layout.gate(after)}: expected the founders {named(read)}, got {named(names)}{AGAIN}")
