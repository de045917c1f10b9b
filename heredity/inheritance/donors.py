"""The donors of a generation as they are stored."""

from collections.abc import Collection, Mapping, Sequence

from heredity.agents.agent import read_agents
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.gate.extension import final_arm
from heredity.inheritance.heirs import Donor
from heredity.inheritance.parents import draw_names, weight_hashes
from heredity.inheritance.pedigree import AGAIN, read_sources, stored_births
from heredity.inheritance.warm_start import read_replay
from heredity.layout import FOUNDERS, Layout, members_in
from heredity.reading import is_there
from heredity.study.inherit_rule import InheritRule
from heredity.study.lineages import lineage_of


def stored_donors(
    layout: Layout,
    after: str,
    rule: InheritRule,
    *,
    survivors: Sequence[str],
    fitness: Mapping[str, float],
    task: Task | None,
    seed: int,
) -> dict[str, Donor]:
    """Return the donors out of the generation `after`, best first: its survivors, or as many of its members at random.

    survivors: those of one lineage, best first. fitness: the mean return of those that a gate saw. task: what they
    learned, None for founders. seed: what `donors: random` draws by.

    Raises AgentError naming a file that cannot be read.
    """
    models, names = final_arm(layout, after), list(survivors)
    if rule.donors == "random":
        lineages = {lineage_of(name) for name in names}
        lineage = [name for name in members_in(models.models) if lineage_of(name) in lineages]
        names = draw_names(lineage, len(names), seed)
    siblings = _weight_hashes(layout, after)
    _refuse_strangers(layout, after, names, siblings)
    keeps_replay = rule.replay_buffer == "keep"
    return {
        name: Donor(
            agent,
            fitness.get(name),
            siblings.get(name, ()),
            task,
            read_replay(models.model(name)) if keeps_replay else None,
        )
        for name, agent in read_agents(models.models, names).items()
    }


def _refuse_strangers(layout: Layout, after: str, names: Sequence[str], born: Collection[str]) -> None:
    """Refuse donors that were never born; founders are those that were read, all of them. Raises AgentError."""
    if after != FOUNDERS:
        if born and (strangers := [name for name in names if name not in born]):
            raise AgentError(f"{layout.gate(after)}: expected donors that were born, got {strangers[0]}{AGAIN}")
    elif is_there(layout.sources) and sorted(names) != (read := sorted(read_sources(layout))):
        listed = [", ".join(each) or "nobody" for each in (read, names)]
        raise AgentError(f"{layout.gate(after)}: expected the founders {listed[0]}, got {listed[1]}{AGAIN}")


def _weight_hashes(layout: Layout, generation: str) -> dict[str, tuple[str, ...]]:
    """Return by member whose weights it began with; of founders nobody knows."""
    births = stored_births(layout, generation).heirs if is_there(layout.pedigree(generation)) else ()
    return {birth.child: weight_hashes(birth) for birth in births}
