"""The heirs of a generation, and the founders of a study, as files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from heredity.agents.agent import Agent, write_agent
from heredity.files import new_directory, write_json
from heredity.inheritance.fresh import Heir
from heredity.inheritance.pedigree import Births, write_births
from heredity.inheritance.ranking import Ranking
from heredity.inheritance.warm_start import write_warm_start
from heredity.layout import Layout


def write_heirs(
    layout: Layout,
    generation: str,
    after: str,
    heirs: Sequence[Heir],
    ended: str | None = None,
    lost: Mapping[str, str] | None = None,
    rankings: Sequence[Ranking] = (),
) -> None:
    """Replace the heirs of a generation and its pedigree, as a whole.

    ended: why there are none. lost: why there are none of some lineages, by these. rankings: of their donors.
    """
    home = layout.heirs(generation)
    with new_directory(home) as draft:

        def drafted(path: Path) -> Path:
            return draft / path.relative_to(home)

        for heir in heirs:
            model = drafted(layout.heir(generation, heir.name))
            write_agent(heir.agent, model)
            write_warm_start(heir.warm_start, model, drafted(layout.teacher(generation, heir.name)))
        births = Births(generation, after, tuple(heir.birth for heir in heirs), ended, lost or {}, tuple(rankings))
        write_births(drafted(layout.pedigree(generation)), births)


def write_founders(layout: Layout, founders: Mapping[str, Agent], sources: Sequence[str]) -> None:
    """Replace the models of the founders, and the files that they were read from."""
    home = layout.arm("founders", "inherited")
    with new_directory(home.models) as draft:
        for name, agent in founders.items():
            write_agent(agent, draft / home.model(name).name)
        write_json(draft / layout.sources.name, dict(zip(founders, sources, strict=True)))
